-- What a store holds beside the canonical tables: the receipt, the event logs and the scope.
create schema if not exists raw;
create schema if not exists merged;
create schema if not exists clean;

create table if not exists raw.sources (
    path varchar,
    kind varchar,
    table_name varchar,
    campaign varchar,
    "rows" bigint,
    rejected bigint,
    duplicates bigint,
    dropped bigint,
    period_start date,
    period_end date,
    encoding varchar,
    sha256 varchar,
    exported_at timestamp,
    mapped varchar[],
    unmapped varchar[],
    missing varchar[],
    currencies varchar[],
    settings varchar,
    headers varchar[],
    units varchar[],
    header_row bigint
);
comment on table raw.sources is 'The receipt: one row per file read';

create table if not exists raw.rejections (
    path varchar,
    row_number bigint,
    column_name varchar,
    value varchar,
    reason varchar,
    campaign varchar
);
comment on table raw.rejections is 'Cells for which a row was not taken';

create table if not exists raw.notices (
    path varchar,
    code varchar,
    column_name varchar,
    "rows" bigint,
    first_row bigint,
    detail varchar,
    campaign varchar
);
comment on table raw.notices is 'What to know of a file beside its numbers';

create table if not exists raw.recomputed (
    path varchar,
    header varchar,
    formula varchar,
    "rows" bigint,
    violations bigint,
    worst double,
    first_row bigint,
    ratio double,
    campaign varchar
);
comment on table raw.recomputed is 'Published figures worked out again from the counts beside them';

create table if not exists raw.conflicts (
    table_name varchar,
    key varchar,
    column_name varchar,
    file_a varchar,
    value_a varchar,
    file_b varchar,
    value_b varchar,
    campaign varchar
);
comment on table raw.conflicts is 'Values told in two ways of one row; what file B says won';

create table if not exists raw.event_logs (
    path varchar,
    campaign varchar,
    format varchar,
    exported_at timestamp,
    columns varchar[]
);
comment on table raw.event_logs is 'Behaviour logs scanned in place; columns as canonical=source';

create table if not exists main.scope (
    campaign varchar,
    name varchar,
    start_at timestamp,
    end_at timestamp,
    first_day date,
    days integer,
    cutoff_minutes integer,
    min_session_s double,
    currency varchar,
    timezone varchar,
    gmv_level varchar,
    source_gmv_level varchar,
    tier_by varchar,
    orders_sample double,
    events_sample double,
    as_of timestamp,
    refund_maturity_days integer,
    start_assumed boolean,
    end_assumed boolean,
    tier_cuts double[],
    funnel_steps varchar[],
    funnel_window_minutes double
);
comment on table main.scope is 'One row per campaign: its window and the conventions of its figures';

create table if not exists main.phases (
    campaign varchar,
    phase varchar,
    kind varchar,
    start_at timestamp,
    end_at timestamp
);
comment on table main.phases is 'Phases of the campaigns';

create table if not exists main.targets (
    metric varchar,
    scope_type varchar,
    scope varchar,
    day date,
    direction varchar,
    target double
);
comment on table main.targets is 'Targets after precedence: command line, configuration, files';

create table if not exists main.assumptions (
    name varchar,
    member varchar,
    "value" double
);
comment on table main.assumptions is
'Figures that the business sets: gross_margin by category, tier_mix by tier; no member means all';

create table if not exists main.anchor_tiers (
    campaign varchar,
    anchor_id varchar,
    tier varchar
);
comment on table main.anchor_tiers is 'Tier of every anchor that went live in a campaign';

create table if not exists main.coverage (
    campaign varchar,
    table_name varchar,
    column_name varchar,
    "rows" bigint,
    filled bigint
);
comment on table main.coverage is 'How many rows of a clean table fill a column';

create table if not exists main.benchmarks (
    metric varchar,
    scope varchar,
    value double,
    n bigint,
    source varchar
);
comment on table main.benchmarks is 'Benchmarks supplied with the configuration';

create table if not exists main.filled (key varchar);
comment on table main.filled is
'Digest of the files, settings and build that the store was filled from; empty once others came';

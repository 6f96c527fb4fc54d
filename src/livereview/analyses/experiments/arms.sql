-- Title: Variants of the experiments
-- Question: How many users had each variant, how many of them converted, and what did they spend?
-- Grain: one row per experiment and variant
-- Reads: experiments, scope
-- Caveats: where an experiment has rows per user, its other rows are left aside. A user counts once,
--   as converted by any conversion; one seen in two variants counts in neither. Of unit rows, a
--   user's revenue counts up to the 99th percentile of what is not zero in the experiment; an
--   amount of a trillion or more is not known. Sums of aggregated rows are as exported.
with variants as (
    -- what is said of a variant, and its sums where rows name no user
    select
        experiment_id,
        variant,
        max("name") as "name",
        max(step) as step,
        coalesce(bool_or(is_control), false) as is_control,
        max(planned_share) as planned_share,
        min(started_at) as started_at,
        max(ended_at) as ended_at,
        count(*) - count(user_key) as nameless,
        max(users) filter (where user_key is null) as users,
        max(conversions) filter (where user_key is null) as conversions,
        max(revenue) filter (where user_key is null) as revenue,
        max(revenue_sq) filter (where user_key is null) as revenue_sq
    from experiments
    group by experiment_id, variant
),

units as (
    -- one row per user of an experiment
    select
        experiment_id,
        min(variant) as variant,
        min(variant) <> max(variant) as is_crossed,
        case when min(conversions) >= 0 then max(conversions) > 0 end as is_converted,
        case when abs(sum(revenue)) < 1e12 then sum(revenue)::decimal(38, 2) end as spent
    from experiments
    where user_key is not null
    group by experiment_id, user_key
),

pools as (
    -- experiments with rows per user: how many users crossed over, and the most one may spend
    select
        experiment_id,
        count(*) filter (where is_crossed) as crossed,
        (quantile_cont(spent::double, 0.99) filter (where spent <> 0 and not is_crossed))::decimal(38, 2) as cap
    from units
    group by experiment_id
),

counts as (
    -- users of one variant only
    select
        u.experiment_id,
        u.variant,
        count(*) as users,
        count(u.is_converted) as counted,
        count(*) filter (where u.is_converted) as conversions,
        count(u.spent) as valued,
        sum(least(u.spent, p.cap)) as revenue,
        sum(least(u.spent, p.cap) * least(u.spent, p.cap)) as revenue_sq
    from units as u
    inner join pools as p on u.experiment_id = p.experiment_id
    where not u.is_crossed
    group by u.experiment_id, u.variant
),

sums as (
    -- rows per user where there are any, else the sums as exported
    select
        experiment_id,
        variant,
        users,
        case when conversions is not null then users end as counted,
        conversions,
        case when revenue is not null then users end as valued,
        revenue::double as revenue,
        revenue_sq
    from variants
    where experiment_id not in (select p.experiment_id from pools as p)
    union all
    select
        experiment_id,
        variant,
        users,
        counted,
        conversions,
        valued,
        revenue::double,
        revenue_sq::double
    from counts
)

select
    v.experiment_id::varchar as experiment,
    v.variant::varchar as variant,
    v."name"::varchar as "name",
    v.step::varchar as step,
    v.is_control::boolean as is_control,
    v.planned_share::double as planned_share,
    v.started_at::timestamp as started_at,
    v.ended_at::timestamp as ended_at,
    s.start_at::timestamp as campaign_start,
    s.end_at::timestamp as campaign_end,
    (p.experiment_id is not null)::boolean as is_unit,
    coalesce(p.crossed, 0)::bigint as crossed,
    (case when p.experiment_id is null then 0 else v.nameless end)::bigint as left_aside,
    coalesce(f.users, case when p.experiment_id is not null then 0 end)::bigint as users,
    f.counted::bigint as counted,
    f.conversions::bigint as conversions,
    f.valued::bigint as valued,
    f.revenue::double as revenue,
    f.revenue_sq::double as revenue_sq,
    p.cap::double as cap
from variants as v
cross join scope as s
left join pools as p on v.experiment_id = p.experiment_id
left join sums as f on v.experiment_id = f.experiment_id and v.variant = f.variant
where s.campaign = 'current'
order by v.experiment_id asc, v.variant asc

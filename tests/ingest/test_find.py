"""Which files are taken, and how they are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from livereview.errors import ExitCode, Problems
from livereview.ingest import Settings, find


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("anchor_id\na\n")


def names(folder: Path, *sources: Path, settings: Settings | None = None) -> list[str]:
    return [p.relative_to(folder).as_posix() for p in find(sources or (folder,), settings=settings)]


def test_a_folder_is_read_in_depth_and_in_order(exports: Path) -> None:
    write(exports, "sessions.csv", "orders/b.parquet", "orders/a.csv", "b/c/d.XLSX", "z.csv.gz")
    assert names(exports) == [
        "b/c/d.XLSX", "orders/a.csv", "orders/b.parquet", "sessions.csv", "z.csv.gz",
    ]  # fmt: skip


def test_what_is_no_export_is_passed_over(exports: Path) -> None:
    write(
        exports, "sessions.csv", ".hidden.csv", ".git/x.csv", "~$sessions.xlsx", "livereview.toml",
        "store.duckdb", "notes.md", "chart.svg", "deck.pptx", "script.py",
    )  # fmt: skip
    assert names(exports) == ["sessions.csv"]


def test_the_output_of_a_review_is_passed_over(exports: Path) -> None:
    write(exports, "sessions.csv", "review/review.xlsx", "review/charts/x.csv", "other/orders.csv")
    (exports / "review" / "review.json").write_text('{\n  "schema_version": 1,\n')
    (exports / "other" / "review.json").write_text('{"stars": 5}')
    assert names(exports) == ["other/orders.csv", "sessions.csv"]


def test_links_that_go_round_and_folders_named_like_files(exports: Path) -> None:
    write(exports, "sub/sessions.csv", "orders.csv/part-0.csv")
    (exports / "sub" / "again").symlink_to(exports, target_is_directory=True)
    (exports / "same.csv").symlink_to(exports / "sub" / "sessions.csv")
    assert names(exports) == ["orders.csv/part-0.csv", "same.csv"]


def test_a_file_named_twice_is_taken_once(exports: Path) -> None:
    write(exports, "sessions.csv")
    file = exports / "sessions.csv"
    assert find([exports, file, exports / "*.csv"]) == [file]


def test_globs(exports: Path) -> None:
    write(exports, "a/sessions.csv", "b/sessions.csv", "b/orders.csv", "b/readme.md")
    assert names(exports, exports / "*" / "sessions.csv") == ["a/sessions.csv", "b/sessions.csv"]
    assert names(exports, exports / "**" / "o*") == ["b/orders.csv"]


@pytest.mark.parametrize(
    ("include", "exclude", "kept"),
    [
        (("orders/*",), (), ["orders/a.csv", "orders/old/b.csv"]),
        ((), ("**/old/*",), ["orders/a.csv", "sessions.csv"]),
        ((), ("sessions.csv",), ["orders/a.csv", "orders/old/b.csv"]),
        (("*.csv",), ("orders/**",), ["sessions.csv"]),
    ],
)
def test_include_and_exclude(
    exports: Path, include: tuple[str, ...], exclude: tuple[str, ...], kept: list[str]
) -> None:
    write(exports, "orders/a.csv", "orders/old/b.csv", "sessions.csv")
    assert names(exports, settings=Settings(include=include, exclude=exclude)) == kept


def test_every_wrong_source_is_told(exports: Path, tmp_path: Path) -> None:
    write(exports, "notes.md")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(Problems) as caught:
        find([exports / "gone.csv", exports / "notes.md", empty, exports / "x*.csv"])
    assert caught.value.code is ExitCode.DATA
    assert [problem.message.rpartition("/")[2] for problem in caught.value.problems] == [
        "gone.csv: there is no such file or folder",
        "notes.md: a .md is not an export",
        "empty: the folder holds no export",
        "x*.csv: nothing matches",
    ]
    assert all(problem.hint for problem in caught.value.problems)


def test_a_review_folder_by_name_is_an_error(exports: Path) -> None:
    write(exports, "review/sessions.csv")
    (exports / "review" / "review.json").write_text('{"schema_version": 1}')
    with pytest.raises(Problems, match="holds a review, not exports"):
        find([exports / "review"])


@pytest.mark.parametrize(
    "glob", ["draft/*", "exports/draft/*", "campaign/exports/draft/*", "**/draft/*"]
)
def test_a_glob_is_of_a_path_below_the_folder_as_shown_or_from_the_base(
    exports: Path, tmp_path: Path, glob: str
) -> None:
    folder = tmp_path / "campaign" / "exports"
    write(folder, "draft/orders.csv", "sessions.csv")
    settings = Settings(base=tmp_path, exclude=(glob,))
    assert names(folder, folder, settings=settings) == ["sessions.csv"]
    # A glob over the folder sees the same paths.
    assert names(folder, folder / "**" / "*.csv", settings=settings) == ["sessions.csv"]
    assert names(folder, folder, settings=Settings(base=tmp_path, include=(glob,))) == [
        "draft/orders.csv"
    ]


def test_a_folder_of_which_all_is_left_out(exports: Path) -> None:
    write(exports, "sessions.csv")
    with pytest.raises(Problems, match="every export in the folder is left out"):
        find([exports], settings=Settings(exclude=("exports/*",)))

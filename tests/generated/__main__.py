"""Writes what is generated: `python -m tests.generated`, or `make generated`."""

from pathlib import Path

from tests.generated import man_page
from tests.generated.examples import DIRECTORY, EXAMPLES, path_of, record
from tests.generated.marks import Parts, filled
from tests.generated.pages import FILES, PAGES


def main() -> None:
    for page, parts in PAGES.items():
        _write(page, parts)
    for file, make in FILES.items():
        file.write_text(make(), encoding="utf-8")
    DIRECTORY.mkdir(exist_ok=True)
    for old in DIRECTORY.glob("*.http"):
        old.unlink()
    for operation_id in EXAMPLES:
        path_of(operation_id).write_text(record(operation_id), encoding="utf-8")
    man_page.FILE.write_text(man_page.page(), encoding="utf-8")
    print(
        f"Wrote parts of {len(PAGES)} pages, {len(FILES)} diagrams, {man_page.FILE.name} and "
        f"{len(EXAMPLES)} examples."
    )


def _write(page: Path, parts: Parts) -> None:
    page.write_text(filled(page.read_text(encoding="utf-8"), parts), encoding="utf-8")


main()

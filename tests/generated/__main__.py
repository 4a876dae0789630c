"""Writes what is generated: `python -m tests.generated`, or `make generated`."""

from pathlib import Path

from tests.generated import architecture
from tests.generated.examples import DIRECTORY, EXAMPLES, path_of, record
from tests.generated.marks import Parts, filled
from tests.generated.tables import TABLES

README = Path(__file__).parents[2] / "README.md"


def main() -> None:
    _write(README, TABLES)
    _write(architecture.PAGE, architecture.PARTS)
    DIRECTORY.mkdir(exist_ok=True)
    for old in DIRECTORY.glob("*.http"):
        old.unlink()
    for operation_id in EXAMPLES:
        path_of(operation_id).write_text(record(operation_id), encoding="utf-8")
    print(
        "Wrote the tables of README.md, the diagrams and tables of docs/architecture.md, "
        f"and {len(EXAMPLES)} examples."
    )


def _write(page: Path, parts: Parts) -> None:
    page.write_text(filled(page.read_text(encoding="utf-8"), parts), encoding="utf-8")


main()

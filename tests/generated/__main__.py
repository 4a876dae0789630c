"""Writes what is generated: `python -m tests.generated`, or `make generated`."""

from pathlib import Path

from tests.generated.examples import DIRECTORY, EXAMPLES, path_of, record
from tests.generated.tables import with_tables

README = Path(__file__).parents[2] / "README.md"


def main() -> None:
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
    DIRECTORY.mkdir(exist_ok=True)
    for old in DIRECTORY.glob("*.http"):
        old.unlink()
    for operation_id in EXAMPLES:
        path_of(operation_id).write_text(record(operation_id), encoding="utf-8")
    print(f"Wrote the tables of README.md, and {len(EXAMPLES)} examples.")


main()

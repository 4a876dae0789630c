"""Every page with generated parts: where it is, and what makes its parts."""

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.generated import architecture, commands, registries, tables
from tests.generated.marks import Parts

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

PAGES: Mapping[Path, Parts] = {
    architecture.PAGE: architecture.PARTS,
    DOCS / "about" / "known.md": tables.LEDGER,
    DOCS / "reference" / "command-line.md": commands.COMMANDS,
    DOCS / "reference" / "control-api.md": tables.CONTROL,
    DOCS / "reference" / "environment.md": commands.VARIABLES,
    DOCS / "reference" / "errors.md": tables.ERRORS,
    DOCS / "reference" / "operations.md": tables.OPERATIONS,
    DOCS / "reference" / "pytest.md": registries.PYTEST_PARTS,
    DOCS / "reference" / "quirks.md": registries.QUIRK_PARTS,
    DOCS / "reference" / "rate-limits.md": registries.PLAN_PARTS,
    DOCS / "reference" / "scenarios.md": registries.SCENARIO_PARTS,
}
"""The generated parts of each page."""

FILES: Mapping[Path, Callable[[], str]] = {
    DOCS / "images" / f"rooms-{id}.svg": make for id, make in architecture.DIAGRAMS.items()
}
"""What makes each file that is generated as a whole."""

"""The pages about packages and containers: the files and commands that they show."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "deploy"
PAGES = sorted(FOLDER.glob("*.md"))

_FILE = re.compile(r"^```\w+\n((?:#|//) ([\w./-]+)\n.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMANDS = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def files(page: str) -> dict[str, str]:
    """Return the files that a page shows, by the names in their first lines."""
    text = (FOLDER / page).read_text(encoding="utf-8")
    return {name: content for content, name in _FILE.findall(text)}


def commands(page: Path) -> list[str]:
    """Return the command lines that a page shows."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for block in _COMMANDS.findall(text) for line in block.splitlines()]

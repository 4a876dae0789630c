"""A page of the documentation, as its tests read it."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

Row = list[str]

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE_NAME = re.compile(r"(?:#|//) ([\w./-]+)\n")


@dataclass(frozen=True)
class Block:
    """A block of code, which is a file where its first line names one."""

    language: str
    text: str

    @property
    def file_name(self) -> str | None:
        match = _FILE_NAME.match(self.text)
        return match and match[1]


@dataclass(frozen=True)
class Page:
    """A page, by its path below the top of the project."""

    path: str

    @property
    def text(self) -> str:
        return (ROOT / self.path).read_text(encoding="utf-8")

    def blocks(self) -> list[Block]:
        """Return the blocks of code in their order."""
        return [Block(language, text) for language, text in _BLOCK.findall(self.text)]

    def snippets(self, language: str) -> list[str]:
        """Return the blocks in a language that are no files."""
        return [
            block.text
            for block in self.blocks()
            if block.language == language and block.file_name is None
        ]

    def files(self) -> dict[str, str]:
        """Return the blocks that are files, by their names."""
        return {block.file_name: block.text for block in self.blocks() if block.file_name}

    def snippet(self, part: str) -> str:
        """Return the one block that has this part."""
        (found,) = (block.text for block in self.blocks() if part in block.text)
        return found

    def table(self, heading: str) -> list[Row]:
        """Return the rows of the table whose heading begins with these cells."""
        start = self.text.index(f"| {heading} |")
        lines = self.text[start:].partition("\n\n")[0].splitlines()[2:]
        return [
            [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().removeprefix("|"))][:-1]
            for line in lines
            if line.startswith("|")
        ]


def code(cell: str) -> list[str]:
    """Return what stands as code in a cell of a table."""
    return re.findall(r"`([^`]+)`", cell)


def of_reference(name: str) -> Page:
    """Return a page of the reference."""
    return Page(f"docs/reference/{name}.md")

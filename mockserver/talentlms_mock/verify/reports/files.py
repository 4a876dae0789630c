"""A report as a file: a page, JSON or Markdown, by the end of its name."""

import json
from collections.abc import Callable
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

from talentlms_mock.errors import SetupError
from talentlms_mock.paths import write_whole
from talentlms_mock.verify.reports import content
from talentlms_mock.verify.tally import Check
from talentlms_mock.verify.verification import Difference, Verification

_READABLE = 0o644
_TITLE = "The mock and the vendor"
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 2rem }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; overflow-wrap: anywhere;
         border-bottom: 1px solid #8884 }
code { font-size: .85em }
@media (prefers-color-scheme: dark) { body { background: #111; color: #eee } }
"""


def write(path: Path, found: Verification) -> None:
    """Write a report.

    Args:
        path: of the file; it ends in .html, .json or .md.
        found: what it is about.

    Raises:
        SetupError: the name has another end, or the file cannot be written.
    """
    text = renderer(path)(found)
    try:
        write_whole(path, text.encode(), mode=_READABLE)
    except OSError as error:
        raise SetupError(f"Cannot write {path}: {error.strerror}.") from None


def renderer(path: Path) -> Callable[[Verification], str]:
    """Return what makes the text of the file.

    Raises:
        SetupError: it is neither a page nor JSON nor Markdown.
    """
    found = _RENDERERS.get(path.suffix)
    if found is None:
        raise SetupError(f"A report ends in {', '.join(_RENDERERS)}, which {path.name} does not.")
    return found


def page(found: Verification) -> str:
    """Return a page that needs nothing else."""
    parts = [f"<h1>{_TITLE}</h1>", *(f"<p>{escape(line)}</p>" for line in content.summary(found))]
    for section in content.sections(found):
        heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in section.heads)
        rows = "".join(f"<tr>{_cells(section.heads, row)}</tr>\n" for row in section.rows)
        parts.append(
            f"<h2>{escape(section.title)}</h2>\n<p>{escape(section.about)}</p>\n"
            f"<table><thead><tr>{heads}</tr></thead>\n<tbody>{rows}</tbody></table>"
        )
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{_TITLE}</title>\n'
        f'<meta name="viewport" content="width=device-width">\n<style>{_STYLE}</style></head>\n'
        f"<body>{body}</body></html>\n"
    )


def _cells(heads: tuple[str, ...], row: tuple[str, ...]) -> str:
    texts = {head: escape(text) for head, text in zip(heads, row, strict=True)}
    if texts.get("Request"):
        texts["Request"] = f"<code>{texts['Request']}</code>"
    return "".join(f"<td>{text}</td>" for text in texts.values())


def markdown(found: Verification) -> str:
    """Return Markdown, as forges show it."""
    lines = [f"# {_TITLE}", "", *(f"{line}  " for line in content.summary(found))]
    for section in content.sections(found):
        lines += ["", f"## {section.title}", "", section.about, ""]
        lines.append(f"| {' | '.join(section.heads)} |")
        lines.append("|---" * len(section.heads) + "|")
        for row in section.rows:
            cells = (
                f"`{text}`" if head == "Request" and text else text
                for head, text in zip(section.heads, row, strict=True)
            )
            lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def as_json(found: Verification) -> str:
    """Return everything as JSON, for programs."""
    return json.dumps(data(found), indent=2) + "\n"


def data(found: Verification) -> dict[str, Any]:
    """Return everything as JSON-able values."""
    parts = found.not_covered
    return {
        "source": found.source,
        "day": str(found.day),
        "exchanges": found.exchanges,
        "others": found.others,
        "confirmed": [_check(each) for each in found.checks],
        "differs": [_difference(each) for each in found.remaining],
        "set_aside": [_difference(each) for each in found.ignored],
        "quirks": [asdict(each) for each in found.decisions],
        "not_covered": {
            "operations": parts.operations,
            "only_null": parts.only_null,
            "only_empty": parts.only_empty,
            "quirks": parts.quirks,
            "left": parts.left,
        },
        "no_longer_different": [each.model_dump(mode="json") for each in parts.unused],
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "operation": check.operation,
        "area": check.area,
        "place": check.place,
        "mock": check.ours,
        "samples": check.samples,
        "known": check.known.as_data(),
    }


def _difference(difference: Difference) -> dict[str, Any]:
    ignored, correction = difference.ignored, difference.correction
    return {
        "operation": difference.operation,
        "area": difference.area,
        "place": difference.place,
        "kind": difference.kind,
        "mock": difference.ours,
        "seen": difference.seen,
        "count": difference.count,
        "samples": difference.samples,
        "known": difference.known.as_data(),
        "request": difference.request,
        "correction": None if correction is None else correction.model_dump(exclude_defaults=True),
        "ignored": None if ignored is None else ignored.model_dump(mode="json"),
    }


_RENDERERS: dict[str, Callable[[Verification], str]] = {
    ".html": page,
    ".json": as_json,
    ".md": markdown,
}

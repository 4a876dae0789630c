"""A hook of mkdocs for what the site needs beyond its pages: `mkdocs.yml` names it.

The pages are also read in a checkout, where links lead to the code; the site has no code, and
shows what a link names without it. `llms.txt` lists every page and what it is about, for programs
that read the documentation: beside each page stands its Markdown.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure import StructureItem
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page

_LINK_TO_CODE = re.compile(r"\[(`[^`]+`)\]\((?:\.\./)+(?:mockserver|pytest_plugin)/[^)]*\)")
_INCLUDED = re.compile(r'^--8<-- "([^":]+)[^"]*"$', re.MULTILINE)
_MARK = re.compile(r"^<!-- [\w-]+ -->\n", re.MULTILINE)
_DIRECTIVE = re.compile(r"^::: (\S+)\n(?: .+\n)*", re.MULTILINE)
_PARAGRAPH = re.compile(r"^(?![#`<|!:-])\S.*(?:\n(?![#`<|!-]).+)*", re.MULTILINE)
_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[([^]]+)\]\([^)]+\)")


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Show what a link to the code names, and take out the marks of the generated parts."""
    return _MARK.sub("", _LINK_TO_CODE.sub(r"\1", markdown))


def on_page_context(context: object, page: Page, config: MkDocsConfig, nav: Navigation) -> None:
    """Write the Markdown of a page beside it; names of the Python API stand for themselves."""
    file = Path(config.site_dir, page.file.src_uri)
    file.parent.mkdir(parents=True, exist_ok=True)
    text = _DIRECTIVE.sub(r"- `\1`\n", page.markdown or "")
    file.write_text(_INCLUDED.sub(_content, text), encoding="utf-8")
    if page is nav.pages[-1]:
        _write_list(config, nav)


def _content(included: re.Match[str]) -> str:
    return Path(included[1]).read_text(encoding="utf-8")


def _write_list(config: MkDocsConfig, nav: Navigation) -> None:
    lines = [f"# {config.site_name}", "", f"> {config.site_description}", ""]
    lines += [f"{config.copyright}", ""]
    for section in nav.items:
        lines += [f"## {section.title}", "", *_lines(section), ""]
    Path(config.site_dir, "llms.txt").write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")


def _lines(item: StructureItem) -> Iterator[str]:
    if isinstance(item, Page):
        yield f"- [{item.title}]({item.file.src_uri}): {_first_sentence(item.markdown or '')}"
    if isinstance(item, Section):
        for child in item.children:
            yield from _lines(child)


def _first_sentence(markdown: str) -> str:
    """Return what a page says first, without links."""
    paragraph = _PARAGRAPH.search(_BLOCK.sub("", markdown))
    text = " ".join(_LINK.sub(r"\1", paragraph[0]).split()) if paragraph else ""
    return re.split(r"(?<=[.:?]) (?=[A-Z`])", text, maxsplit=1)[0].rstrip(":") if text else ""

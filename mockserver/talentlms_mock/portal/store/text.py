"""Text as people write it into the portal's pages."""

import re
from datetime import datetime
from functools import cache
from html.parser import HTMLParser
from zoneinfo import ZoneInfo


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)


def without_tags(html: str | None) -> str | None:
    """Return the text of `html` without its tags; None where it has neither tags nor entities."""
    if html is None or not ("<" in html or "&" in html):
        return None
    parser = _Text()
    parser.feed(html)
    parser.close()
    return "".join(parser.pieces).strip()


def host_label(name: str, id: int) -> str:
    """Return `name` as a part of a host name; with `id` where the name itself cannot be one."""
    label = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")
    return label if label == name.casefold() else f"{label}-{id}".strip("-")


def local_moment(moment: str, timezone: str, date_format: str) -> str:
    """Return a timestamp as a portal's pages write it: "15/07/2025, 12:00:00".

    Args:
        moment: as the API writes it.
        timezone: the portal's.
        date_format: the portal's, like DDMMYYYY.
    """
    local = datetime.fromisoformat(moment).astimezone(ZoneInfo(timezone))
    return local.strftime(f"{_directives(date_format)}, %H:%M:%S")


@cache
def _directives(date_format: str) -> str:
    parts = re.findall(r"D+|M+|Y+", date_format)
    return "/".join({"D": "%d", "M": "%m", "Y": "%Y"}[part[0]] for part in parts)

"""Text as people write it into the portal's pages."""

from html.parser import HTMLParser


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

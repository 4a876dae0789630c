"""Text as people write it into the portal's pages."""

from html.parser import HTMLParser


def without_tags(html: str | None) -> str | None:
    """Return the text of `html` without its tags; None where it has neither tags nor entities."""
    if html is None or not ("<" in html or "&" in html):
        return None
    pieces: list[str] = []
    parser = HTMLParser()
    parser.handle_data = pieces.append  # type: ignore[method-assign]  # a subclass for one line
    parser.feed(html)
    parser.close()
    return "".join(pieces).strip()

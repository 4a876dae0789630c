"""A browser without scripts: reads pages, follows links, and sends forms as they stand."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self
from urllib.parse import urljoin

import httpx

VOID = frozenset(("area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"))


@dataclass
class Element:
    """An element of a page; its children are elements and texts."""

    tag: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    def all(self, tag: str = "", **attributes: str) -> Iterator["Element"]:
        """Give the elements inside, in their order, with this tag and these attributes."""
        for child in self.children:
            if isinstance(child, Element):
                same = all(child.attributes.get(k) == v for k, v in attributes.items())
                if tag in ("", child.tag) and same:
                    yield child
                yield from child.all(tag, **attributes)

    def one(self, tag: str = "", **attributes: str) -> "Element":
        """Return the only one."""
        (found,) = self.all(tag, **attributes)
        return found

    @property
    def text(self) -> str:
        """What is read, in one line."""
        parts = [child if isinstance(child, str) else child.text for child in self.children]
        return " ".join(" ".join(parts).split())

    @property
    def raw(self) -> str:
        """The text as it stands."""
        return "".join(child if isinstance(child, str) else child.raw for child in self.children)

    def rows(self) -> list[list[str]]:
        """Return the texts of the cells of a table, without its head."""
        return [
            [cell.text for cell in row.all() if cell.tag in ("th", "td")]
            for row in self.all("tr")
            if not any(cell.attributes.get("scope") == "col" for cell in row.all("th"))
        ]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while self._open[-1].tag != tag:
            assert self._open[-1].tag in ("p", "li", "option", "tr", "td"), (tag, self._open[-1])
            self._open.pop()
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def parsed(html: str) -> Element:
    """Return the page of a text; it must close what it opens."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root


class Page:
    """A page that was answered."""

    def __init__(self, client: httpx.Client, response: httpx.Response) -> None:
        assert response.headers["content-type"] == "text/html; charset=utf-8", response.text
        self._client = client
        self.response = response
        self.status = response.status_code
        self.url = response.request.url
        self.html = parsed(response.text)

    @property
    def main(self) -> Element:
        return self.html.one("main")

    @property
    def heading(self) -> str:
        return next(self.html.all("h1")).text

    @property
    def problem(self) -> str:
        """What it says is wrong, "" for nothing."""
        return " ".join(each.text for each in self.html.all(id="problem"))

    @property
    def done(self) -> str:
        """What it says was done."""
        (*_, said) = ["", *(each.text for each in self.main.all("p", role="status"))]
        return said

    def table(self, number: int = 0) -> list[list[str]]:
        return list(self.main.all("table"))[number].rows()

    def follow(self, text: str) -> Self:
        """Follow the first link with this text."""
        link = next(each for each in self.html.all("a") if each.text == text)
        return self._to(self._client.get(urljoin(str(self.url), link.attributes["href"])))

    def send(self, button: str, number: int = 0, /, **values: str) -> Self:
        """Send the form with this button, with what stands in it but for `values`."""
        forms = [
            form
            for form in self.main.all("form")
            if button in [each.text for each in form.all("button")]
        ]
        form = forms[number]
        fields = dict(_fields(form))
        unknown = values.keys() - fields.keys()
        assert not unknown, (unknown, fields)
        filled = {k: v for k, v in (fields | values).items() if v is not None}
        pressed = next(each for each in form.all("button") if each.text == button)
        if "name" in pressed.attributes:
            filled[pressed.attributes["name"]] = pressed.attributes.get("value", "")
        address = urljoin(str(self.url), form.attributes.get("action", ""))
        if form.attributes.get("method", "get") == "get":
            return self._to(self._client.get(address, params=filled))
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"{self.url.scheme}://{self.url.netloc.decode()}",
        }
        return self._to(self._client.post(address, data=filled, headers=headers))

    def _to(self, response: httpx.Response) -> Self:
        return type(self)(self._client, response)


def _fields(form: Element) -> Iterator[tuple[str, str | None]]:
    for each in form.all():
        name = each.attributes.get("name", "")
        if not name or each.tag == "button":
            continue
        if each.tag == "textarea":
            yield name, each.raw.removeprefix("\n")
        elif each.tag == "select":
            options = list(each.all("option"))
            chosen = [one for one in options if "selected" in one.attributes] or options[:1]
            for one in chosen:
                yield name, one.attributes.get("value", one.text)
        elif each.attributes.get("type") in ("checkbox", "radio"):
            yield name, each.attributes.get("value", "on") if "checked" in each.attributes else None
        else:
            yield name, each.attributes.get("value", "")

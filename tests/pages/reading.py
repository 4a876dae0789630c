"""Reading pages as a person does: what they say, and what their forms send."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx

from talentlms_mock import Portal

Json = dict[str, Any]


@dataclass
class _Form:
    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.links: dict[str, str] = {}
        self.forms: list[_Form] = []
        self._in_main = False
        self._link: str | None = None
        self._button: tuple[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._in_main |= tag == "main"
        if tag == "a":
            self._link = given["href"]
        elif tag == "form":
            self.forms.append(_Form(given.get("action", "")))
        elif tag == "input" and given.get("type") == "hidden":
            self.forms[-1].fields.setdefault(given["name"], []).append(given["value"])
        elif tag == "button":
            self._button = given.get("name", ""), given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._in_main &= tag != "main"
        if tag == "a":
            self._link = None
        elif tag == "button":
            self._button = None

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if not text:
            return
        if self._in_main:
            self.texts.append(text)
        if self._link is not None:
            self.links[text] = self._link
        if self._button is not None:
            self.forms[-1].buttons[text] = self._button


def _read(response: httpx.Response) -> _Reader:
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    reader = _Reader()
    reader.feed(response.text)
    return reader


def said(response: httpx.Response) -> list[str]:
    """Return the texts of the main part of a page."""
    return _read(response).texts


def title(response: httpx.Response) -> str:
    found = re.search("<title>(.*)</title>", response.text)
    assert found is not None
    return found[1]


def links(response: httpx.Response) -> dict[str, str]:
    return _read(response).links


def press(
    browser: httpx.Client, page: httpx.Response, button: str, **fields: str | list[str]
) -> httpx.Response:
    """Send the form that has the button, with these fields filled in."""
    (form,) = (form for form in _read(page).forms if button in form.buttons)
    name, value = form.buttons[button]
    sent: dict[str, str | list[str]] = {**form.fields, **fields}
    if name:
        sent[name] = value
    return browser.post(form.action or str(page.url), data=sent, headers={"Origin": _origin(page)})


def _origin(page: httpx.Response) -> str:
    host = page.url.netloc.decode()
    return f"{page.url.scheme}://{host}"


def api(
    browser: httpx.Client, portal: Portal, method: str, path: str, json: Json | None = None
) -> Any:
    """Ask the API as an application does, by the host name of the browser."""
    response = browser.request(method, f"/api/v2{path}", headers=portal.headers, json=json)
    assert response.is_success, response.text
    return response.json()["_data"] if response.content else None


def sign_in(browser: httpx.Client, portal: Portal, user: str | int = "ada.lovelace") -> None:
    """Sign a browser in by an address of the API."""
    id = portal.users.get(user).id
    address = api(browser, portal, "GET", f"/users/{id}/login")[-1]["url"]
    assert browser.get(address).status_code == 303

"""Forms: only a page of the portal itself changes anything."""

import httpx
import pytest

from talentlms_mock import Portal
from tests.pages.reading import press, said, sign_in

FOREIGN = "No page of this portal sent this form. Open the page, and send it again."
UNIT = "https://acme.talentlms.com/unit/view/id:1"


@pytest.fixture(autouse=True)
def _signed_in(acme: Portal, browser: httpx.Client) -> None:
    sign_in(browser, acme)
    browser.get(UNIT)


def _post(
    browser: httpx.Client, headers: dict[str, str] | None = None, **changes: str
) -> httpx.Response:
    form = {"form_token": browser.cookies["talentlms-mock-form"], "do": "open", **changes}
    return browser.post(UNIT, data=form, headers=headers)


def _is_begun(acme: Portal) -> bool:
    return acme.enrollments.get(1).completion_status == "incomplete"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://acme.talentlms.com"},
        {"Origin": "https://acme.talentlms.com", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_form_of_the_portal_is_accepted(
    headers: dict[str, str], acme: Portal, browser: httpx.Client
) -> None:
    assert _post(browser, headers).status_code == 303
    assert _is_begun(acme)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example.com"},
        {"Origin": "null"},
        {"Origin": "http://acme.talentlms.com"},
        {"Origin": "https://acme.talentlms.com:8443"},
        {"Origin": "https://acme.talentlms.com.evil.example.com"},
        {"Origin": "https://other.talentlms.com", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_of_another_origin_is_refused(
    headers: dict[str, str], acme: Portal, browser: httpx.Client
) -> None:
    response = _post(browser, headers)

    assert (response.status_code, said(response)[1]) == (403, FOREIGN)
    assert not _is_begun(acme)


@pytest.mark.parametrize("token", ["", "guessed", "ä"])
def test_a_form_without_the_token_is_refused(
    token: str, acme: Portal, browser: httpx.Client
) -> None:
    response = _post(browser, form_token=token)

    assert (response.status_code, said(response)[1]) == (403, FOREIGN)
    assert not _is_begun(acme)


def test_a_form_without_the_cookie_is_refused(acme: Portal, browser: httpx.Client) -> None:
    token = browser.cookies["talentlms-mock-form"]
    browser.cookies.delete("talentlms-mock-form")

    response = browser.post(UNIT, data={"form_token": token, "do": "open"})
    assert response.status_code == 403
    response = browser.post(UNIT, data={"form_token": "", "do": "open"})
    assert response.status_code == 403
    assert not _is_begun(acme)


def test_the_cookie_of_forms_is_for_the_portal_alone(acme: Portal, browser: httpx.Client) -> None:
    browser.cookies.delete("talentlms-mock-form")

    (cookie,) = browser.get("/index").headers.get_list("set-cookie")

    assert cookie.startswith("talentlms-mock-form=")
    assert cookie.partition("; ")[2] == "HttpOnly; Path=/; SameSite=lax; Secure"
    assert browser.get("/index").headers.get_list("set-cookie") == []  # it is kept


@pytest.mark.parametrize(
    ("body", "kind", "status", "text"),
    [
        (b"do=open", "text/plain", 400, "A form has the type application/x-www-form-urlencoded."),
        (b"do=\xff", None, 400, "This form cannot be read."),
        (b"a=1&" * 10_001, None, 400, "This form cannot be read."),
        (b"x" * (1024 * 1024 + 1), None, 413, "The form is larger than 1 MiB."),
    ],
)
def test_what_is_no_form_is_refused(
    body: bytes, kind: str | None, status: int, text: str, acme: Portal, browser: httpx.Client
) -> None:
    headers = {"Content-Type": kind or "application/x-www-form-urlencoded"}

    response = browser.post(UNIT, content=body, headers=headers)

    assert (response.status_code, said(response)[1]) == (status, text)


def test_another_method_changes_nothing(acme: Portal, browser: httpx.Client) -> None:
    assert browser.put(UNIT, data={"do": "open"}).status_code == 405
    assert browser.get(f"{UNIT}?do=open").status_code == 200
    assert not _is_begun(acme)


def test_a_form_of_an_unknown_page_is_a_page(acme: Portal, browser: httpx.Client) -> None:
    page = browser.get(UNIT)
    token = browser.cookies["talentlms-mock-form"]

    response = browser.post("/unit/nothing", data={"form_token": token})

    assert (response.status_code, said(response)[0]) == (404, "The mock has no such page")
    assert press(browser, page, "Start").status_code == 303

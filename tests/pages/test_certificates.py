"""The pages of certificates, and the document."""

import asyncio

import httpx
import pypdfium2  # type: ignore[import-untyped]  # it has no types
import pytest

from talentlms_mock import Portal
from talentlms_mock.pages.document import certificate_document
from talentlms_mock.portal.pages.certificates import CertificatePage
from tests.pages.conftest import Visitor
from tests.pages.reading import api, links, said, sign_in

ADA = [
    *("Empty Portal", "Safe", "This certifies that", "Ada Lovelace", "has completed the course"),
    *("Safety", "Issued on", "07/05/2025", "Expires on", "never"),
]


@pytest.fixture
def completed(acme: Portal) -> None:
    acme.learner(1).complete("Safety")


def _addresses(browser: httpx.Client, acme: Portal) -> tuple[str, str]:
    (found,) = api(browser, acme, "GET", "/users/1/certificates")["certificates"]
    return found["public_url"], found["download_url"]


def _text(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    text: str = document[0].get_textpage().get_text_range()
    return text.splitlines()


@pytest.mark.usefixtures("completed")
def test_the_public_address_needs_no_sign_in(acme: Portal, browser: httpx.Client) -> None:
    public, _ = _addresses(browser, acme)
    assert public == "https://acme.talentlms.com/certificates/view/1"

    page = browser.get(public)

    assert (page.status_code, said(page)) == (200, ADA)
    assert "Download" not in links(page)


@pytest.mark.usefixtures("completed")
def test_its_owner_downloads_it(acme: Portal, browser: httpx.Client) -> None:
    public, download = _addresses(browser, acme)
    sign_in(browser, acme)
    assert links(browser.get(public))["Download"] == "/certificates/download/1"

    response = browser.get(download)

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/pdf"
    assert response.headers["content-disposition"] == 'attachment; filename="certificate-1.pdf"'
    assert _text(response.content) == [
        *ADA[:7],
        *("07/05/2025", "Expires on", "never"),
        "Made by talentlms-mock for tests. This is not a certificate of TalentLMS or anybody.",
    ]


@pytest.mark.usefixtures("completed")
def test_nobody_else_downloads_it(acme: Portal, browser: httpx.Client) -> None:
    acme.add_user("bob")
    sign_in(browser, acme, "bob")

    response = browser.get("/certificates/download/1")

    assert response.status_code == 403
    assert said(response)[1] == "This is the certificate of somebody else."
    assert "Download" not in links(browser.get("/certificates/view/1"))


def test_an_expired_one_says_so(acme: Portal, browser: httpx.Client) -> None:
    acme.add_course("Law", units=["One"], certification="Lawful", certificate_days=10)
    acme.enroll(1, "Law")
    acme.learner(1).complete("Law")
    assert said(browser.get("/certificates/view/1"))[-4:] == [
        *("Issued on", "07/05/2025", "Expires on", "17/05/2025"),
    ]
    acme.clock.advance(days=11)

    page = browser.get("/certificates/view/1")

    assert said(page)[-3:] == ["Expired on", "17/05/2025", "Expired"]
    sign_in(browser, acme)
    text = _text(browser.get("/certificates/download/1").content)
    assert text[-3:-1] == ["Expired on", "17/05/2025"]


def test_one_that_does_not_exist(acme: Portal, browser: httpx.Client) -> None:
    sign_in(browser, acme)
    for path in ("/certificates/view/7", "/certificates/download/7"):
        response = browser.get(path)
        assert (response.status_code, said(response)[1]) == (404, "Certificate not found")


@pytest.mark.usefixtures("completed")
def test_under_an_address_it_says_whose_it_is(acme: Portal, visitor: Visitor) -> None:
    browser = visitor("https://127.0.0.1:8443")

    public, download = _addresses(browser, acme)

    assert public == "https://127.0.0.1:8443/certificates/view/1?portal=acme"
    assert download == "https://127.0.0.1:8443/certificates/download/1?portal=acme"
    assert said(browser.get(public)) == ADA
    progress = api(browser, acme, "GET", "/course-progress?user_id=1&course_id=1")
    assert progress["progress"]["certificate"]["public_url"] == public


def _document(name: str, course: str = "Course") -> bytes:
    page = CertificatePage(1, "Title", 1, name, course, "07/05/2025", None, False)
    return certificate_document(page, "Site")


@pytest.mark.parametrize(
    "name",
    [
        "Łukasz Ωmega Иван",
        "山田 太郎",
        "ひらがな 太郎",
        "김철수",
        "<script>alert(1)</script>",
        "(brackets) \\ 100%",
    ],
)
def test_names_of_any_script_are_in_the_document(name: str) -> None:
    assert _text(_document(name))[3] == name


def test_a_name_without_letters_in_the_fonts_is_in_the_title_of_the_document() -> None:
    document = pypdfium2.PdfDocument(_document("दीपक"))

    assert document.get_metadata_dict()["Title"] == "Title: दीपक"


def test_a_name_that_is_read_from_the_right_is_drawn_so() -> None:
    page = pypdfium2.PdfDocument(_document("דוד כהן"))[0].get_textpage()

    letters = {page.get_text_range(at, 1): page.get_charbox(at) for at in range(page.count_chars())}

    assert letters["ו"][0] > letters["כ"][0]


@pytest.mark.parametrize("name", ["x" * 191, "word " * 38])
def test_a_long_name_stays_on_the_page(name: str) -> None:
    document = pypdfium2.PdfDocument(_document(name, name))
    page = document[0].get_textpage()

    boxes = [page.get_charbox(at) for at in range(page.count_chars())]

    width, height = document[0].get_size()
    assert all(left >= 35 and right <= width - 35 for left, _, right, _ in boxes)
    assert all(bottom >= 35 and top <= height - 35 for _, bottom, _, top in boxes)
    assert "".join(_text(_document(name, name))).count("".join(name.split())[:8]) >= 2


def test_the_same_certificate_is_the_same_document() -> None:
    assert _document("Ada") == _document("Ada")


@pytest.mark.usefixtures("completed")
def test_making_a_document_does_not_hold_up_the_event_loop(
    acme: Portal, browser: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    loops: list[bool] = []

    def note(*arguments: object) -> bytes:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            loops.append(False)
        return b"%PDF"

    monkeypatch.setattr("talentlms_mock.pages.document.certificate_document", note)
    sign_in(browser, acme)

    assert browser.get("/certificates/download/1").content == b"%PDF"
    assert loops == [False]

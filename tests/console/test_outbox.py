"""The messages of a portal in the console."""

import httpx

from talentlms_mock import Portal
from tests.console.conftest import Open


def test_messages_are_shown_as_mail(empty: Portal, api: httpx.Client, see: Open) -> None:
    assert "No message yet." in see("/outbox").main.text
    empty.add_user("ada", email="ada@example.com")
    empty.add_user("bob", email="bob@example.com")
    api.post("/password-reset", json={"login": "ada"})
    api.post("/users/bob@example.com/username-recovery")

    page = see("/outbox")
    mails = list(page.main.all("article"))
    assert [mail.one("h2").text for mail in mails] == [
        "Your username is bob",
        "Reset your password",
    ]
    assert [each.text for each in mails[1].all("dd")] == [
        "ada@example.com",
        "2025-05-07 09:30:00",
        "user 1",
    ]
    link = mails[1].one("a", rel="noreferrer")
    assert link.attributes["href"] == link.text == empty.outbox[0].link
    assert page.follow("user 1").heading == "User ada"

"""talentlms-mock outbox."""

import json

import httpx

from talentlms_mock import Portal
from tests.cli.commands.conftest import Run, table


def test_messages_are_listed(of_empty: Run, empty: Portal, api: httpx.Client) -> None:
    assert of_empty("outbox") == f"The portal {empty.domain} has sent nothing.\n"
    empty.add_user("ada", email="ada@example.com")
    assert api.post("/password-reset", json={"login": "ada"}).status_code == 204

    heads, row = table(of_empty("outbox"))
    (message,) = empty.outbox
    assert heads == ["Sent", "To", "Subject", "Link"]
    assert row[1:] == ["ada@example.com", message.subject, message.link]
    (listed,) = json.loads(of_empty("outbox", "--json"))
    assert (listed["link"], listed["created_at"]) == (message.link, row[0])

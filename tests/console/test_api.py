"""The vendor's API in the console."""

import json

import httpx
import pytest
from openapi_spec_validator import validate

from talentlms_mock import Portal
from talentlms_mock.api.ledger import ORDER
from talentlms_mock.api.operation import REGISTRY
from talentlms_mock.console import sending
from tests.api.responses import ADA
from tests.console.conftest import Open
from tests.console.pages import Page


def test_every_operation_is_listed_and_found(see: Open) -> None:
    page = see("/api")
    listed = [
        f"{row[0]} {row[1]} {row[3]}"
        for number in range(len(list(page.main.all("table"))))
        for row in page.table(number)
    ]
    assert sorted(listed) == sorted(
        f"{each.method} {each.path} {each.operation_id} {each.known.provenance}"
        for each in REGISTRY
    )
    (row,) = page.send("Search", q="GETUSERBYID").table()
    assert row[1] == "getUserById"
    assert "No operation matches." in see("/api", q="nothing like it").main.text


def test_operations_say_how_well_each_field_is_known(see: Open) -> None:
    for operation in REGISTRY:
        page = see(f"/api/{operation.operation_id}")
        assert page.heading == f"{operation.method} /api/v2{operation.path}"
        tables = _tables(page)
        for label, shape in (("Body", operation.body), ("Response", operation.response.shape)):
            rows = tables.get(label, [])
            fields = {} if shape is None else shape.model_fields
            names = {row[0].split()[0] for row in rows}
            assert {name for name in names if "." not in name} == {
                field.alias or name for name, field in fields.items()
            }
            assert {row[3] for row in rows} <= set(ORDER)
        parameters = {row[0].split()[0] for row in tables.get("Parameters", [])}
        assert {each.name for each in operation.path_parameters} <= parameters
        for rule in operation.rules:
            assert rule.text in page.main.text


def _tables(page: Page) -> dict[str, list[list[str]]]:
    return {
        region.attributes["aria-label"]: region.one("table").rows()
        for region in page.main.all("div", role="region")
        if list(region.all("table"))
    }


def test_operation_is_sent_and_shown(empty: Portal, see: Open) -> None:
    empty.add_user("ada")
    page = see("/api/getUserById").send("Send", **{"path-id": "1"})
    assert page.heading == "#1 GET /api/v2/users/1"
    (exchange,) = empty.requests
    assert (exchange.status, exchange.response_json["_data"]["login"]) == (200, "ada")
    assert empty.rate_limit.remaining == 1999
    assert exchange.warnings == []


def test_query_body_and_headers_are_sent(empty: Portal, see: Open) -> None:
    see("/api/getUsers").send(
        "Send",
        **{"query-filter[keyword][like]": "a b", "more": "bogus = 1\nx=", "headers": "Accept: */*"},
    )
    assert empty.requests[-1].query == {"filter[keyword][like]": "a b", "bogus": "1", "x": ""}
    assert empty.requests[-1].headers["accept"] == "*/*"

    body = json.dumps(ADA)
    page = see("/api/createUser").send("Send", body=body)
    assert dict(page.table())["Status"] == "200"
    assert empty.users.first().login == ADA["login"]
    see("/api/createUser").send("Send", body="no JSON")
    assert empty.requests[-1].status == 422


def test_odd_id_is_sent_as_it_is(empty: Portal, see: Open) -> None:
    see("/api/getUserById").send("Send", **{"path-id": "ä b"})
    assert (empty.requests[-1].operation_id, empty.requests[-1].status) == ("getUserById", 400)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"path-id": " "}, "id is required. path-id"),
        ({"headers": "no header"}, "headers: write Name: value on a line. headers"),
    ],
)
def test_what_cannot_be_sent_is_refused(
    empty: Portal, see: Open, values: dict[str, str], said: str
) -> None:
    page = see("/api/getUserById").send("Send", **values)
    assert (page.status, page.problem) == (422, said)
    page = see("/api/getUsers").send("Send", more="nothing")
    assert page.problem == "more: write nothing = VALUE on a line. more"
    assert len(empty.requests) == 0


def test_faults_apply_to_what_is_sent(
    empty: Portal, see: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "PATIENCE", 0.2)
    for fault, status in (({"status": 503}, "503"), ({"reset": True}, ""), ({"timeout": True}, "")):
        empty.clear_faults()
        empty.fault("GET", "/users", **fault)
        page = see("/api/getUsers").send("Send")
        assert dict(page.table())["Status"].startswith(status or "none")


def test_documents_are_downloaded(empty: Portal, browser: httpx.Client) -> None:
    base = f"/portals/{empty.domain}"
    vendor = browser.get(f"{base}/openapi.json")
    validate(vendor.json())
    assert vendor.json()["servers"][0] == {"url": empty.base_url.removesuffix("/api/v2")}
    assert "attachment" in vendor.headers["content-disposition"]
    control = browser.get(f"{base}/control-openapi.json").json()
    validate(control)
    assert "/__mock__/portals" in control["paths"]


def test_operation_that_there_is_not(see: Open) -> None:
    page = see("/api/getShoes")
    assert (page.status, page.problem) == (404, "There is no operation 'getShoes'.")

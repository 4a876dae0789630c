"""What holds for every list: pages, links, and what is not known."""

import json
import socket
from typing import Any

import httpx
import pytest

from talentlms_mock import Portal
from talentlms_mock.api.operation import REGISTRY, Operation
from tests.api.responses import refusal
from tests.conftest import NewClient, NewPortal

PAGES = pytest.mark.parametrize(
    "operation",
    [item for item in REGISTRY if item.paginated],
    ids=lambda item: item.operation_id,
)


def path_of(operation: Operation) -> str:
    return operation.path.replace("{id}", "1")


def links(url: str, size: int, **pages: int) -> dict[str, str]:
    return {name: f"{url}?page[number]={page}&page[size]={size}" for name, page in pages.items()}


NARROWER = {"getTimeline": {"filter[user_id][eq]": "1"}}
"""What makes a list so short that one page has all of it."""

NEWEST_FIRST = {"getTimeline"}


@PAGES
def test_pages_add_up(operation: Operation, client: httpx.Client) -> None:
    path = path_of(operation)
    narrower: dict[str, str | int] = {**NARROWER.get(operation.operation_id, {})}
    whole = client.get(path, params=narrower | {"page[size]": 100}).json()
    total = whole["_meta"]["pagination"]["total_results"]
    assert total == len(whole["_data"]) > 0
    seen: list[Any] = []
    for number in range(1, total + 1):
        part: dict[str, str | int] = {"page[number]": number, "page[size]": 3}
        answer = client.get(path, params=narrower | part).json()
        pagination = answer["_meta"]["pagination"]
        assert pagination == {
            "page": number,
            "page_size": 3,
            "total_items": len(answer["_data"]),
            "total_pages": -(-total // 3),
            "total_results": total,
        }
        seen += answer["_data"]
    assert seen == whole["_data"]
    if operation.operation_id not in NEWEST_FIRST:
        ids = [item.get("id", item.get("key")) for item in seen]
        assert ids == sorted(ids)


@PAGES
@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("page[number]", "0", "must be at least 1"),
        ("page[number]", "-1", "must be at least 1"),
        ("page[number]", "one", "must be an integer"),
        ("page[number]", "1.5", "must be an integer"),
        ("page[number]", "", "must be an integer"),
        ("page[number]", "9" * 5000, "must be an integer"),
        ("page[size]", "0", "must be at least 1"),
        ("page[size]", "101", "must be at most 100"),
        ("page[size]", "١", "must be an integer"),
    ],
)
def test_a_bad_page_is_400(
    operation: Operation, name: str, value: str, problem: str, client: httpx.Client
) -> None:
    response = client.get(path_of(operation), params={name: value})
    assert (response.status_code, response.json()) == (
        400,
        refusal(f"The attribute '{name}' {problem}"),
    )


def test_a_page_has_ten_by_default(portal: Portal, client: httpx.Client) -> None:
    answer = client.get("/users").json()
    url = f"https://{portal.host}/api/v2/users"
    assert len(answer["_data"]) == 10
    assert answer["_links"] == links(url, 10, self=1, first=1, last=5, prev=1, next=2)
    assert answer["_meta"]["pagination"] == {
        "page": 1,
        "page_size": 10,
        "total_items": 10,
        "total_pages": 5,
        "total_results": 50,
    }


def test_links_in_the_middle_at_the_end_and_beyond(portal: Portal, client: httpx.Client) -> None:
    url = f"https://{portal.host}/api/v2/users"

    def at(number: int) -> Any:
        return client.get(f"/users?page[number]={number}&page[size]=20").json()

    assert at(2)["_links"] == links(url, 20, self=2, first=1, last=3, prev=1, next=3)
    assert at(3)["_links"] == links(url, 20, self=3, first=1, last=3, prev=2, next=3)
    assert at(9)["_links"] == links(url, 20, self=9, first=1, last=3, prev=3, next=3)
    assert at(9)["_data"] == []
    assert at(9)["_meta"]["pagination"] == {
        "page": 9,
        "page_size": 20,
        "total_items": 0,
        "total_pages": 3,
        "total_results": 50,
    }
    assert at(3)["_meta"]["pagination"]["total_items"] == 10
    assert at(10**17)["_data"] == []


def test_an_empty_list_has_one_page(empty: Portal, api: httpx.Client) -> None:
    url = f"https://{empty.host}/api/v2/users"
    assert api.get("/users").json() == {
        "_data": [],
        "_links": links(url, 10, self=1, first=1, last=1, prev=1, next=1),
        "_meta": {
            "pagination": {
                "page": 1,
                "page_size": 10,
                "total_items": 0,
                "total_pages": 1,
                "total_results": 0,
            }
        },
    }


def test_links_keep_every_other_parameter(client: httpx.Client) -> None:
    query = "page%5Bsize%5D=5&x=a%20b%26c&filter%5Bstatus%5D%5Beq%5D=active&filter[keyword][like]=é"
    answer = client.get(f"/users?{query}", headers={"Host": "127.0.0.1:8443"}).json()
    assert answer["_links"]["first"] == (
        "https://127.0.0.1:8443/api/v2/users?filter[status][eq]=active"
        "&filter[keyword][like]=é&x=a%20b%26c&page[number]=1&page[size]=5"
    )
    assert answer["_meta"]["pagination"]["page_size"] == 5


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("a%2Bb", "a+b"),
        ("a+b", "a%20b"),
        ("me%40example.com", "me@example.com"),
        ("100%25", "100%25"),
        ("a%26b%23c", "a%26b%23c"),
        ("a%3Db%3Fc%2Fd", "a=b?c/d"),
        ("%5Ba%5D", "[a]"),
        ("%22%0A", '"%0A'),
        ("", ""),
    ],
)
def test_values_in_links_are_decoded(sent: str, shown: str, client: httpx.Client) -> None:
    link = client.get(f"/users?filter[login]={sent}").json()["_links"]["self"]
    assert link.endswith(f"/users?filter[login][eq]={shown}&page[number]=1&page[size]=10")


def test_a_filtered_page_says_how_it_was_understood(empty: Portal, api: httpx.Client) -> None:
    for login in ("ada", "bob"):
        empty.add_user(login)
    answer = api.get("/users?filter[login]=ADA&page[size]=5&filter[keyword][like]=a&x=1").json()
    assert [item["login"] for item in answer["_data"]] == ["ada"]
    url = (
        f"https://{empty.host}/api/v2/users?filter[login][eq]=ADA&filter[keyword][like]=a&x=1"
        "&page[number]=1&page[size]=5"
    )
    assert answer["_links"] == dict.fromkeys(("self", "first", "last", "prev", "next"), url)
    assert list(answer["_meta"]) == ["filtered_by", "pagination"]
    assert answer["_meta"] == {
        "filtered_by": {"login": {"eq": "ADA"}, "keyword": {"like": "a"}},
        "pagination": {
            "page": 1,
            "page_size": 5,
            "total_items": 1,
            "total_pages": 1,
            "total_results": 1,
        },
    }


FILTERED = pytest.mark.parametrize(
    "operation",
    [item for item in REGISTRY if item.filters],
    ids=lambda item: item.operation_id,
)


@FILTERED
def test_a_filter_without_an_operator_is_eq(operation: Operation, client: httpx.Client) -> None:
    for item in operation.filters:
        value = str(item.kind.schema.get("enum", ["1"])[0])
        if item.operator != "eq":
            continue
        short = client.get(path_of(operation), params={f"filter[{item.field}]": value}).json()
        whole = client.get(path_of(operation), params={item.name: value}).json()
        assert short == whole
        assert short["_meta"]["filtered_by"] == {item.field: {"eq": value}}


@FILTERED
def test_a_filter_that_has_no_eq_needs_its_operator(
    operation: Operation, portal: Portal, client: httpx.Client
) -> None:
    known = operation.filters_by_name
    names = {f"filter[{item.field}]" for item in operation.filters}
    names = {name for name in names if f"{name}[eq]" not in known}
    for name in names:
        answer = client.get(path_of(operation), params={name: "1"}).json()
        assert "filtered_by" not in answer.get("_meta", {})
    assert sorted(warning.text for warning in portal.warnings) == [
        f"unknown query parameter {name!r}" for name in sorted(names)
    ]


def test_both_ends_of_a_range_are_one_filter(empty: Portal, api: httpx.Client) -> None:
    query = "filter[last_updated][gte]=2025-05-07&filter[last_updated][lte]=2025-05-08"
    answer = api.get(f"/users?{query}").json()
    assert answer["_meta"]["filtered_by"] == {
        "last_updated": {"gte": "2025-05-07", "lte": "2025-05-08"}
    }


@pytest.mark.parametrize(
    ("sent", "understood", "is_warned"),
    [
        ("2025-05-07T12:30:00%2B03:00", "2025-05-07T12:30:00+03:00", False),
        ("2025-05-07T12:30:00+03:00", "2025-05-07T12:30:00+03:00", True),
        ("2025-05-07T12:30:00%2003:00", "2025-05-07T12:30:00+03:00", True),
        ("2025-05-07T12:30+0300", "2025-05-07T12:30+0300", True),
        ("2025-05-07T12:30:00.5+03:00", "2025-05-07T12:30:00.5+03:00", True),
        ("2025-05-07T08:30:00-01:00", "2025-05-07T08:30:00-01:00", False),
        ("2025-05-07T09:30:00Z", "2025-05-07T09:30:00Z", False),
        ("2025-05-07", "2025-05-07", False),
    ],
)
def test_the_plus_of_an_offset_may_be_lost(
    sent: str, understood: str, is_warned: bool, empty: Portal, api: httpx.Client
) -> None:
    empty.add_user("ada")
    answer = api.get(f"/users?filter[last_updated][gte]={sent}").json()
    assert [item["login"] for item in answer["_data"]] == ["ada"]
    assert answer["_meta"]["filtered_by"] == {"last_updated": {"gte": understood}}
    assert f"filter[last_updated][gte]={understood}&" in answer["_links"]["self"]
    warning = "a + in filter[last_updated][gte] was read as a space: send it as %2B"
    assert [item.text for item in empty.warnings] == [warning] * is_warned


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        (
            "filter[status]=gone",
            "The attribute 'filter[status][eq]' must be one of active, inactive",
        ),
        (
            "filter[last_updated][gte]=yesterday",
            "The attribute 'filter[last_updated][gte]' must be a date and time in ISO 8601",
        ),
        ("filter[branch_id][eq]=x", "Branch id must be a positive integer"),
        ("filter[group_id]=0", "Group id must be a positive integer"),
        ("filter[group_id]=", "Group id must be a positive integer"),
    ],
)
def test_a_bad_value_of_a_filter_is_400(query: str, problem: str, client: httpx.Client) -> None:
    response = client.get(f"/users?{query}")
    assert (response.status_code, response.json()) == (400, refusal(problem))


def test_links_can_say_http(new_portal: NewPortal, new_client: NewClient) -> None:
    portal = new_portal(quirks={"link_scheme": "http"})
    answer = new_client(portal).get("/users").json()
    url = f"http://{portal.host}/api/v2/users"
    assert answer["_links"] == links(url, 10, self=1, first=1, last=5, prev=1, next=2)


def test_without_a_host_links_have_the_portals(empty: Portal, api: httpx.Client) -> None:
    address = api.base_url
    assert address.port is not None
    with socket.create_connection((address.host, address.port), timeout=5) as raw:
        context = empty.ssl_context()
        with context.wrap_socket(raw, server_hostname=address.host) as connection:
            head = "".join(f"{name}: {value}\r\n" for name, value in empty.headers.items())
            connection.sendall(f"GET /api/v2/users HTTP/1.0\r\n{head}\r\n".encode())
            with connection.makefile("rb") as file:
                answer = json.loads(file.read().partition(b"\r\n\r\n")[2])
    assert answer["_links"]["self"] == (
        f"https://{empty.host}/api/v2/users?page[number]=1&page[size]=10"
    )


@pytest.mark.parametrize("value", ["null", "omit"])
def test_links_at_the_edges_are_a_quirk(
    value: str, new_portal: NewPortal, new_client: NewClient
) -> None:
    client = new_client(new_portal(quirks={"edge_links": value}, users=20))

    def edges(number: int) -> list[object]:
        found = client.get(f"/users?page[number]={number}").json()["_links"]
        return [
            "omitted" if name not in found else found[name] and found[name].split("?")[1][:14]
            for name in ("prev", "next")
        ]

    edge = None if value == "null" else "omitted"
    assert edges(1) == [edge, "page[number]=2"]
    assert edges(2) == ["page[number]=1", edge]


def test_a_size_over_the_limit_can_be_clamped(new_portal: NewPortal, new_client: NewClient) -> None:
    client = new_client(new_portal(quirks={"page_size_over_limit": "clamp"}, users=120))
    answer = client.get("/users?page[size]=500").json()
    assert len(answer["_data"]) == 100
    assert answer["_meta"]["pagination"]["page_size"] == 100
    assert answer["_links"]["next"].endswith("page[number]=2&page[size]=100")


def test_brackets_in_links_can_be_encoded(new_portal: NewPortal, new_client: NewClient) -> None:
    client = new_client(new_portal(quirks={"next_page_encoding": "percent"}))
    answer = client.get("/users?filter[status][eq]=active").json()
    assert answer["_links"]["next"].endswith(
        "/users?filter%5Bstatus%5D%5Beq%5D=active&page%5Bnumber%5D=2&page%5Bsize%5D=10"
    )
    assert client.get(answer["_links"]["next"].split("/api/v2")[1]).status_code == 200


UNKNOWN = ["filter[name][eq]=x", "filter[status][like]=x", "page=2", "q", "page[offset]=1"]


@PAGES
@pytest.mark.parametrize("query", UNKNOWN)
def test_an_unknown_parameter_is_a_contract_warning(
    operation: Operation, query: str, portal: Portal, client: httpx.Client
) -> None:
    plain = client.get(path_of(operation)).json()
    answer = client.get(f"{path_of(operation)}?{query}").json()
    assert answer["_data"] == plain["_data"]
    name = query.partition("=")[0]
    assert [exchange.warnings for exchange in portal.journal] == [
        [],
        [f"unknown query parameter {name!r}"],
    ]


@PAGES
def test_an_unknown_parameter_can_be_rejected(
    operation: Operation, new_portal: NewPortal, new_client: NewClient
) -> None:
    client = new_client(new_portal(quirks={"unknown_query": "reject"}))
    response = client.get(f"{path_of(operation)}?x=1")
    assert response.status_code == 400
    assert response.json() == refusal("There is no parameter 'x'")
    assert client.get(f"{path_of(operation)}?page[number]=1").status_code == 200


@PAGES
def test_a_page_is_read_in_order_instead_of_sorted(
    operation: Operation, portal: Portal, client: httpx.Client
) -> None:
    """Else a page would take the longer the more rows there are, also those that it leaves out."""
    statements: list[str] = []
    with portal.transaction() as transaction:
        transaction.sqlite.set_trace_callback(statements.append)
    assert client.get(path_of(operation)).status_code == 200
    with portal.transaction() as transaction:
        transaction.sqlite.set_trace_callback(None)
        (page,) = [text for text in statements if "group_concat" in text]
        plan = transaction.sqlite.execute(f"EXPLAIN QUERY PLAN {page}").fetchall()
    few = operation.operation_id in ("getUserFields", "getCourseFields")
    assert few or not [step[3] for step in plan if "TEMP B-TREE" in step[3]]

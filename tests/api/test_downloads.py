"""The file with what failed in a task, at the address that the API gives."""

import httpx
import pytest

from talentlms_mock import Portal
from tests.conftest import NewClient, NewPortal


def report_of(portal: Portal, api: httpx.Client) -> str:
    """Start a task that refuses its item, and return the address of its file."""
    item = {"user_id": 99, "course_id": 1}
    started = api.post("/batch/enrollments", json={"enrollments": [item]}).json()["_data"]
    address: str = api.get(f"/tasks/{started['task_id']}").json()["_data"]["download_url"]
    return address


def test_the_file_is_where_the_address_leads(empty: Portal, api: httpx.Client) -> None:
    empty.add_course("Algebra")
    empty.set_tasks("at-once")
    address = httpx.URL(report_of(empty, api))
    requests = len(empty.requests)
    left = empty.rate_limit.remaining

    response = httpx.get(
        f"https://127.0.0.1:{httpx.URL(empty.base_url).port}{address.path}",
        headers={"Host": address.host},
        verify=empty.ssl_context(),
    )

    code = address.path.partition("task:")[2].partition(",")[0]
    assert response.status_code == 200
    assert response.text == "index,message\r\n0,User not found\r\n"
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == f'attachment; filename="task-{code}.csv"'
    assert (len(empty.requests), empty.rate_limit.remaining) == (requests, left)


def test_the_file_is_found_by_an_address_of_the_server(
    new_portal: NewPortal, new_client: NewClient
) -> None:
    new_portal(dataset="empty")
    portal = new_portal(dataset="empty", tasks="at-once")
    portal.add_course("Algebra")
    client = new_client(portal)
    del client.headers["Host"]

    address = report_of(portal, client)

    assert httpx.URL(address).params["portal"] == portal.domain
    response = httpx.get(address, verify=portal.ssl_context())
    assert response.text == "index,message\r\n0,User not found\r\n"


@pytest.mark.parametrize("change", ["key", "portal", "inactive", "post"])
def test_without_the_right_address_there_is_no_file(
    change: str, new_portal: NewPortal, new_client: NewClient
) -> None:
    portal = new_portal(dataset="empty", tasks="at-once")
    portal.add_course("Algebra")
    client = new_client(portal)
    del client.headers["Host"]
    address = report_of(portal, client)
    if change == "key":
        address = address.replace(",key:", ",key:0")
    elif change == "portal":
        address = address.replace("portal=", "portal=no-")
    elif change == "inactive":
        portal.deactivate()

    method = "POST" if change == "post" else "GET"
    response = httpx.request(method, address, verify=portal.ssl_context())

    if change == "post":
        assert response.status_code == 405
    else:
        assert (response.status_code, response.text) == (404, "There is no such file.")

"""A portal that was imported responds as the one it came from, and has nobody of it."""

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from talentlms_mock.errors import SetupError
from talentlms_mock.verify.importing.reader import Stopped
from talentlms_mock.verify.importing.run import begin, state_path
from talentlms_mock.verify.live.client import Response, Unreachable
from tests.conftest import NewPortal
from tests.verify.importing.compare import Comparison
from tests.verify.importing.vendor import (
    NO_LIMITS,
    NOW,
    QUIRKS,
    compared,
    interrupted,
    left_in,
    read,
)
from tests.verify.vendor import FakeTime, academy

KEY = "key-that-is-secret"


def test_it_is_the_same_but_for_the_people(new_portal: NewPortal, tmp_path: Path) -> None:
    vendor = new_portal(
        **NO_LIMITS, users=12, seed=7, dataset="demo", clock=NOW, quirks=QUIRKS, api_key=KEY
    )
    database = tmp_path / "acme.sqlite"
    for number, after in enumerate((20, 60, 90)):
        interrupted(vendor, database, after, resume=number > 0)
        state = state_path(database)
        assert stat.S_IMODE(state.stat().st_mode) == 0o600
        kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        assert KEY.encode() not in kept
        assert b"margaret" not in kept.lower()
    found = read(vendor, database, resume=True)
    comparison = Comparison(replaced=True)
    differences, notes = compared(
        new_portal, vendor, found, database, comparison, settings={"quirks": QUIRKS}
    )
    assert differences == []
    assert "missing" not in " ".join(notes.lines())
    assert os.listdir(tmp_path) == ["acme.sqlite"]
    content = database.read_bytes()
    assert KEY.encode() not in content
    assert len(comparison.stand_ins) > 100
    assert left_in(content, comparison) == []


def test_scripts_lengths_and_nulls(new_portal: NewPortal, tmp_path: Path) -> None:
    vendor = new_portal(**NO_LIMITS, users=24, dataset="messy", clock=NOW)
    database = tmp_path / "acme.sqlite"
    comparison = Comparison(replaced=True, names=True)
    found = read(vendor, database, names=True)
    differences, _ = compared(new_portal, vendor, found, database, comparison)
    assert differences == []
    assert left_in(database.read_bytes(), comparison) == []


def test_names_can_be_kept(new_portal: NewPortal, tmp_path: Path) -> None:
    vendor = academy(new_portal, **NO_LIMITS)
    database = tmp_path / "acme.sqlite"
    found = read(vendor, database, keep_names=True)
    settings = {"clock": vendor.clock.now().isoformat()}
    differences, notes = compared(
        new_portal, vendor, found, database, Comparison(replaced=False), settings=settings
    )
    assert differences == []
    assert len(notes) == 0


def test_what_drifted_is_listed_and_stops_nothing(new_portal: NewPortal, tmp_path: Path) -> None:
    vendor = academy(new_portal, **NO_LIMITS)
    vendor.fault("GET", "/users", rename_field={"email": "mail"})
    vendor.fault("GET", "/users/*", drop_field="email", null_field="user_type")
    vendor.fault("GET", "/groups/*/users", status=404)
    vendor.fault("GET", "/branches/*", status=500)
    database = tmp_path / "acme.sqlite"
    notes = read(vendor, database).make(database)
    assert [line for line in notes.lines() if "timeline" not in line] == [
        "/branches/{id}: the portal answers 500 (1x)",
        "/groups/{id}/users: the portal answers 404 (1x)",
        "/users email: missing (3x)",
        "/users mail: unknown, left out (3x)",
        "/users/{id} email: missing (3x)",
        "users.email: missing, filled in (3x)",
    ]
    copy = new_portal(database=database)
    assert [user.email for user in copy.users] == [f"user{n}@example.com" for n in (1, 2, 3)]
    assert [branch.name for branch in copy.branches] == ["North"]


def test_a_reference_that_leads_nowhere_is_listed(new_portal: NewPortal, tmp_path: Path) -> None:
    vendor = academy(new_portal, **NO_LIMITS)

    def gone(number: int, target: str) -> Response | None:
        """Delete a course once it has been listed."""
        if target == "/learning-paths?page%5Bnumber%5D=1&page%5Bsize%5D=100":
            with vendor.httpx_client() as client:
                client.delete("/courses/2")
        return None

    database = tmp_path / "acme.sqlite"
    notes = read(vendor, database, trouble=gone).make(database)
    assert "/courses/{id}/users: the portal answers 404 (1x)" in notes.lines()
    assert len(new_portal(database=database).courses) == 3


def test_it_stops_where_the_portal_is_gone_and_goes_on(
    new_portal: NewPortal, tmp_path: Path
) -> None:
    vendor = academy(new_portal, **NO_LIMITS)
    database = tmp_path / "acme.sqlite"

    def gone(number: int, target: str) -> Response | None:
        if number > 9:
            raise Unreachable("acme.talentlms.com does not respond (reset).")
        return None

    time = FakeTime()
    with pytest.raises(Stopped, match=r"^acme\.talentlms\.com does not respond"):
        read(vendor, database, trouble=gone, time=time)
    assert [pause for pause in time.sleeps if pause >= 1] == [1, 2, 4, 8, 16]
    read(vendor, database, resume=True).make(database)
    assert len(new_portal(database=database).users) == 3


def test_errors_of_the_server_stop_it(new_portal: NewPortal, tmp_path: Path) -> None:
    vendor = academy(new_portal, **NO_LIMITS)
    problem = "The portal answers 502 to one request after the other"
    with pytest.raises(Stopped, match=problem):
        read(vendor, tmp_path / "a.sqlite", trouble=lambda number, target: Response(502, {}, b""))


def test_it_waits_for_the_limit(new_portal: NewPortal, tmp_path: Path) -> None:
    vendor = academy(new_portal, **NO_LIMITS)

    def limited(number: int, target: str) -> Response | None:
        return {
            2: Response(429, {"retry-after": "90"}, b""),
            4: Response(429, {}, b""),
            5: Response(429, {}, b""),
        }.get(number)

    time = FakeTime()
    database = tmp_path / "a.sqlite"
    read(vendor, database, trouble=limited, time=time).make(database)
    assert [pause for pause in time.sleeps if pause > 1] == [91, 10, 30]


def test_a_limit_that_does_not_end_stops_it(new_portal: NewPortal, tmp_path: Path) -> None:
    vendor = academy(new_portal, **NO_LIMITS)
    with pytest.raises(Stopped, match="again and again"):
        read(vendor, tmp_path / "a.sqlite", trouble=lambda number, target: Response(429, {}, b""))


def test_it_leaves_the_portal_four_fifths_of_its_limit(
    new_portal: NewPortal, tmp_path: Path
) -> None:
    vendor = academy(new_portal, plan="custom", hourly_limit=100)
    time = FakeTime()

    def refilled(number: int, target: str) -> Response | None:
        if number > 1 and time.sleeps and time.sleeps[-1] > 60:
            vendor.rate_limit.refill()
        return None

    database = tmp_path / "a.sqlite"
    read(vendor, database, trouble=refilled, time=time).make(database)
    pauses = [pause for pause in time.sleeps if pause > 1]
    assert len(pauses) == 1
    assert 3_580 < pauses[0] <= 3_600


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (401, "The portal refuses the key (status 401)."),
        (403, "The portal refuses the request (status 403): is its API enabled?"),
    ],
)
def test_a_refused_key_ends_it(
    status: int, problem: str, new_portal: NewPortal, tmp_path: Path
) -> None:
    vendor = academy(new_portal, **NO_LIMITS)
    with pytest.raises(SetupError) as caught:
        read(
            vendor, tmp_path / "a.sqlite", trouble=lambda number, target: Response(status, {}, b"")
        )
    assert str(caught.value) == problem


def test_what_a_portal_does_not_give_is_asked_for_from_the_other_side(
    new_portal: NewPortal, tmp_path: Path
) -> None:
    vendor = new_portal(**NO_LIMITS, users=6, dataset="demo", clock=NOW)
    for path in ("/courses/*/users", "/groups/*/users", "/branches/*/users"):
        vendor.fault("GET", path, status=403)
    database = tmp_path / "acme.sqlite"
    found = read(vendor, database)
    for fault in list(vendor.faults):
        fault.remove()
    differences, notes = compared(new_portal, vendor, found, database, Comparison(replaced=True))
    assert differences == []
    refused = [line for line in notes.lines() if "403" in line]
    assert refused == [
        "/branches/{id}/users: the portal answers 403 (3x)",
        "/courses/{id}/users: the portal answers 403 (3x)",
        "/groups/{id}/users: the portal answers 403 (3x)",
    ]


def test_parts_can_be_left_out(new_portal: NewPortal, tmp_path: Path) -> None:
    vendor = academy(new_portal, **NO_LIMITS)
    database = tmp_path / "acme.sqlite"
    found = read(vendor, database, without=("timeline", "rewards", "units", "progress"))
    found.make(database)
    copy = new_portal(database=database)
    assert len(copy.enrollments) == len(vendor.enrollments)
    with closing(sqlite3.connect(":memory:")) as one:
        one.deserialize(database.read_bytes())
        assert one.execute("SELECT count(*) FROM events").fetchone() == (0,)


def test_one_import_at_a_time(new_portal: NewPortal, tmp_path: Path) -> None:
    vendor = academy(new_portal, **NO_LIMITS)
    database = tmp_path / "acme.sqlite"
    state = state_path(database)
    with pytest.raises(SetupError, match=r"^There is nothing to resume"):
        begin(database, "acme", names=False, keep_names=False, resume=True)
    interrupted(vendor, database, 5, resume=False)
    for domain, names, resume, problem in (
        ("acme", False, False, f"An import into {database} was stopped: continue it with --resume"),
        ("other", False, True, f"{state} is of an import from another portal."),
        ("acme", True, True, f"{state} was begun with other choices"),
    ):
        with pytest.raises(SetupError) as caught:
            begin(database, domain, names=names, keep_names=False, resume=resume)
        assert str(caught.value).startswith(problem)
    state.write_bytes(b"another file")
    with pytest.raises(SetupError, match=r"was not written by an import"):
        begin(database, "acme", names=False, keep_names=False, resume=True)

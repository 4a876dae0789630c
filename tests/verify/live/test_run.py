"""A live run: how fast it is, where it stops, and how it continues."""

from pathlib import Path
from typing import Any

import pytest

from talentlms_mock import Portal, SetupError
from talentlms_mock.api.operation import REGISTRY
from talentlms_mock.verify.live import round_trip
from talentlms_mock.verify.live.client import Response, Unreachable
from talentlms_mock.verify.live.probes import UNKNOWN, Probe, probes
from talentlms_mock.verify.live.run import Run
from talentlms_mock.verify.live.state import State
from talentlms_mock.verify.words import words
from tests.conftest import NewPortal
from tests.verify.vendor import FakeTime, InProcess, academy, told, verified

_WORDS = words(REGISTRY)


def _run(portal: Portal, state: State, time: FakeTime) -> Run:
    return Run(InProcess(portal), portal.api_key, time.pace(), state)


def test_four_requests_a_second(new_portal: NewPortal) -> None:
    portal, time = academy(new_portal), FakeTime()
    state = State(portal.domain, _WORDS)
    _run(portal, state, time).run(probes())
    assert set(time.sleeps) == {0.25}
    assert time.now == pytest.approx((len(state.exchanges) - 1) / 4)


def test_slow_answers_are_not_waited_for_twice() -> None:
    time = FakeTime()
    pace = time.pace()
    pace.wait()
    time.now += 0.2
    pace.wait()
    time.now += 3
    pace.wait()
    assert time.sleeps == [pytest.approx(0.05)]


def test_a_fifth_of_what_the_limit_leaves(new_portal: NewPortal) -> None:
    portal = academy(new_portal)
    portal.rate_limit.remaining = 101
    state = State(portal.domain, _WORDS)
    outcome = _run(portal, state, FakeTime()).run(probes())
    # The first request is not counted, the second leaves 100: twenty more.
    assert len(state.exchanges) == 22
    assert portal.rate_limit.remaining == 80
    assert outcome.left == len(probes()) - 22
    assert outcome.stopped == "A fifth of the requests that the portal had left are used"


def test_a_429_stops_it_and_it_continues(new_portal: NewPortal, tmp_path: Path) -> None:
    other = academy(new_portal)
    whole = State(other.domain, _WORDS)
    _run(other, whole, FakeTime()).run(probes())
    portal, path = academy(new_portal, quirks={"retry_after": "on"}), tmp_path / "state.json"
    stops = 0
    state = State(portal.domain, _WORDS)
    while True:
        portal.rate_limit.refill()
        portal.rate_limit.burst_remaining = 30
        outcome = _run(portal, state, FakeTime()).run(probes())
        state.save(path)
        state = State(portal.domain, _WORDS)
        state.load(path)
        if not outcome.stopped:
            break
        assert outcome.stopped == (
            "The portal answered 429, its limit is used up for 5 seconds more"
        )
        stops += 1
    assert stops >= 2
    assert len(state.exchanges) == len(whole.exchanges) + stops
    # Each was sent once, but for those that were refused.
    assert sum(each.status == 429 for each in portal.requests) == stops
    assert told(verified(state.exchanges)) == told(verified(whole.exchanges)) == []


def test_a_wrong_key_ends_it_at_once(new_portal: NewPortal) -> None:
    portal, state = academy(new_portal), State("acme", _WORDS)
    run = Run(InProcess(portal), "another-key", FakeTime().pace(), state)
    with pytest.raises(SetupError, match=r"The portal refuses the key \(status 401"):
        run.run(probes())
    assert len(state.exchanges) == 2
    portal.disable_api()
    run = Run(InProcess(portal), portal.api_key, FakeTime().pace(), State("acme", _WORDS))
    with pytest.raises(SetupError, match=r"its API is not enabled, or not for all \(status 403"):
        run.run(probes()[1:])


class _Gone:
    """A portal that responds so many times."""

    def __init__(self, responses: int) -> None:
        self._left = responses

    def send(self, *request: Any) -> Response:
        self._left -= 1
        if self._left < 0:
            raise Unreachable("acme.talentlms.com does not respond (it is gone).")
        return Response(200, {}, b'{"_data": {}}')


def test_a_portal_that_does_not_respond() -> None:
    run = Run(_Gone(0), "key", FakeTime().pace(), State("acme", _WORDS))
    with pytest.raises(SetupError, match=r"^acme.talentlms.com does not respond .it is gone.\.$"):
        run.run(probes())
    run = Run(_Gone(3), "key", FakeTime().pace(), State("acme", _WORDS))
    outcome = run.run(probes())
    assert outcome.stopped == "acme.talentlms.com does not respond (it is gone)"
    assert outcome.left == len(probes()) - 3


def test_it_changes_nothing(new_portal: NewPortal) -> None:
    portal = academy(new_portal)
    _run(portal, State(portal.domain, _WORDS), FakeTime()).run(probes())
    assert [each.changes for each in portal.requests if each.changes] == []
    writes = [each for each in portal.requests if each.method != "GET"]
    assert {each.status for each in writes} == {400, 404, 405}


def test_its_writes_name_what_does_not_exist() -> None:
    for probe in probes():
        if probe.method not in ("GET", "PUT"):
            ids = list((probe.body or {}).values())
            assert str(UNKNOWN) in probe.path or not ids or str(ids[0]) == str(UNKNOWN)
            assert probe.expects == "exact"


def test_the_names_of_requests_are_different() -> None:
    names = [probe.name for probe in probes()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "There is nothing to resume: .* cannot be read"),
        (b"[]", "was not written by verify: run it again without --resume."),
        (b'{"format": 2}', "was not written by verify"),
        (
            b'{"format": 1, "domain": "other", "done": [], "ids": {}, "exchanges": []}',
            "is of a run against another portal",
        ),
    ],
)
def test_a_state_of_nothing(content: bytes | None, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SetupError, match=problem):
        State("acme", _WORDS).load(path)


def test_a_state_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="Cannot write"):
        State("acme", _WORDS).save(tmp_path / "none" / "state.json")


def _names(portal: Portal) -> list[str]:
    return [
        *(group.name for group in portal.groups),
        *(course.name for course in portal.courses),
    ]


def test_the_round_trip_puts_the_portal_back(new_portal: NewPortal) -> None:
    portal = academy(new_portal)
    state = State(portal.domain, _WORDS)
    before = _names(portal)
    assert round_trip.send(_run(portal, state, FakeTime())) == ""
    assert _names(portal) == before
    assert len(state.exchanges) <= round_trip.REQUESTS
    made = [
        each.json["name"]
        for each in portal.requests
        if each.method == "POST" and each.json.get("name")
    ]
    assert all(name.startswith("talentlms-mock verify ") for name in made)
    assert told(verified(state.exchanges)) == []


def test_what_could_not_be_removed_is_told(new_portal: NewPortal) -> None:
    portal, state = academy(new_portal), State("acme", _WORDS)
    portal.fault("DELETE", "/groups/*", status=500)
    left = round_trip.send(_run(portal, state, FakeTime()))
    (group,) = [each for each in portal.groups if each.name.startswith("talentlms-mock")]
    assert left == f"The portal still has groups {group.id}: remove it by hand."


def test_the_round_trip_ends_where_its_share_of_the_limit_does(new_portal: NewPortal) -> None:
    portal, state = academy(new_portal), State("acme", _WORDS)
    before = _names(portal)
    portal.rate_limit.remaining = 21
    left = round_trip.send(_run(portal, state, FakeTime()))
    assert left == "A fifth of the requests that the portal had left are used."
    # The first request, four that are a fifth of 20, and two that remove what was made.
    assert [each.method for each in portal.requests][-2:] == ["DELETE", "DELETE"]
    assert len(state.exchanges) == 7
    assert _names(portal) == before


def test_the_round_trip_ends_at_a_429(new_portal: NewPortal) -> None:
    portal, state = academy(new_portal), State("acme", _WORDS)
    before = _names(portal)
    portal.fault("GET", "/courses/*", status=429)
    left = round_trip.send(_run(portal, state, FakeTime()))
    assert left == "The portal answered 429, its limit is used up."
    assert [each.method for each in portal.requests][-3:] == ["GET", "DELETE", "DELETE"]
    assert _names(portal) == before


def test_a_duplicate_that_is_let_in_is_removed_too(new_portal: NewPortal) -> None:
    portal = academy(new_portal)
    before = [each.name for each in portal.courses]

    class Lenient(InProcess):
        def send(self, method: str, target: str, *rest: Any) -> Response:
            if method == "POST" and target == "/courses":
                course = portal.add_course(f"made {len(list(portal.courses))}")
                return Response(200, {}, b'{"_data": {"id": %d}}' % course.id)
            return super().send(method, target, *rest)

    run = Run(Lenient(portal), portal.api_key, FakeTime().pace(), State("acme", _WORDS))
    assert round_trip.send(run) == ""
    assert [each.name for each in portal.courses] == before


def test_a_probe_with_an_id_that_there_is_none_of(new_portal: NewPortal) -> None:
    portal, state = new_portal(dataset="empty"), State("acme", _WORDS)
    asked = [Probe("GET", "/groups", "a list"), Probe("GET", "/groups/{group}", "one")]
    assert _run(portal, state, FakeTime()).run(asked).left == 0
    assert [seen.path for seen in state.exchanges] == ["/api/v2/groups"]

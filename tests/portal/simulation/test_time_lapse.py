"""Days go by in a portal with people at work, by its rules and all at once."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import httpx
import pytest

from talentlms_mock import MockServer, Portal, SetupError, TimeLapse
from talentlms_mock.portal.rules import schedule
from talentlms_mock.portal.simulation import time_lapse
from talentlms_mock.portal.simulation.acts import perform
from talentlms_mock.portal.simulation.plans import Intent, visit
from talentlms_mock.portal.state.clock import moment_at
from talentlms_mock.portal.store.transaction import Transaction
from tests.conftest import NOW, NewClient, NewPortal
from tests.state import dump, invariants
from tests.state.dump import Dump

_DAYS = 20


def _options(**options: Any) -> dict[str, Any]:
    limits = {"plan": "custom", "hourly_limit": 100_000, "burst_limit": 100_000}
    return {"users": 15, "clock": NOW, **limits, **options}


@pytest.fixture(scope="module")
def worked(server: MockServer) -> Iterator[tuple[Portal, Dump, TimeLapse]]:
    """A portal in which people have worked, its data before, and what happened; only read it."""
    portal = server.create_portal(**_options(domain="worked", api_key="key-of-worked"))
    before = dump.take(portal)
    yield portal, before, portal.simulate(_DAYS)
    server.remove_portal(portal)


def test_what_happened_is_on_the_timeline_and_in_the_data(
    worked: tuple[Portal, Dump, TimeLapse],
) -> None:
    portal, before, lapse = worked
    after = dump.take(portal)

    assert lapse.began_at == datetime.fromisoformat(NOW)
    assert lapse.ended_at == lapse.began_at + timedelta(days=_DAYS) == portal.clock.now()
    assert portal.clock.frozen
    old, new = before["events"], after["events"]
    types = Counter(row["event_type"] for key, row in new.items() if key not in old)
    assert lapse.events == dict(sorted(types.items()))
    assert {
        "user_login_user",
        "course_add_user",
        "course_completion",
        "unitprogress_test_completion",
        "unitprogress_test_failed",
        "certification_issue_certification",
    } <= set(lapse.events)
    done = [
        sum(row["completion_status"] == "completed" for row in each.rows("enrollments"))
        for each in (before, after)
    ]
    assert done[1] - done[0] == lapse.events["course_completion"]
    held = [len(each["certificates"]) for each in (before, after)]
    assert held[1] - held[0] == lapse.events["certification_issue_certification"]


def test_the_portal_obeys_its_rules_afterwards(worked: tuple[Portal, Dump, TimeLapse]) -> None:
    portal, _, _ = worked
    after = dump.take(portal)

    invariants.nothing_refers_to_what_is_gone(after)
    invariants.learning_paths_agree_with_their_courses(after)
    invariants.limits_hold(after)
    invariants.moments_are_in_order(after)
    reader = invariants.Reader(portal)
    try:
        invariants.statistics_agree_with_lists(reader, after)
        invariants.both_sides_tell_the_same(reader, after)
    finally:
        reader.close()


def test_days_are_the_same_in_one_simulation_as_in_several(
    worked: tuple[Portal, Dump, TimeLapse], new_portal: NewPortal
) -> None:
    portal, _, lapse = worked
    other = new_portal(**_options())
    # None ends at midnight, and somebody is at work at the end of each.
    parts = [other.simulate(days) for days in (1, 9, 10)]

    assert dump.take(other) == dump.take(portal)
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update(part.events)
    assert counts == lapse.events


def test_another_seed_or_day_brings_another_future(new_portal: NewPortal) -> None:
    lapses = [
        new_portal(**_options(**options)).simulate(10).events
        for options in ({}, {"seed": 7}, {"clock": "2025-05-12T09:30:00Z"})
    ]
    assert lapses[0] != lapses[1] != lapses[2] != lapses[0]


def test_an_incremental_client_sees_what_happened(
    new_portal: NewPortal, new_client: NewClient
) -> None:
    portal = new_portal(**_options())
    client = new_client(portal)
    portal.set_quirk("last_updated_moves", "activity")
    lapse = portal.simulate(10)

    since = {"filter[created_from][gte]": NOW, "page[size]": "100"}
    events = client.get("/timeline", params=since).json()["_data"]
    assert len(events) == sum(lapse.events.values())
    changed = {"filter[last_updated][gte]": NOW, "page[size]": "100"}
    users = client.get("/users", params=changed).json()["_data"]
    came = {row["user_id"] for row in events if row["event_type"] == "user_login_user"}
    assert came <= {row["id"] for row in users}


def test_who_is_online_signs_out_at_last(new_portal: NewPortal) -> None:
    portal = new_portal(**_options(users=12))
    portal.learner(2).log_in()
    portal.simulate(4)
    user = portal.users.get(2)

    assert user.last_login is not None
    online = [row for row in dump.take(portal).rows("users") if row["session_started_at"]]
    assert all(row["session_started_at"] > portal.clock.timestamp()[:10] for row in online)


_ESSAY = {"name": "Essay", "type": "assignment"}
_LETTER = {"name": "Letter", "type": "test", "questions": [{"text": "Write", "type": "freetext"}]}


def _crowd(portal: Portal, **course: Any) -> None:
    users = [portal.add_user(f"learner{number}") for number in range(20)]
    portal.add_course("Safety", users=users, **course)


def test_instructors_grade_what_is_handed_in(empty: Portal) -> None:
    _crowd(empty, units=[_ESSAY, _LETTER], traversal="sequential")
    events = empty.simulate(30).events

    assert (
        events["unitprogress_assignment_answered"] >= events["unitprogress_assignment_graded"] > 3
    )
    assert events["unitprogress_test_completion"] > 0
    tables = dump.take(empty)
    rows = tables.rows("unit_progress")
    graded = [row for row in rows if row["graded_on"] is not None]
    assert all(row["started_on"] < row["graded_on"] for row in graded)
    letters = {row["enrollment_id"] for row in rows if row["unit_id"] == 2}
    essays = {row["enrollment_id"]: row["completion_status"] for row in rows if row["unit_id"] == 1}
    assert {essays[id] for id in letters} == {"completed"}, "the second unit comes second"


def test_sessions_are_booked_and_attended_when_they_are_over(empty: Portal) -> None:
    sessions = [
        {"name": "First", "starts_at": "2025-05-14T09:00:00Z", "capacity": 3},
        {"name": "Second", "starts_at": "2025-05-21T09:00:00Z"},
    ]
    _crowd(empty, units=[{"name": "Workshop", "type": "ilt", "sessions": sessions}])
    empty.simulate(5)
    booked = dump.take(empty)["session_attendees"]
    assert booked
    assert not any(row["attended"] for row in booked.values())
    assert sum(key[0] == 1 for key in booked) == 3

    events = empty.simulate(30).events
    attended = dump.take(empty)["session_attendees"]
    assert events["unitprogress_ilt_graded"] > 3
    assert events["unitprogress_ilt_graded"] == sum(row["attended"] for row in attended.values())
    done = [row for row in dump.take(empty).rows("unit_progress") if row["completed_on"]]
    assert all(row["completed_on"] > "2025-05-14T09" for row in done)


def test_courses_are_failed_where_a_test_decides_and_no_test_is_taken_too_often(
    empty: Portal,
) -> None:
    asked = [{"text": "2 + 2?", "answers": ["3", "4"], "correct": "4"}]
    quiz = {"name": "Quiz", "type": "test", "pass_score": 70, "questions": asked}
    _crowd(
        empty,
        units=[_ESSAY, quiz | {"max_attempts": 1}],
        fails_with_test=True,
        certification="Safety",
        certificate_days=7,
    )
    exams = [quiz | {"max_attempts": most, "name": f"Exam {most}"} for most in (1, 2)]
    empty.add_course("Exams", units=[*exams, "Read"], users=list(empty.users))
    events = empty.simulate(40).events

    failed = empty.enrollments.filter(completion_status="failed")
    assert events["course_failure"] == len(failed) > 0
    issued = events["certification_issue_certification"]
    assert 0 < events["certification_expire_certification"] <= issued
    rows = dump.take(empty).rows("unit_progress")
    repetitions = {(row["unit_id"], row["repetitions"]) for row in rows if row["unit_id"] > 2}
    once, twice, read = (unit.id for unit in empty.courses.get("Exams").units)
    assert repetitions == {(once, 0), (twice, 0), (twice, 1), (read, 0)}


def test_nobody_enters_what_is_closed(empty: Portal) -> None:
    early = empty.add_course("Early", units=["Read"])
    _crowd(empty, units=["Read"], prerequisites=[early], time_limit=10)
    empty.change_course(early, status="inactive")
    empty.add_course("Hidden", is_hidden_from_catalog=True)
    empty.add_course("Priced", price=10.0)
    empty.add_course("Locked", is_locked=True)
    empty.add_course("Later", starts_at="2025-09-01T00:00:00Z")
    empty.add_course("Over", starts_at="2025-01-01T00:00:00Z", expires_at="2025-05-07T09:45:00Z")
    empty.add_course("Full", capacity=1, users=["learner1"])
    events = empty.simulate(30).events

    assert set(events) == {"user_login_user"}
    assert {each.completion_status for each in empty.enrollments} == {"not_attempted"}


def test_people_enroll_in_what_is_on_offer(empty: Portal) -> None:
    for number in range(20):
        empty.add_user(f"learner{number}")
    empty.add_course(
        "Open", units=[{"name": "Module", "type": "scorm"}, {"name": "Talk", "type": "ilt"}]
    )
    empty.add_course("Without units")
    events = empty.simulate(30).events

    assert events["course_add_user"] == len(empty.enrollments) > 5
    assert events["course_completion"] > 0
    scores = [each.score for each in empty.enrollments.filter(completion_status="completed")]
    assert all(score is not None and 60 <= score <= 100 for score in scores)


def test_what_time_brings_comes_in_between(empty: Portal) -> None:
    _crowd(empty, units=["Read"])
    for user in list(empty.users)[:10]:
        empty.change_user(user, deactivation_date="2025-05-20")
    empty.simulate(30)
    events = list(empty.events)

    assert [each.created_at for each in events] == sorted(each.created_at for each in events)
    left = [each for each in events if each.event_type == "user_property_change"]
    assert len(left) == 20  # by the test, and by time
    gone = {user.id for user in empty.users.filter(status="inactive")}
    late = [each for each in events if str(each.created_at) > "2025-05-20T00:00:01"]
    assert late
    assert not gone & {each.user_id for each in late}


def test_who_is_at_work_already_signs_in_now(empty: Portal) -> None:
    ada = empty.add_user("ada")
    empty.add_course("Safety", units=["Read"], users=[ada])
    day = int(empty.clock.seconds() // 86_400)
    visits = [list(visit(42, ada.id, ada.timezone, day + later)) for later in range(60)]
    sign_in, begin, *_ = next(each for each in visits if each)
    empty.clock.freeze(moment_at(sign_in.moment))
    empty.simulate(1)

    assert empty.users.get("ada").last_login == moment_at(begin.moment)


@pytest.mark.parametrize("days", [0, -1, 1.5, True, "7", 3_661])
def test_days_are_a_whole_number(days: Any, empty: Portal) -> None:
    with pytest.raises(SetupError, match="a whole number of days, from 1 to 3,660") as caught:
        empty.simulate(days)
    assert caught.value.at == "days"
    assert empty.clock.timestamp() == NOW


def test_more_than_takes_a_minute_is_refused(
    empty: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_lapse, "MOST_USER_DAYS", 30)
    _crowd(empty)
    with pytest.raises(SetupError) as caught:
        empty.simulate(2)
    assert str(caught.value) == (
        "2 days of a portal with 20 active users are too many for one simulation: simulate at most "
        "1 at a time."
    )
    assert empty.simulate(1)
    for number in range(20):
        empty.add_user(f"more{number}")
    with pytest.raises(SetupError, match="simulation: create one with fewer users"):
        empty.simulate(1)


def test_no_clock_shows_the_year_10000(empty: Portal) -> None:
    empty.clock.travel("9999-12-20")
    with pytest.raises(SetupError, match="the years 1 to 9999") as caught:
        empty.simulate(30)
    assert caught.value.at == "days"


def test_after_an_error_nothing_has_happened(
    new_portal: NewPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = new_portal(**_options())
    before = dump.take(portal)
    acts: list[Intent] = []

    def fail_at_last(transaction: Transaction, intent: Intent, seed: int) -> None:
        acts.append(intent)
        if len(acts) == 40:
            raise sqlite3.OperationalError("database or disk is full")
        perform(transaction, intent, seed)

    monkeypatch.setattr(time_lapse, "perform", fail_at_last)
    with pytest.raises(sqlite3.OperationalError):
        portal.simulate(10)
    assert dump.take(portal) == before

    monkeypatch.undo()
    assert portal.simulate(10) == new_portal(**_options()).simulate(10)


def test_others_are_answered_meanwhile(
    server: MockServer, empty: Portal, portal: Portal, client: httpx.Client
) -> None:
    _crowd(empty, units=["Read"])
    begun, go_on = Event(), Event()
    apply = schedule.apply

    def wait(transaction: Transaction) -> None:
        begun.set()
        assert go_on.wait(30)
        apply(transaction)

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor() as pool:
        patch.setattr(schedule, "apply", wait)
        running = pool.submit(
            httpx.post, f"{empty.control_url}/clock/simulate", json={"days": 3}, timeout=60
        )
        try:
            assert begun.wait(30)
            url = f"http://127.0.0.1:{server.http_port}/__mock__/health"
            assert httpx.get(url).json()["status"] == "ok"
            assert client.get("/users").status_code == 200
            assert client.get("/statistics").status_code == 200
            assert empty.clock.timestamp() == NOW
        finally:
            go_on.set()
        assert running.result().json()["ended_at"] == "2025-05-10T09:30:00+00:00"


def test_a_running_clock_runs_on(new_portal: NewPortal) -> None:
    portal = new_portal(users=3)
    before = portal.clock.now()
    lapse = portal.simulate(2)

    assert before <= lapse.began_at == lapse.ended_at - timedelta(days=2)
    assert portal.clock.now() >= lapse.ended_at
    assert portal.clock.factor == 1


def test_people_come_when_it_is_day_where_they_live() -> None:
    hours: Counter[int] = Counter()
    for user in range(1, 400):
        for day in range(20_200, 20_214):
            for intent in visit(42, user, "Asia/Tokyo", day):
                if intent.kind == "sign in":
                    hours[(intent.moment + 9 * 3600) // 3600 % 24] += 1
    at_work = sum(hours[hour] for hour in range(8, 18))
    assert at_work > 0.7 * sum(hours.values())

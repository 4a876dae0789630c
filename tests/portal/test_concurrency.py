"""Threads that use one portal at the same time: every sum is exact, and nothing is half done."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from talentlms_mock import MockServer, Portal
from talentlms_mock.errors import PortalGone, SetupError
from talentlms_mock.portal.contract.operations import Catalogue
from talentlms_mock.portal.faults.faults import Fault, Faults
from talentlms_mock.portal.faults.request import Request
from talentlms_mock.portal.faults.rule import make_rule
from talentlms_mock.portal.journal.journal import Journal
from talentlms_mock.portal.portals import Portals
from talentlms_mock.portal.seed import definition, templates
from talentlms_mock.portal.state.clock import Clock
from talentlms_mock.portal.state.rate_limit import RateLimit, Window
from talentlms_mock.portal.state.settings import Settings
from talentlms_mock.portal.state.system_time import SystemTime
from talentlms_mock.portal.store.database import Database
from talentlms_mock.portal.store.models import coupons
from talentlms_mock.serving.new_portals import free_key
from tests.conftest import NewClient, NewPortal
from tests.interleaving import at_every_point

HOUR = 3600.0
_HANGING = 60.0
THREADS, TIMES = 8, 10

Arranged = tuple[Callable[[], object], Callable[[], object], Callable[[], None]]


def test_many_threads_use_one_portal(new_portal: NewPortal, new_client: NewClient) -> None:
    portal = new_portal(dataset="empty", clock="2025-05-07T09:30:00Z", burst_limit=10**6)
    portal.rate_limit.set(limit=10**6)
    client = new_client(portal)
    began = portal.clock.seconds()

    def work(number: int) -> None:
        for turn in range(TIMES):
            portal.add_user(f"user-{number}-{turn}")
            portal.clock.advance(seconds=1)
            portal.fault("GET", "/courses", status=503, times=1)
            portal.rate_limit.take(portal.clock.seconds())
            assert client.get("/users/1").status_code in (200, 404)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))

    total = THREADS * TIMES
    assert sorted(user.id for user in portal.users) == list(range(1, total + 1))
    assert len(portal.events.filter(event_type="user_create_user")) == total
    assert portal.clock.seconds() == began + total
    assert [fault.number for fault in portal.faults] == list(range(1, total + 1))
    assert [item.number for item in portal.requests] == list(range(1, total + 1))
    assert portal.rate_limit.remaining == 10**6 - 2 * total
    assert [client.get("/courses").status_code for _ in range(total + 1)] == [503] * total + [200]


# The clock.


def _clock() -> Clock:
    return Clock.standing_at(HOUR)


def test_two_steps_of_a_clock_are_two() -> None:
    def arrange() -> Arranged:
        clock = _clock()
        step = partial(clock.advance, hours=1)
        return step, step, lambda: _equal(clock.seconds(), 3 * HOUR)

    at_every_point(arrange, Clock.advance)


def test_a_clock_that_is_frozen_where_it_is_loses_no_step() -> None:
    def arrange() -> Arranged:
        clock = _clock()
        return (
            clock.freeze,
            partial(clock.advance, hours=1),
            lambda: _equal(clock.seconds(), 2 * HOUR),
        )

    at_every_point(arrange, Clock._go)


def test_a_step_does_not_undo_what_else_is_done_to_the_clock() -> None:
    saved = Clock.standing_at(10 * HOUR).save()

    def arrange(other: Callable[[Clock], object], right: Callable[[Clock], bool]) -> Arranged:
        clock = _clock()

        def check() -> None:
            assert right(clock), clock

        return partial(clock.advance, hours=1), lambda: other(clock), check

    at_every_point(
        partial(arrange, Clock.reset, lambda clock: not clock.frozen),
        Clock.advance,
    )
    at_every_point(
        partial(
            arrange,
            lambda clock: clock.restore(saved),
            lambda clock: clock.seconds() in (10 * HOUR, 11 * HOUR),
        ),
        Clock.advance,
    )


def test_the_systems_time_is_the_one_read_last() -> None:
    def arrange() -> Arranged:
        since_1970 = [1000.0]
        system = SystemTime(lambda: since_1970[0])
        system._ahead = 0.0

        def move() -> None:
            since_1970[0] = 5000.0
            system._resync(100.0)

        return partial(system._resync, 100.0), move, lambda: _equal(system._ahead, 4900.0)

    at_every_point(arrange, SystemTime._resync)


# The rate limits.


def _limit(used: int = 0) -> RateLimit:
    limit = RateLimit(10, 10, lambda: HOUR)
    for _ in range(used):
        limit.take(HOUR)
    return limit


def _left(limit: RateLimit) -> tuple[int, int]:
    return limit.remaining, limit.burst_remaining


def test_two_requests_at_once_count_twice() -> None:
    def arrange() -> Arranged:
        limit = _limit()
        take = partial(limit.take, HOUR)
        return take, take, lambda: _equal(_left(limit), (8, 8))

    at_every_point(arrange, RateLimit.take, Window.take)


def test_what_remains_is_set_before_a_request_or_after_it() -> None:
    def arrange() -> Arranged:
        limit = _limit()

        def check() -> None:
            assert _left(limit) in ((4, 9), (5, 9))

        return partial(limit.take, HOUR), lambda: setattr(limit, "remaining", 5), check

    at_every_point(arrange, RateLimit.take, Window.take)


@pytest.mark.parametrize("read", ["as_data", "save"])
def test_nobody_sees_half_a_change_of_the_limits(read: str) -> None:
    full = _limit().save()
    data: list[Any] = []
    changes: dict[Callable[..., Any], Callable[[RateLimit], object]] = {
        RateLimit.set: lambda limit: limit.set(limit=100),
        RateLimit.refill: RateLimit.refill,
        RateLimit.restore: lambda limit: limit.restore(full),
    }
    for function, change in changes.items():
        done = _limit(used=9)
        before = getattr(done, read)()
        change(done)
        after = getattr(done, read)()

        def arrange(
            change: Callable[[RateLimit], object] = change, before: Any = before, after: Any = after
        ) -> Arranged:
            limit = _limit(used=9)
            data.clear()

            def check() -> None:
                assert all(each in (before, after) for each in data)

            return lambda: change(limit), lambda: data.append(getattr(limit, read)()), check

        at_every_point(arrange, function)


# Faults.


def _faults(*rules: dict[str, object]) -> Faults:
    faults = Faults(1, Catalogue)
    for rule in rules:
        faults.add(make_rule(rule))
    return faults


_REQUEST = Request("GET", "/api/v2/users", "getUsers", {}, {}, b"")


def _may_fire(faults: Faults) -> bool:
    return faults.may_match("getUsers", "/api/v2/users")


def test_two_faults_declared_at_once_have_two_numbers() -> None:
    def arrange() -> Arranged:
        faults = _faults()
        add = partial(faults.add, make_rule({"status": 500}))
        return add, add, lambda: _equal([fault.number for fault in faults], [1, 2])

    at_every_point(arrange, Faults.add)


def test_a_fault_is_removed_twice_without_an_error() -> None:
    def arrange() -> Arranged:
        faults = _faults({"status": 500})
        (fault,) = faults
        return fault.remove, fault.remove, lambda: _equal(len(faults), 0)

    at_every_point(arrange, Faults.remove)


def test_faults_that_are_cleared_do_not_fire() -> None:
    def arrange() -> Arranged:
        faults = _faults()
        add = partial(faults.add, make_rule({"status": 500}))
        return add, faults.clear, lambda: _equal(_may_fire(faults), len(faults) > 0)

    at_every_point(arrange, Faults.add)


def test_a_fault_for_one_request_fires_once() -> None:
    def arrange() -> Arranged:
        faults = _faults({"status": 500, "times": 1})
        (fault,) = faults
        apply = partial(faults.apply, _REQUEST)
        return apply, apply, lambda: _equal((fault.calls, fault.fired), (1, 1))

    at_every_point(arrange, Faults.apply, Fault.turn)


def test_counts_are_saved_and_restored_together() -> None:
    zero = _faults({"status": 500}).save()

    def arrange(do: Callable[[Faults], object]) -> Arranged:
        faults = _faults({"status": 500})
        apply = partial(faults.apply, _REQUEST)
        apply()
        saved: list[Any] = []

        def check() -> None:
            (fault,) = faults
            assert fault.calls == fault.fired
            for each in saved:
                (state,) = each["faults"]
                assert state["calls"] == state["fired"]

        def meanwhile() -> None:
            result = do(faults)
            saved.extend([result] if result else [])

        return apply, meanwhile, check

    at_every_point(partial(arrange, Faults.save), Faults.apply)
    at_every_point(partial(arrange, lambda faults: faults.restore(zero)), Faults.apply)


# The data.


_COUPON = {"code": "X", "code_key": "x", "percentage": 5}


def _meanwhile(act: Callable[[], object]) -> tuple[threading.Thread, list[BaseException]]:
    """Start a thread, and give it the time to do what it should have to wait for."""
    errors: list[BaseException] = []

    def guarded() -> None:
        try:
            act()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=guarded, daemon=True)
    thread.start()
    thread.join(0.05)
    return thread, errors


def test_a_transaction_is_rolled_back_alone(new_portal: NewPortal) -> None:
    portal = new_portal(dataset="empty")

    def fail() -> None:
        with portal.transaction() as transaction:
            transaction.insert(coupons, _COUPON)
            started.append(_meanwhile(partial(portal.add_user, "ada")))
            raise ZeroDivisionError

    started: list[tuple[threading.Thread, list[BaseException]]] = []
    with pytest.raises(ZeroDivisionError):
        fail()
    ((other, errors),) = started
    other.join(_HANGING)
    assert errors == []
    assert [user.login for user in portal.users] == ["ada"]
    assert len(portal.coupons) == 0


def test_data_is_restored_after_a_transaction_and_not_within(new_portal: NewPortal) -> None:
    portal = new_portal(dataset="empty")
    before = portal.database.save()
    with portal.transaction() as transaction:
        other, errors = _meanwhile(partial(portal.database.restore, before))
        transaction.insert(coupons, _COUPON)
    other.join(_HANGING)
    assert errors == []
    assert len(portal.coupons) == 0


def test_a_portal_is_closed_after_a_transaction_and_not_within() -> None:
    portal = Portal(Settings(), dataset="empty")
    with portal.transaction() as transaction:
        other, _ = _meanwhile(portal.close)
        transaction.insert(coupons, _COUPON)
    other.join(_HANGING)
    with pytest.raises(PortalGone):
        len(portal.coupons)


def test_changes_are_counted_while_data_is_restored() -> None:
    def arrange() -> Arranged:
        portal = Portal(Settings(), dataset="empty")
        portal.add_coupon("X")
        changes = portal.database.total_changes
        counted: list[int] = []

        def check() -> None:
            assert all(number >= changes for number in counted)
            portal.close()

        return (
            partial(portal.database.restore, None),
            lambda: counted.append(portal.database.total_changes),
            check,
        )

    at_every_point(arrange, Database._let_go, Database.restore)


# The portals of a server, and what they start with.


def _equal(one: object, other: object) -> None:
    assert one == other


def _named(name: str) -> Portal:
    return Portal(Settings(domain=name, api_key=name), dataset="empty")


@pytest.mark.parametrize("change", ["add", "remove", "rotate"])
def test_every_portal_of_a_server_is_found_by_its_key(change: str) -> None:
    def arrange() -> Arranged:
        portals = Portals()
        one, two, three = map(_named, ("one", "two", "three"))
        portals.add(one)
        portals.add(two)
        acts: dict[str, tuple[Callable[..., Any], str]] = {
            "add": (partial(portals.add, _named("four")), "four"),
            "remove": (partial(portals.remove, one), ""),
            "rotate": (partial(one.rotate_key, "changed"), "changed"),
        }
        first, key = acts[change]

        def check() -> None:
            for name in filter(None, ("two", "three", key)):
                assert portals.find("127.0.0.1", name) is not None, name
            portals.close()

        return first, partial(portals.add, three), check

    functions: dict[str, Callable[..., Any]] = {
        "add": Portals.add,
        "remove": Portals.remove,
        "rotate": Portals._change_keys,
    }
    at_every_point(arrange, functions[change], Portals._keys_with)


def test_portals_made_at_once_have_keys_of_their_own(server: MockServer, tmp_path: Path) -> None:
    saved = tmp_path / "saved.sqlite"
    with MockServer() as another:
        another.create_portal(dataset="empty").save(saved)

        def create(name: str) -> None:
            another.create_portal(domain=name, dataset="empty")

        def open_() -> None:
            with suppress(SetupError):  # the key may be taken by the portal that is being made
                another.open_portal(saved, domain="opened")

        def arrange(other: Callable[[], object]) -> Arranged:
            another.portals.close()

            def check() -> None:
                keys = [portal.api_key for portal in another.portals]
                assert len(set(keys)) == len(keys)
                assert another.portals.of_domain("one") is not None

            return partial(create, "one"), other, check

        at_every_point(partial(arrange, partial(create, "two")), MockServer._add, free_key)
        at_every_point(partial(arrange, open_), MockServer._add, blocked=0.15)


def test_a_template_is_made_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TALENTLMS_MOCK_DATA_DIR", str(tmp_path))
    made: list[int] = []

    def make(*_: object, users: int, **__: object) -> bytes:
        made.append(users)
        return b"content"

    monkeypatch.setattr(templates, "_made", make)
    monkeypatch.setattr(templates, "_file", lambda key: None)
    site, at = definition.load("empty"), Clock().now()

    def arrange(other: Callable[[], object]) -> Arranged:
        templates.forget()
        templates.template(site, users=1, seed=1, at=at)
        made.clear()
        first = partial(templates.template, site, users=2, seed=1, at=at)
        return first, other, lambda: _equal(made.count(2), 1)

    try:
        at_every_point(
            partial(arrange, partial(templates.template, site, users=2, seed=1, at=at)),
            templates.template,
            templates._from_disk,
        )
        at_every_point(partial(arrange, templates.forget), templates._keep, templates._too_large)
    finally:
        templates.forget()


def test_everybody_who_watches_a_journal_is_told() -> None:
    def arrange() -> Arranged:
        journal = Journal()
        told: list[int] = []
        watching = [journal.watched(partial(told.append, number)) for number in range(2)]

        def check() -> None:
            journal.end()
            assert sorted(told) == [0, 1]

        return watching[0].__enter__, watching[1].__enter__, check

    at_every_point(arrange, Journal.watched)


def test_nobody_who_stops_watching_is_told() -> None:
    def arrange() -> Arranged:
        journal = Journal()
        told: list[int] = []
        watching = [journal.watched(partial(told.append, number)) for number in range(2)]
        for each in watching:
            each.__enter__()

        def check() -> None:
            journal.end()
            assert told == []

        leave = [partial(each.__exit__, None, None, None) for each in watching]
        return leave[0], leave[1], check

    at_every_point(arrange, Journal.watched)


def test_a_busy_portal_holds_up_no_other(
    server: MockServer, new_portal: NewPortal, new_client: NewClient
) -> None:
    busy, other = new_portal(dataset="empty"), new_portal(dataset="empty")
    client, own = new_client(other), new_client(busy)
    with ThreadPoolExecutor(5) as pool:
        with busy.transaction():
            asked = [
                pool.submit(own.get, "/users", timeout=_HANGING),
                pool.submit(httpx.get, f"{busy.control_url}/users", timeout=_HANGING),
                pool.submit(
                    httpx.get,
                    f"{busy.base_url}/users",
                    headers={**busy.headers, "Host": f"north-{busy.host}"},
                    verify=busy.ssl_context(),
                    timeout=_HANGING,
                ),
            ]
            for _ in range(5):
                assert client.get("/users", timeout=_HANGING).status_code == 200
                for url in (f"{server.control_url}/health", f"{other.control_url}/users"):
                    assert httpx.get(url, timeout=_HANGING).status_code == 200
            assert not any(each.done() for each in asked)
        assert [each.result().status_code for each in asked] == [200, 200, 403]

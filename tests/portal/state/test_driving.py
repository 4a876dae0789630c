"""Functions that wait move a portal's clock instead, and the mock's own do not."""

import asyncio
import sys
import time
from types import ModuleType

import pytest

from talentlms_mock import Portal, SetupError
from talentlms_mock.portal.state.clock import Clock
from tests.conftest import NOW, NewPortal


def test_sleep_moves_the_clock_until_the_end_of_the_block() -> None:
    clock, real = Clock.standing_at(0), time.sleep
    with clock.drive("time.sleep"):
        time.sleep(3_600)
        time.sleep(0)
        with pytest.raises(ValueError, match="non-negative"):
            time.sleep(-1)
    assert clock.seconds() == 3_600
    assert time.sleep is real


def test_async_sleep_moves_the_clock_and_gives_way_to_others() -> None:
    clock = Clock.standing_at(0)

    async def main() -> list[str]:
        done: list[str] = []

        async def other() -> None:
            done.append("other")

        task = asyncio.create_task(other())
        done.append(await asyncio.sleep(60, "slept"))
        await task
        await asyncio.gather(asyncio.sleep(30), asyncio.sleep(30))
        return done

    with clock.drive("asyncio.sleep"):
        assert asyncio.run(main()) == ["other", "slept"]
    assert clock.seconds() == 120


def test_a_module_that_imported_the_function_is_named_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = ModuleType("client_of_test")
    exec("from time import sleep\nclass Retry:\n    pause = sleep", vars(module))
    monkeypatch.setitem(sys.modules, "client_of_test", module)
    clock = Clock.standing_at(0)
    with clock.drive("client_of_test.sleep", "client_of_test.Retry.pause"):
        module.sleep(7)
        module.Retry.pause(8)
    assert clock.seconds() == 15
    assert module.sleep is time.sleep


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("time.slep", "There is no function 'time.slep' (did you mean 'sleep'?)."),
        ("time.timezone", "There is no function 'time.timezone'"),
        ("no_such_module.sleep", "There is no module of 'no_such_module.sleep': name a function"),
        ("sleep", "There is no module of 'sleep'"),
        (None, "There is no module of None"),
    ],
)
def test_what_is_no_function_is_refused_and_nothing_is_replaced(name: str, problem: str) -> None:
    real = time.sleep
    with pytest.raises(SetupError) as caught:
        Clock().drive("time.sleep", name)
    assert str(caught.value).startswith(problem)
    assert caught.value.at == "functions"
    assert time.sleep is real


def test_what_others_put_there_meanwhile_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.sleep

    def fake(seconds: float) -> None:
        raise AssertionError

    with Clock.standing_at(0).drive("time.sleep"):
        monkeypatch.setattr(time, "sleep", fake)
    assert time.sleep is fake
    monkeypatch.setattr(time, "sleep", real)


def test_it_ends_with_the_portal(new_portal: NewPortal) -> None:
    real = time.sleep
    portal = new_portal(dataset="empty", clock=NOW)
    portal.clock.drive("time.sleep")
    assert time.sleep is not real
    time.sleep(60)
    assert portal.clock.timestamp() == "2025-05-07T09:31:00+00:00"
    portal.close()
    assert time.sleep is real


def test_the_mock_itself_waits_as_ever(empty: Portal) -> None:
    async def main() -> None:
        empty.fault(path="getUsers", latency=0.01)
        async with empty.httpx_async_client() as client:
            assert (await client.get("/users")).status_code == 200

    with empty.clock.drive("asyncio.sleep", "time.sleep"):
        asyncio.run(main())
    assert empty.clock.timestamp() == NOW

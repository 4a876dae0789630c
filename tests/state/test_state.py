"""Any sequence of calls leaves a portal whose parts agree with each other."""

import os
import random

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from talentlms_mock import MockServer
from tests.state.machine import PortalMachine

LONG = "TALENTLMS_MOCK_LONG_STATE_TEST"
"""Set to a number, it lets the machine run that many times longer, each time another way."""

SHARES = 6
"""Tests among which the workers of a run divide the machine's work."""
EXAMPLES, STEPS = 10, 30
_LONG_EXAMPLES, _LONG_STEPS = 10, 60
_RUNS = int(os.environ.get(LONG, "0"))


def _check(server: MockServer, number: int, examples: int) -> None:
    """Run the machine on examples drawn from a number; a failure prints the steps to repeat it."""

    def machine() -> PortalMachine:
        return PortalMachine(server)

    run_state_machine_as_test(
        seed(number)(machine),  # type: ignore[arg-type] # anything that makes one will do
        settings=settings(
            max_examples=_LONG_EXAMPLES * _RUNS or examples,
            stateful_step_count=_LONG_STEPS if _RUNS else STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("share", range(SHARES))
def test_a_portal_stays_one_whole_whatever_is_done_to_it(server: MockServer, share: int) -> None:
    _check(server, random.getrandbits(32) if _RUNS else share, EXAMPLES)


def test_a_portal_stays_one_whole_in_another_way_each_run(server: MockServer) -> None:
    # The seed of the run, which its first lines print, decides; `--randomly-seed=N` repeats it.
    _check(server, random.getrandbits(32), EXAMPLES // 2)

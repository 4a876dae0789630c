"""Any sequence of calls leaves a portal whose parts agree with each other."""

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from talentlms_mock import MockServer
from tests.state.machine import PortalMachine

LONG = "TALENTLMS_MOCK_LONG_STATE_TEST"
"""Set to a number, it lets the machine run that many times longer, each time another way."""

EXAMPLES, STEPS = 60, 30
_LONG_EXAMPLES, _LONG_STEPS = 60, 60


def test_a_portal_stays_one_whole_whatever_is_done_to_it(server: MockServer) -> None:
    runs = int(os.environ.get(LONG, "0"))

    def machine() -> PortalMachine:
        return PortalMachine(server)

    run_state_machine_as_test(
        machine,  # type: ignore[arg-type] # anything that makes one will do
        settings=settings(
            max_examples=_LONG_EXAMPLES * runs or EXAMPLES,
            stateful_step_count=_LONG_STEPS if runs else STEPS,
            derandomize=not runs,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

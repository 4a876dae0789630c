"""Faults and scenarios."""

from typing import Any

from talentlms_mock.control.operation import Body, operation
from talentlms_mock.control.problems import REFUSED, Problem, refused_at
from talentlms_mock.control.responses import FaultState, ScenarioState
from talentlms_mock.portal import scenarios
from talentlms_mock.portal.faults.faults import Fault
from talentlms_mock.portal.faults.rule import FaultRule
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.scenarios import Scenario
from talentlms_mock.toml_files import is_path

_TAG = "Faults"
_FAULTS = "/portals/{domain}/faults"
_SCENARIOS = "/portals/{domain}/scenarios"
GIVEN = "(given)"
"""What a scenario that is given in the request is called."""


class Applying(Body):
    """A scenario: the name of one that is built in, or itself, as its file would have it."""

    scenario: str | Scenario


@operation(
    "GET",
    _FAULTS,
    "listFaults",
    tag=_TAG,
    summary="Every fault, and what it has done",
    answer=list[FaultState],
    python=("Portal.faults", "Fault.name", "Fault.optional"),
)
def list_faults(portal: Portal) -> list[dict[str, Any]]:
    return [fault.as_data() for fault in portal.faults]


@operation(
    "POST",
    _FAULTS,
    "addFault",
    tag=_TAG,
    summary="Make requests fail, from now on",
    body=FaultRule,
    answer=FaultState,
    status=201,
    python=("Portal.fault",),
)
def add_fault(portal: Portal, body: FaultRule) -> dict[str, Any]:
    return portal.faults.add(body).as_data()


@operation(
    "DELETE",
    _FAULTS,
    "clearFaults",
    tag=_TAG,
    summary="Take all faults away",
    python=("Portal.clear_faults",),
)
def clear_faults(portal: Portal) -> None:
    portal.clear_faults()


@operation(
    "GET",
    f"{_FAULTS}/{{number}}",
    "getFault",
    tag=_TAG,
    summary="Read a fault, and what it has done",
    answer=FaultState,
    python=("Fault.as_data",),
)
def get_fault(portal: Portal, number: str) -> dict[str, Any]:
    return _named(portal, number).as_data()


@operation(
    "DELETE",
    f"{_FAULTS}/{{number}}",
    "removeFault",
    tag=_TAG,
    summary="Take a fault away",
    python=("Fault.remove",),
)
def remove_fault(portal: Portal, number: str) -> None:
    _named(portal, number).remove()


def _named(portal: Portal, number: str) -> Fault:
    """Return the fault of this number, or of this name.

    Raises:
        Problem: there is none.
    """
    for fault in portal.faults:
        if number in (str(fault.number), fault.name):
            return fault
    raise Problem(404, f"The portal {portal.domain!r} has no fault {number!r}.")


@operation(
    "GET",
    _SCENARIOS,
    "listScenarios",
    tag=_TAG,
    summary="The scenarios that are built in",
    answer=list[ScenarioState],
)
def list_scenarios(portal: Portal) -> list[dict[str, Any]]:
    return [
        {"name": name, "description": scenarios.load(name).description}
        for name in scenarios.built_in_names()
    ]


@operation(
    "POST",
    _SCENARIOS,
    "applyScenario",
    tag=_TAG,
    summary="Do what a scenario says, all of it or nothing; answers the faults that it declares",
    body=Applying,
    answer=list[FaultState],
    python=("Portal.apply_scenario",),
)
def apply_scenario(portal: Portal, body: Applying) -> list[dict[str, Any]]:
    if isinstance(body.scenario, Scenario):
        made = scenarios.apply_scenario(portal, body.scenario, GIVEN)
    elif is_path(body.scenario):
        text = "Over HTTP no file of the mock's machine is read: give the scenario itself."
        raise Problem(REFUSED, text, "scenario")
    else:
        with refused_at("scenario"):
            made = portal.apply_scenario(body.scenario)
    return [fault.as_data() for fault in made]

"""Faults and scenarios."""

from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.control.parsing import portal_of, read_body
from talentlms_mock.control.problems import REFUSED, Problem
from talentlms_mock.control.responses import FaultState, JsonResponse, NoContent, ScenarioState
from talentlms_mock.control.route import Body, route
from talentlms_mock.errors import below
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


class ScenarioRequest(Body):
    """A scenario: the name of one that is built in, or itself, as its file would have it."""

    scenario: str | Scenario


@route(
    "GET",
    _FAULTS,
    tag=_TAG,
    summary="List the faults, and what each has done",
    response=list[FaultState],
    python=("Portal.faults", "Fault.name", "Fault.optional"),
)
def list_faults(request: Request) -> Response:
    """Return the faults in the order in which they were added."""
    return JsonResponse([fault.as_data() for fault in portal_of(request).faults])


@route(
    "POST",
    _FAULTS,
    tag=_TAG,
    summary="Add a fault: requests fail from now on",
    body=FaultRule,
    response=FaultState,
    status=201,
    python=("Portal.fault",),
)
def add_fault(request: Request) -> Response:
    """Add a rule by which requests fail. It is refused where it contradicts itself, or names what
    does not exist.
    """
    portal = portal_of(request)
    rule = read_body(request, FaultRule)
    return JsonResponse(portal.faults.add(rule).as_data(), 201)


@route(
    "DELETE",
    _FAULTS,
    tag=_TAG,
    summary="Remove all faults",
    python=("Portal.clear_faults",),
)
def clear_faults(request: Request) -> Response:
    """Remove every fault. The numbers of new ones continue."""
    portal_of(request).clear_faults()
    return NoContent()


@route(
    "GET",
    f"{_FAULTS}/{{number}}",
    tag=_TAG,
    summary="Read a fault, by its number or name",
    response=FaultState,
    python=("Fault.as_data",),
)
def get_fault(request: Request) -> Response:
    """Return one fault, with how often it was met and how often it fired."""
    return JsonResponse(_fault(request).as_data())


@route(
    "DELETE",
    f"{_FAULTS}/{{number}}",
    tag=_TAG,
    summary="Remove a fault",
    python=("Fault.remove",),
)
def remove_fault(request: Request) -> Response:
    """Remove one fault, by its number or name."""
    _fault(request).remove()
    return NoContent()


def _fault(request: Request) -> Fault:
    """Return the fault whose number or name the path has.

    Raises:
        Problem: there is none.
    """
    portal, number = portal_of(request), request.path_params["number"]
    for fault in portal.faults:
        if number in (str(fault.number), fault.name):
            return fault
    raise Problem(404, f"The portal {portal.domain!r} has no fault {number!r}.")


@route(
    "GET",
    _SCENARIOS,
    tag=_TAG,
    summary="List the built-in scenarios",
    response=list[ScenarioState],
)
def list_scenarios(request: Request) -> Response:
    """Return the names and descriptions of the scenarios that come with the mock."""
    portal_of(request)
    return JsonResponse(
        [
            {"name": name, "description": scenarios.load(name).description}
            for name in scenarios.built_in_names()
        ]
    )


@route(
    "POST",
    _SCENARIOS,
    tag=_TAG,
    summary="Apply a scenario, all of it or nothing, and list the faults that it adds",
    body=ScenarioRequest,
    response=list[FaultState],
    python=("Portal.apply_scenario",),
)
def apply_scenario(request: Request) -> Response:
    """Apply the faults and settings of a scenario, all of them or, if one is refused, none."""
    portal = portal_of(request)
    body = read_body(request, ScenarioRequest)
    return JsonResponse([fault.as_data() for fault in _applied(portal, body.scenario)])


def _applied(portal: Portal, scenario: str | Scenario) -> list[Fault]:
    if isinstance(scenario, Scenario):
        with below("scenario"):
            return scenarios.apply_scenario(portal, scenario, GIVEN)
    if is_path(scenario):
        text = "Over HTTP no file of the mock's machine is read: give the scenario itself."
        raise Problem(REFUSED, text, "scenario")
    return portal.apply_scenario(scenario)

"""Scenarios: faults and settings under one name, as a TOML file describes them."""

from pathlib import Path
from typing import Annotated, Any, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from talentlms_mock.errors import (
    SetupError,
    about,
    place_of,
)
from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.portal.contract.validation import first_mistake
from talentlms_mock.portal.faults.faults import Fault, Faults
from talentlms_mock.portal.faults.rule import FaultRule
from talentlms_mock.portal.state.keys import Keys
from talentlms_mock.portal.state.rate_limit import RateLimit
from talentlms_mock.portal.state.settings import DEFAULT_PLAN, PLANS, Preset, Settings
from talentlms_mock.toml_files import folder, is_path, parse

_Remaining = Annotated[int, Field(ge=0)]


class Target(Protocol):
    """What a scenario changes of a portal."""

    settings: Settings
    keys: Keys

    @property
    def faults(self) -> Faults: ...
    @property
    def rate_limit(self) -> RateLimit: ...
    def set_tasks(self, rule: str) -> None: ...


class Scenario(BaseModel):
    """What a scenario does to a portal; what it leaves out is not changed.

    `remaining` and `burst_remaining` are the requests left in the hour and in the five seconds.
    The portal gets another key with `rotate_key`, this one with `api_key`, and none that is valid
    with `revoke_key`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    description: str = ""
    faults: list[FaultRule] = []
    plan: str | None = None
    hourly_limit: int | None = None
    burst_limit: int | None = None
    remaining: _Remaining | None = None
    burst_remaining: _Remaining | None = None
    api_enabled: bool | None = None
    active: bool | None = None
    api_key: str | None = None
    rotate_key: bool = False
    revoke_key: bool = False
    preset: Preset | None = None
    quirks: dict[str, str] = {}
    tasks: str | None = None

    @model_validator(mode="after")
    def _can_be_set(self) -> Self:
        if (self.api_key is not None) + self.rotate_key + self.revoke_key > 1:
            raise ValueError("api_key, rotate_key and revoke_key contradict each other")
        given: dict[str, Any] = {
            "plan": DEFAULT_PLAN if self.plan is None else self.plan,
            "hourly_limit": self.hourly_limit,
            "quirks": self.quirks,
            **({} if self.api_key is None else {"api_key": self.api_key}),
            **({} if self.burst_limit is None else {"burst_limit": self.burst_limit}),
            **({} if self.tasks is None else {"tasks": self.tasks}),
        }
        try:
            Settings(**given)
        except SetupError as error:
            said = {"error": str(error).removesuffix("."), "at": error.at}
            raise PydanticCustomError("value_error", "{error}", said) from None
        return self


def load(name_or_path: str) -> Scenario:
    """Return the built-in scenario of this name, or the one in this TOML file.

    What holds a path separator or ends in `.toml` is a path.

    Raises:
        SetupError: there is no such scenario or file, or the file says something impossible.
    """
    path = Path(name_or_path) if is_path(name_or_path) else _built_in(name_or_path)
    content = parse(path, "scenario")
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        mistake = first_mistake(error, Scenario)
        raise _not_right(name_or_path, mistake, at="scenario") from None


def built_in_names() -> list[str]:
    """Return the names of the scenarios that come with the package, sorted."""
    return sorted(path.stem for path in folder("scenarios").glob("*.toml"))


def apply(portal: Target, name_or_path: str) -> list[Fault]:
    """Apply the scenario to `portal`, all of it or nothing, and return its faults.

    Raises:
        SetupError: as `load`, or it names what the API or the portal does not have.
    """
    with about("scenario"):
        return apply_scenario(portal, load(name_or_path), name_or_path)


def apply_scenario(portal: Target, scenario: Scenario, name: str) -> list[Fault]:
    """Apply `scenario` to `portal`, all of it or nothing, and return its faults.

    Args:
        portal: the portal.
        scenario: what is to be done.
        name: the name of the scenario in an error.

    Raises:
        SetupError: it names what the API or the portal does not have; `at` is the place in it.
    """
    for position, rule in enumerate(scenario.faults):
        try:
            portal.faults.check(rule)
        except SetupError as error:
            mistake = f"faults.{position + 1}: {str(error).removesuffix('.')}"
            place = place_of("faults", position, error.at)
            raise _not_right(name, mistake, at=place) from None
    try:
        _check_limits(portal, scenario)
        _set_key(portal, scenario)  # the last that can fail: another portal may have the key
    except SetupError as error:
        raise _not_right(name, str(error).removesuffix("."), at=error.at) from None
    _set_limits(portal, scenario)
    _switch(portal, scenario)
    # A test that runs under a scenario need not meet each of its faults.
    optional = [rule.model_copy(update={"optional": True}) for rule in scenario.faults]
    return [portal.faults.add(rule) for rule in optional]


def _built_in(name: str) -> Path:
    names = built_in_names()
    if name not in names:
        raise SetupError(f"There is no scenario {name!r}{suggest(name, names)}.", at="scenario")
    return folder("scenarios") / f"{name}.toml"


def _not_right(name: str, mistake: str, *, at: str) -> SetupError:
    return SetupError(f"The scenario {name!r} is not right: {mistake}.", at=at)


def _check_limits(portal: Target, scenario: Scenario) -> None:
    limits = portal.rate_limit
    of_plan = None if scenario.plan is None else PLANS[scenario.plan]
    hourly = scenario.hourly_limit or of_plan or limits.hourly.limit
    burst = scenario.burst_limit or limits.burst.limit
    for name, remaining, limit in (
        ("remaining", scenario.remaining, hourly),
        ("burst_remaining", scenario.burst_remaining, burst),
    ):
        if remaining is not None and remaining > limit:
            raise SetupError(
                f"{name}: of {limit} requests there cannot be {remaining} left", at=name
            )


def _set_key(portal: Target, scenario: Scenario) -> None:
    if scenario.rotate_key:
        portal.keys.rotate(None)
    elif scenario.api_key is not None and scenario.api_key != portal.settings.api_key:
        portal.keys.rotate(scenario.api_key)
    elif scenario.revoke_key:
        portal.settings.key_revoked = True


def _set_limits(portal: Target, scenario: Scenario) -> None:
    limits = portal.rate_limit
    if scenario.plan is not None:
        portal.settings.set_plan(scenario.plan, scenario.hourly_limit)
        limits.hourly.limit = portal.settings.limit
    elif scenario.hourly_limit is not None:
        limits.set(limit=scenario.hourly_limit)
    if scenario.burst_limit is not None:
        limits.set(limit=scenario.burst_limit, of="burst")
    if scenario.remaining is not None:
        limits.remaining = scenario.remaining
    if scenario.burst_remaining is not None:
        limits.burst_remaining = scenario.burst_remaining


def _switch(portal: Target, scenario: Scenario) -> None:
    if scenario.api_enabled is not None:
        portal.settings.api_enabled = scenario.api_enabled
    if scenario.active is not None:
        portal.settings.active = scenario.active
    if scenario.tasks is not None:
        portal.set_tasks(scenario.tasks)
    if scenario.preset is not None:
        portal.settings.set_preset(scenario.preset)
    for name, value in scenario.quirks.items():
        portal.settings.set_quirk(name, value)

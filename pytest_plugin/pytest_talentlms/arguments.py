"""What a test asks of its portal: the options of the run, the fixture, and the markers."""

from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from talentlms_mock.errors import (
    SetupError,
    place_of,
)
from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.portal.state.settings import DEFAULT_PRESET, QUIRKS, Settings

MARKER = "talentlms"
ALL = "all"
EACH = "each"
"""The value of `drift`: a run for each field of the responses, without it."""

Arguments = dict[str, Any]


def known_arguments() -> frozenset[str]:
    """Return the names that the marker and `talentlms_config` may give a value."""
    from inspect import signature  # noqa: PLC0415  # who has no marker does not pay

    from talentlms_mock.serving.server import MockServer  # noqa: PLC0415

    parameters = signature(MockServer.create_portal).parameters
    return frozenset(parameters) - {"self"} | {"intercept", "drift"}


def of_markers(markers: Iterable[pytest.Mark]) -> Arguments:
    """Return the arguments of a test's markers together; of two that say the same the inner wins.

    Args:
        markers: the test's own first, then its class's, then its module's, as pytest gives them.

    Raises:
        SetupError: an argument is not known, or has no such value.
    """
    merged: Arguments = {}
    for marker in reversed(list(markers)):
        if marker.args:
            raise SetupError(
                f"The marker {MARKER} takes named arguments only, like plan='grow', "
                f"not {marker.args[0]!r}."
            )
        merged = merge(merged, marker.kwargs)
    return merged


def merge(outer: Mapping[str, Any], inner: Mapping[str, Any]) -> Arguments:
    """Return what both say; quirks are merged one by one, of all else the inner wins.

    Raises:
        SetupError: an argument of `inner` is not known.
    """
    known = known_arguments() if inner else frozenset()
    for name in inner:
        if name not in known:
            raise SetupError(
                f"There is no argument {name!r} of a portal{suggest(name, known)}.", at=name
            )
    merged = {**outer, **inner}
    quirks = outer.get("quirks"), inner.get("quirks")
    if all(isinstance(one, Mapping) for one in quirks):
        merged["quirks"] = {**outer["quirks"], **inner["quirks"]}
    return merged


def check(arguments: Mapping[str, Any]) -> None:
    """Refuse values that no portal can have; `preset` and `quirks` are those of one variant.

    Raises:
        SetupError: a value is not one of those that are known.
    """
    from talentlms_mock.portal import scenarios  # noqa: PLC0415  # only a marker pays
    from talentlms_mock.portal.contract import corrections  # noqa: PLC0415  # only a marker pays
    from talentlms_mock.portal.seed import definition  # noqa: PLC0415  # only a marker pays
    from talentlms_mock.portal.state.clock import Clock  # noqa: PLC0415

    for name in ("users", "seed", "hourly_limit", "burst_limit"):
        value = arguments.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise SetupError(f"The argument {name} must be a whole number, not {value!r}.", at=name)
    if arguments.get("drift") not in (None, EACH):
        raise SetupError(
            f"The argument drift can only be {EACH!r}, not {arguments['drift']!r}.", at="drift"
        )
    names = Settings.__dataclass_fields__
    Settings(**{name: value for name, value in arguments.items() if name in names})
    if arguments.get("corrections") is not None:
        corrections.load(Path(arguments["corrections"]))
    if "dataset" in arguments:
        definition.load(arguments["dataset"])
    if arguments.get("clock") is not None:
        Clock().freeze(arguments["clock"], backwards=True)
    if arguments.get("scenario") is not None:
        scenarios.load(arguments["scenario"])


def variants(asked: Mapping[str, Any]) -> dict[str, Arguments]:
    """Return each way to set the preset and the quirks, by a name for the test's id.

    Args:
        asked: the arguments, of which `preset` may be a list to try all of it; a quirk may have
            a list of values too, and `quirks` may be "all", which tries the defaults and then
            every other value of every quirk, one at a time.

    Raises:
        SetupError: they are something else.
    """
    presets = asked.get("preset", DEFAULT_PRESET)
    presets = [presets] if isinstance(presets, str) else presets
    if not isinstance(presets, list | tuple) or not presets:
        raise SetupError(f"The argument preset needs a name, or a list of names: {presets!r}.")
    return {
        "-".join(filter(None, (preset if len(presets) > 1 else "", name))): {
            "preset": preset,
            "quirks": quirks,
        }
        for preset in presets
        for name, quirks in _quirks(asked.get("quirks")).items()
    }


def _quirks(quirks: object) -> dict[str, dict[str, str]]:
    if quirks is None:
        return {"": {}}
    if quirks == ALL:
        return _all_variants()
    if not isinstance(quirks, Mapping):
        raise SetupError(
            f"The argument quirks must be a table of names, or {ALL!r}: {quirks!r}.", at="quirks"
        )
    lists = {name: [value] if isinstance(value, str) else value for name, value in quirks.items()}
    for name, values in lists.items():
        if not isinstance(values, list | tuple) or not values:
            raise SetupError(
                f"The quirk {name!r} needs a value, or a list of values to try.",
                at=place_of("quirks", name),
            )
    several = [name for name, values in lists.items() if len(values) > 1]
    found = {}
    for values in product(*lists.values()):
        variant = dict(zip(lists, values, strict=True))
        found["-".join(f"{name}={variant[name]}" for name in several)] = variant
    return found


def only_variant(asked: Mapping[str, Any]) -> Arguments:
    """Return the preset and quirks of a test that runs once.

    Raises:
        SetupError: there are several variants, which pytest cannot run in a class of unittest,
            and which `talentlms_config` cannot ask for.
    """
    found = list(variants(asked).values())
    if len(found) > 1:
        raise SetupError(
            "Only the marker of a test function can ask for several presets or values "
            "of a quirk: pytest "
            "runs a test of unittest once, and makes its variants before it knows the fixtures."
        )
    return found[0]


def _all_variants() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {"defaults": {}}
    for quirk in QUIRKS.values():
        for value in quirk.values[1:]:
            found[f"{quirk.name}={value}"] = {quirk.name: value}
    return found

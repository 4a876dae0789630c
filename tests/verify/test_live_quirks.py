"""Whichever quirks the vendor has, verify finds them, and a second run finds no difference."""

import pytest

from talentlms_mock import Portal
from talentlms_mock.api.operation import REGISTRY
from talentlms_mock.portal.state.settings import PRESETS, QUIRKS
from talentlms_mock.verify.live.state import State
from talentlms_mock.verify.verification import Setting
from talentlms_mock.verify.words import words
from tests.conftest import NewPortal
from tests.verify.vendor import DEFAULTS, academy, decided, exchanges, run, told, verified


def _state_of_everything(vendor: Portal) -> State:
    """Return what a run shows that may write, and that reaches the limit in the end."""
    state = State(vendor.domain, words(REGISTRY))
    assert run(vendor, state, writes=True).stopped == ""
    state.done.clear()
    vendor.rate_limit.exhaust("burst")
    assert "429" in run(vendor, state).stopped
    return state


@pytest.mark.parametrize("turn", range(max(len(quirk.values) for quirk in QUIRKS.values())))
def test_every_value_of_every_quirk(turn: int, new_portal: NewPortal) -> None:
    quirks = {name: quirk.values[turn % len(quirk.values)] for name, quirk in QUIRKS.items()}
    state = _state_of_everything(academy(new_portal, quirks=quirks))
    found = verified(state.exchanges)
    assert {each.name: each.value for each in found.decisions} == quirks
    assert told(found) == []
    again = verified(state.exchanges, Setting(REGISTRY, quirks))
    assert again.differences == ()


@pytest.mark.parametrize("name", ["link_scheme", "next_page_encoding", "unknown_body_field"])
def test_one_quirk_alone(name: str, new_portal: NewPortal) -> None:
    value = QUIRKS[name].values[-1]
    found = verified(_state_of_everything(academy(new_portal, quirks={name: value})).exchanges)
    assert {each.name: each.value for each in found.decisions} == {**DEFAULTS, name: value}
    assert told(found) == []


def test_what_reads_alone_cannot_show_stays_open(new_portal: NewPortal) -> None:
    found = verified(exchanges(academy(new_portal)))
    assert found.differences == ()
    assert found.not_covered.quirks == ("duplicate_status", "retry_after")


def test_a_mock_with_other_quirks_than_the_vendor(new_portal: NewPortal) -> None:
    found = verified(
        exchanges(academy(new_portal)), Setting(REGISTRY, {**DEFAULTS, **PRESETS["recorded"]})
    )
    assert decided(found) == {"error_shape": "wrapped", "coercion": "strict"}
    assert told(found) == []

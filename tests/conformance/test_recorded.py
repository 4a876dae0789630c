"""The mock against exchanges recorded with the vendor's servers, which are not ours to keep.

TALENTLMS_RECORDED names the file; without it these tests skip. `python -m tests.conformance`
prints which of them hold.
"""

import pytest

from tests.conformance import responses
from tests.conformance.recorded import NOT_REPLAYED, VARIABLE, exchanges
from tests.conformance.replay import Reading, portal_settings, replay
from tests.conftest import NewPortal

_RECORDED = {exchange.number: exchange for exchange in exchanges()}


def _marks(number: int) -> list[pytest.MarkDecorator]:
    if number in NOT_REPLAYED:
        return [pytest.mark.skip(reason=NOT_REPLAYED[number])]
    return []


_NUMBERS = [
    pytest.param(number, id=exchange.id, marks=_marks(number))
    for number, exchange in _RECORDED.items()
]

pytestmark = pytest.mark.skipif(
    not _RECORDED, reason=f"{VARIABLE} does not name the recorded exchanges"
)


EACH = pytest.mark.parametrize("number", _NUMBERS or [pytest.param(0, id="none")])


@EACH
def test_replay(number: int, new_portal: NewPortal) -> None:
    _replay(number, "recorded", new_portal)


@EACH
def test_replay_as_documented(number: int, new_portal: NewPortal) -> None:
    _replay(number, "documented", new_portal)


def _replay(number: int, reading: Reading, new_portal: NewPortal) -> None:
    exchange = _RECORDED[number]
    outcome = replay(new_portal(**portal_settings(exchange, reading)), exchange, reading)
    if not outcome.holds:
        pytest.fail(outcome.report(), pytrace=False)
    responses.check(outcome.response)


def test_all_but_four_are_replayed() -> None:
    assert len(_RECORDED) == 138
    assert len(_RECORDED.keys() - NOT_REPLAYED.keys()) == 134

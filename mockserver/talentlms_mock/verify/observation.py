"""What one exchange shows of the contract, with nothing of the portal's data in it."""

from dataclasses import dataclass
from typing import Literal

from talentlms_mock.api.fidelity import Known

Area = Literal[
    "status",
    "headers",
    "error shape",
    "fields",
    "envelope",
    "links",
    "counts",
    "filters",
    "rate limit",
]

EVERY = "every operation"
"""Stands for the operation of what holds for all."""


@dataclass(frozen=True)
class Observation:
    """One thing that the mock does, and what was seen of it.

    Args:
        operation: its name; EVERY where it holds for all.
        area: what part of the contract it is.
        place: what of it: a field, a header, a link.
        ours: what the mock does.
        known: how well that is known.
        kind: what is different; "" where nothing is.
        seen: what was seen, in words without values.
        to: the new name of a renamed field.
        after: the field before one that the mock has not.
        count: how often it was seen so in the exchange.
        parts: of what is different, how many parts are: an address has several.
    """

    operation: str
    area: Area
    place: str
    ours: str
    known: Known
    kind: str = ""
    seen: str = "the same"
    to: str = ""
    after: str = ""
    count: int = 1
    parts: int = 1

"""From a difference to the correction that makes the mock agree."""

from collections.abc import Iterable

from talentlms_mock.portal.contract.corrections import Change, Correction, Form
from talentlms_mock.verify import forms
from talentlms_mock.verify.observation import EVERY
from talentlms_mock.verify.tally import Check, Seen

_CHANGES: dict[str, Change] = {
    "missing": "missing",
    "null": "null",
    "renamed": "renamed",
    "more": "added",
}
_ORDER: tuple[Change, ...] = ("missing", "null", "renamed", "added")
"""In which they are applied: an added field stands after one of the vendor's names."""
_FORMS: dict[str, Form] = {
    forms.TIMESTAMP: "timestamp",
    forms.DAY: "day",
    "integer": "integer",
    "number with a fraction": "number",
    "boolean": "boolean",
    forms.NULL: "null",
    "list": "list",
    forms.EMPTY_LIST: "list",
    "object": "object",
}


def parent_place(place: str) -> str:
    """Return where the object stands that a field is in."""
    return place.rpartition(".")[0] or ("" if place.startswith("_") else "_data")


def samples(check: Check, seen: Seen, parent: Check | None) -> int:
    """Return in how many objects the field could have been seen as it was."""
    if seen.kind == "more" and parent is not None:
        return max(parent.forms["object"], check.samples)
    return check.samples


def correction(check: Check, seen: Seen, parent: Check | None) -> Correction | None:
    """Return what makes the mock agree; None where no correction does."""
    change = _CHANGES.get(seen.kind)
    is_field = check.area in ("fields", "envelope") and check.operation != EVERY
    if change is None or not is_field or "{" in check.place + seen.to:
        return None
    if check.place in ("body", "_data") or (
        check.place == "users" and check.operation == "getGroup"
    ):
        return None
    return Correction(
        operation=check.operation,
        field=check.place,
        change=change,
        to=seen.to,
        form=_FORMS.get(seen.text, "text") if change == "added" else "null",
        after="" if "{" in seen.after else seen.after,
        sometimes=_count(check, seen) < samples(check, seen, parent),
    )


def _count(check: Check, seen: Seen) -> int:
    """Return how often the field is so, in whatever form it has where it is one more."""
    if seen.kind != "more":
        return check.outcomes[seen]
    return sum(count for one, count in check.outcomes.items() if one.kind == "more")


def in_order(found: Iterable[Correction]) -> tuple[Correction, ...]:
    """Return corrections in the order in which they are applied, one for each field and change."""
    by_field: dict[tuple[str, str, Change], Correction] = {}
    for each in found:
        key = each.operation, each.field, each.change
        # Of a field more that is null at times, the other form is told.
        if key not in by_field or by_field[key].form == "null":
            by_field[key] = each
    ordered = sorted(by_field.values(), key=lambda each: _ORDER.index(each.change))
    return tuple(ordered)

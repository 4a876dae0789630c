"""The markers on a `pytest.param`: one that asks for several variants becomes several sets."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from pytest_talentlms import arguments

_SIMPLE = (str, int, float, bool, type(None))


def expand(definition: pytest.Item) -> None:
    """Write out the parameter sets of a test, before pytest reads them.

    Raises:
        SetupError: a marker on a parameter set asks for what no portal can be.
    """
    for node in definition.listchain():
        for at, mark in enumerate(node.own_markers):
            if mark.name == "parametrize" and len(mark.args) == 2:
                node.own_markers[at] = _expanded(mark)


def of_item(item: pytest.Item) -> list[pytest.Mark]:
    """Return the markers of a test, those of its parameter set first: they are the innermost."""
    own = of_set(item)
    others = (mark for mark in item.iter_markers(arguments.MARKER) if mark not in own)
    return [*own, *others]


def of_set(item: pytest.Item) -> list[pytest.Mark]:
    """Return the markers of the parameter set of a test."""
    call = getattr(item, "callspec", None)
    return list(_ours(() if call is None else call.marks))


def _ours(marks: Iterable[Any]) -> Iterator[Any]:
    return (mark for mark in marks if mark.name == arguments.MARKER)


def _expanded(mark: pytest.Mark) -> pytest.Mark:
    names, sets = mark.args
    if not isinstance(sets, list | tuple) or not any(map(_asks, sets)):
        return mark
    options = dict(mark.kwargs)
    ids = options.get("ids")
    listed = list(ids) if isinstance(ids, list | tuple) else [None] * len(sets)
    new: list[tuple[Any, Any]] = []
    for one, listed_id in zip(sets, listed, strict=False):
        new += [(each, listed_id) for each in _variants(one, listed_id)]
    if isinstance(ids, list | tuple):
        options["ids"] = [listed_id for _, listed_id in new]
    return pytest.mark.parametrize(names, [each for each, _ in new], **options).mark


def _asks(one: Any) -> bool:
    return any(_ours(getattr(one, "marks", ())))


def _variants(one: Any, listed_id: Any) -> Iterator[Any]:
    """Give a set of parameters once for each variant that its markers ask for."""
    if not _asks(one):
        yield one
        return
    asked = arguments.of_markers(_ours(one.marks))
    found = arguments.variants(asked)
    for name, variant in found.items():
        arguments.check(asked | variant)
        chosen = {key: value for key, value in variant.items() if key in asked}
        others = [mark for mark in one.marks if mark.name != arguments.MARKER]
        marks = (*others, pytest.mark.talentlms(**(asked | chosen)))
        yield one._replace(marks=marks, id=_id(one, listed_id, name))


def _id(one: Any, listed_id: Any, name: str) -> Any:
    base = one.id if one.id is not None else listed_id
    if not name:
        return one.id
    if base is None and all(isinstance(value, _SIMPLE) for value in one.values):
        base = "-".join(map(str, one.values))
    return f"{base}-{name}" if isinstance(base, str) else one.id


def merged(variant: arguments.Arguments, item: pytest.Item) -> arguments.Arguments:
    """Return a variant of the test's own marker with what the marker of its set says instead."""
    own = arguments.of_markers(of_set(item))
    chosen = arguments.only_variant(own)  # `expand` has left no more than one
    return arguments.merge(variant, {name: chosen[name] for name in chosen if name in own})

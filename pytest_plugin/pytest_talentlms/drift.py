"""A test that runs once for each field of the responses it uses, without that field."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING

import orjson
import pytest
from _pytest.runner import runtestprotocol

from pytest_talentlms.arguments import EACH, MARKER
from talentlms_mock.portal.contract import response_fields

if TYPE_CHECKING:
    from talentlms_mock import Portal

Field = tuple[str, str]
"""An operation, and the name of a field in its responses."""

_SEEN = pytest.StashKey[list[Field]]()
_WITHOUT = pytest.StashKey[Field]()


def is_asked(item: pytest.Item) -> bool:
    """Return whether a test is to run without each field."""
    return any(mark.kwargs.get("drift") == EACH for mark in item.iter_markers(MARKER))


def without(item: pytest.Item) -> Field | None:
    """Return the field that the current run of a test leaves out."""
    return item.stash.get(_WITHOUT, None)


def note(item: pytest.Item, portals: "Iterable[Portal]") -> None:
    """Remember which fields the responses to a test had that ran with all of them."""
    if without(item) is None:
        item.stash[_SEEN] = list(dict.fromkeys(field for one in portals for field in _seen(one)))


def _seen(portal: "Portal") -> Iterator[Field]:
    known = {entry.operation_id: entry for entry in portal.catalogue}
    for exchange in portal.requests:
        entry = known.get(exchange.operation_id or "")
        fields = entry.response() if entry is not None else None
        if entry is None or fields is None or not 200 <= exchange.status < 300:
            continue
        for name in response_fields.names(fields):
            document = orjson.loads(exchange.response or b"null")
            before = orjson.dumps(document)
            response_fields.drop(document, name)
            if name not in response_fields.ENVELOPE and orjson.dumps(document) != before:
                yield entry.operation_id, name


def run(item: pytest.Item, nextitem: pytest.Item | None, attribute: str) -> None:
    """Run a test with all fields, then without each that it got; report the first of these runs.

    Args:
        item: the test.
        nextitem: the one after it.
        attribute: of its report, that says which fields mattered.
    """
    hook = item.ihook
    hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = _run_once(item)
    if all(report.passed for report in reports):
        mattered = {}
        for field in item.stash.get(_SEEN, []):
            item.stash[_WITHOUT] = field
            try:
                mattered[field] = any(report.failed for report in _run_once(item))
            finally:
                del item.stash[_WITHOUT]
        lines = list(_lines(item.nodeid, mattered))
        reports[-1].user_properties.append((attribute, "\n".join(lines)))
        setattr(next(each for each in reports if each.when == "call"), attribute, lines)
    ended = pytest.CallInfo.from_call(
        lambda: item.session._setupstate.teardown_exact(nextitem), when="teardown"
    )
    if ended.excinfo is not None:  # of a fixture of a wider scope
        reports.append(hook.pytest_runtest_makereport(item=item, call=ended))
    for report in reports:
        hook.pytest_runtest_logreport(report=report)
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)


def _run_once(item: pytest.Item) -> list[pytest.TestReport]:
    # Fixtures of a wider scope stay: what comes next is in the same module or class.
    return runtestprotocol(item, log=False, nextitem=item.parent)  # type: ignore[arg-type]  # a node


def _lines(nodeid: str, mattered: Mapping[Field, bool]) -> Iterator[str]:
    """Give what is said of a test, the first line alone and then a line an operation."""
    if not mattered:
        yield f"{nodeid}: no response had a field to drop."
        return
    count, of = sum(mattered.values()), len(mattered)
    yield f"{nodeid}: of {of} fields, dropped in turn, {count} mattered{':' if count else '.'}"
    for operation, fields in groupby(sorted(mattered), key=lambda field: field[0]):
        names = [name for each in fields for name in each[1:] if mattered[each]]
        if names:
            yield f"  {operation}: {', '.join(names)}"

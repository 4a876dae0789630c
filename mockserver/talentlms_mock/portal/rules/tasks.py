"""Background tasks: work that a portal does after its response.

A task is a list of items for one job. All its effects appear at once, when it is completed; the
portal's rule for tasks says when that is (`task_rule.RULES`).
"""

import csv
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from io import StringIO
from string import ascii_letters, digits
from typing import Any

import orjson
from sqlalchemy import and_, bindparam, func, literal_column, select

from talentlms_mock.errors import MockError, NotFound, RequestRefused
from talentlms_mock.hosts import domain_of
from talentlms_mock.portal.rules import addresses
from talentlms_mock.portal.state.task_rule import TaskRule
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import tasks
from talentlms_mock.portal.store.row_types import TaskRow
from talentlms_mock.portal.store.transaction import Transaction

Item = Mapping[str, Any]
"""What a job does once: a JSON object."""
Job = Callable[[Transaction, Item], None]

HALF_WAY = 0.5
"""The share of a task that is done after its first manual step."""
_ALMOST = 0.99

_BY_CODE = select_rows(TaskRow).where(tasks.c.code == bindparam("code"))
_LAST = select(func.max(tasks.c.id))
_JOBS: dict[str, Job] = {}
_QUIET: set[str] = set()
"""The types of task that do not list refused items."""
# Written out, for SQLite uses a partial index only where the condition's text matches.
_TO_DO = tasks.c.status.in_([literal_column("'pending'"), literal_column("'running'")])
_OF_CLOCK = {
    # A client that does not know the id cannot poll: the task is due after the response.
    "polls": and_(_TO_DO, tasks.c.announced.is_(False)),
    "seconds": _TO_DO,
    "at-once": _TO_DO,  # started under another rule
}
"""Which tasks the clock completes, by the kind of the portal's rule."""
_FIRST = {kind: select(func.min(tasks.c.started_at)).where(to) for kind, to in _OF_CLOCK.items()}
_DUE = {
    kind: select_rows(TaskRow)
    .where(to, tasks.c.started_at + bindparam("delay") <= bindparam("seconds"))
    .order_by(tasks.c.started_at, tasks.c.id)
    for kind, to in _OF_CLOCK.items()
}


def job(kind: str, *, lists_refused: bool = True) -> Callable[[Job], Job]:
    """Let the decorated function do each item of the tasks of this type.

    The function may refuse an item with RequestRefused: what it wrote is rolled back, and the
    task counts the item as failed, unless `lists_refused` is false.
    """

    def record(run: Job) -> Job:
        _JOBS[kind] = run
        if not lists_refused:
            _QUIET.add(kind)
        return run

    return record


def start(
    transaction: Transaction, kind: str, items: Iterable[Item], *, announced: bool = True
) -> str:
    """Start a task and return its id, 8 letters and digits.

    Args:
        transaction: the transaction of the request.
        kind: the type of the task, one that has a `job`.
        items: what the job does, JSON objects.
        announced: whether the client gets the id, so that it can poll the task.
    """
    items = list(items)
    code = _new_code(transaction)
    transaction.insert(
        tasks,
        {
            "code": code,
            "type": kind,
            "status": "pending",
            "payload": orjson.dumps(items).decode(),
            "announced": announced,
            "started_at": transaction.clock.seconds(),
            "total": len(items),
            "errors": "[]",
            "created_at": transaction.now,
        },
    )
    if transaction.settings.task_rule.kind == "at-once":
        complete(transaction, code)
    return code


def _new_code(transaction: Transaction) -> str:
    """Return an id of the form that was recorded, the same for the same calls."""
    last = transaction.scalar(_LAST)
    return addresses.unique_text(transaction, 8, "task", last, letters=ascii_letters + digits)


def find(transaction: Transaction, code: str) -> TaskRow:
    """Return the task with this id.

    Raises:
        NotFound: there is none.
    """
    task = transaction.first(_BY_CODE, code=code)
    if task is None:
        raise NotFound("task")
    return task


def report_address(transaction: Transaction, task: TaskRow) -> str | None:
    """Return the address of the file that lists the refused items; None when there are none."""
    if not task.failed:
        return None
    path = f"downloads/task:{task.code},key:{_report_key(task)}"
    # An address of the server does not say which of its portals is meant.
    is_named = domain_of(addresses.home(transaction).partition("://")[2]) is not None
    portal = None if is_named else transaction.settings.domain
    return addresses.page(transaction, path, portal=portal)


def report(transaction: Transaction, code: str, key: str) -> str:
    """Return the CSV file at the address of `report_address`.

    Raises:
        NotFound: there is no such task, the key is another, or nothing was refused.
    """
    task = find(transaction, code)
    if not task.failed or key != _report_key(task):
        raise NotFound("task")
    text = StringIO()
    rows = csv.DictWriter(text, ("index", "message"))
    rows.writeheader()
    rows.writerows(orjson.loads(task.errors))
    return text.getvalue()


def _report_key(task: TaskRow) -> str:
    return sha256(f"report {task.code} {task.created_at}".encode()).hexdigest()[:20]


def poll(transaction: Transaction, code: str) -> None:
    """Let a task progress because a client polls it, as far as the portal's rule says.

    Raises:
        NotFound: there is no such task.
    """
    task = find(transaction, code)
    rule = transaction.settings.task_rule
    if _is_over(task):
        return
    if rule.kind == "polls":
        polls = task.polls + 1
        if polls >= rule.count:
            _complete(transaction, task)
        else:
            _advance(transaction, task, polls / rule.count, polls=polls)
    elif rule.kind == "seconds":
        passed = (transaction.clock.seconds() - task.started_at) / rule.count
        if passed > 0:
            _advance(transaction, task, passed)


def step(transaction: Transaction, code: str) -> str:
    """Move a task one step, from pending to running to completed, and return its status.

    Raises:
        NotFound: there is no such task.
        MockError: it has ended already, or the portal's tasks are stuck.
    """
    task = _unfinished(transaction, code)
    if task.status == "pending":
        _advance(transaction, task, HALF_WAY)
        return "running"
    _complete(transaction, task)
    return "completed"


def complete(transaction: Transaction, code: str) -> None:
    """Complete a task, with all its items.

    Raises:
        NotFound, MockError: as for `step`.
    """
    _complete(transaction, _unfinished(transaction, code))


def fail(transaction: Transaction, code: str) -> None:
    """End a task as failed, without doing any of its items.

    Raises:
        NotFound, MockError: as for `step`.
    """
    _change(transaction, _unfinished(transaction, code), status="failed", payload="[]")


def next_due(transaction: Transaction) -> float | None:
    """Return when the clock completes the next task, in seconds since 1970; None for never."""
    rule = transaction.settings.task_rule
    if rule.kind not in _FIRST:
        return None
    started: float | None = transaction.scalar(_FIRST[rule.kind])
    return None if started is None else started + _delay(rule)


def complete_due(transaction: Transaction) -> None:
    """Complete the tasks that the clock has completed by the transaction's time."""
    rule = transaction.settings.task_rule
    if rule.kind in _DUE:
        seconds = transaction.clock.seconds()
        for task in transaction.all(_DUE[rule.kind], delay=_delay(rule), seconds=seconds):
            _complete(transaction, task)


def rehearse(transaction: Transaction) -> None:
    """Do one item of each kind that waits to be done, and undo it.

    Raises:
        Exception: a task has an item, or a type, that no portal gives it.
    """
    for task in transaction.all(select_rows(TaskRow).where(_TO_DO)):
        shapes = {_shape(item): item for item in orjson.loads(task.payload)}
        for item in shapes.values():
            with suppress(RequestRefused, _Rehearsed), transaction.savepoint():
                _JOBS[task.type](transaction, item)
                raise _Rehearsed


class _Rehearsed(Exception):
    """What a rehearsal did is undone."""


def _shape(item: Item) -> tuple[tuple[str, type], ...]:
    return tuple((name, type(value)) for name, value in item.items())


def _delay(rule: TaskRule) -> int:
    return rule.count if rule.kind == "seconds" else 0


def _unfinished(transaction: Transaction, code: str) -> TaskRow:
    task = find(transaction, code)
    if _is_over(task):
        raise MockError(f"The task {code} is {task.status} already.")
    if transaction.settings.task_rule.kind == "stuck":
        raise MockError(
            f"The task {code} cannot move: the portal's tasks are stuck; set another rule first."
        )
    return task


def _is_over(task: TaskRow) -> bool:
    return task.status in ("completed", "failed")


def _advance(transaction: Transaction, task: TaskRow, share: float, **changes: object) -> None:
    share = min(share, _ALMOST)
    progress, processed = int(share * 100), int(share * task.total)
    _change(
        transaction,
        task,
        status="running",
        progress=max(progress, task.progress),  # the portal's clock may be set back
        processed=max(processed, task.processed),
        **changes,
    )


def _complete(transaction: Transaction, task: TaskRow) -> None:
    refused = _run(transaction, _JOBS[task.type], orjson.loads(task.payload))
    errors = [] if task.type in _QUIET else refused
    _change(
        transaction,
        task,
        status="completed",
        payload="[]",
        progress=100,
        processed=task.total,
        failed=len(errors),
        errors=orjson.dumps(errors).decode(),
        completed_at=transaction.now,
    )


def _run(transaction: Transaction, run: Job, items: list[Item]) -> list[dict[str, object]]:
    """Do each item in full or not at all; return the index and message of those refused."""
    errors: list[dict[str, object]] = []
    for index, item in enumerate(items):
        try:
            with transaction.savepoint():
                run(transaction, item)
        except RequestRefused as refusal:
            errors.append({"index": index, "message": str(refusal)})
    return errors


def _change(transaction: Transaction, task: TaskRow, **values: object) -> None:
    transaction.update(tasks, task.id, values)

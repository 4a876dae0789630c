"""The operation of background tasks (operations.md, 34)."""

from typing import Annotated, Literal

import orjson
from sqlalchemy import bindparam, func, select

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED, Rule
from talentlms_mock.api.operation import one, operation
from talentlms_mock.api.rows import Query, json_object, one_row
from talentlms_mock.api.values import Shape, Timestamp
from talentlms_mock.portal.rules import tasks as rules
from talentlms_mock.portal.store.models import tasks
from talentlms_mock.portal.store.transaction import Transaction


class TaskError(Shape):
    """An item that could not be done, by its place in the request, and why."""

    index: int
    message: str


class Task(Shape):
    id: Annotated[int, INFERRED]
    type: Annotated[str, INFERRED]
    status: Literal["pending", "running", "completed", "failed"]
    progress: int
    total: Annotated[int, INFERRED]
    processed: Annotated[int, INFERRED]
    failed: Annotated[int, INFERRED]
    errors: Annotated[list[TaskError], INFERRED]
    created_at: Annotated[Timestamp, INFERRED]
    completed_at: Annotated[Timestamp | None, INFERRED]


_TASK = Query(
    select(
        json_object(
            id=tasks.c.id,
            type=tasks.c.type,
            status=tasks.c.status,
            progress=tasks.c.progress,
            total=tasks.c.total,
            processed=tasks.c.processed,
            failed=tasks.c.failed,
            errors=func.json(tasks.c.errors),
            created_at=tasks.c.created_at,
            completed_at=tasks.c.completed_at,
        )
    ).where(tasks.c.id == bindparam("id"))
)


@operation(
    "GET",
    "/tasks/{id}",
    "getTask",
    tag="Task",
    summary="Get task's status and progress",
    answer=one(Task),
    known=DOCUMENTED,
    rules=(
        Rule("status is pending, running, completed or failed; progress is a percentage"),
        Rule("a task is completed by the portal's rule for tasks, all items at once"),
        Rule("a task whose items were all refused is completed too"),
    ),
)
def get_task(transaction: Transaction, id: int) -> orjson.Fragment:
    rules.poll(transaction, id)
    return one_row(transaction, _TASK, id, "task")

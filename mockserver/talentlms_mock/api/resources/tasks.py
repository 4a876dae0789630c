"""The operation of background tasks (operations.md, 34)."""

from typing import Annotated, Literal

from pydantic import Field

from talentlms_mock.api.fidelity import DOCUMENTED, RECORDED, Rule
from talentlms_mock.api.operation import one, operation
from talentlms_mock.api.values import Kind, Shape
from talentlms_mock.portal.rules import tasks as rules
from talentlms_mock.portal.store.transaction import Transaction


class Task(Shape):
    """A background task of a batch operation."""

    id: Annotated[str, Field(description="The task's id, 8 letters and digits.")]
    status: Annotated[
        Literal["pending", "running", "completed", "failed"],
        Field(description="How far the task is; completed and failed are final."),
    ]
    progress: Annotated[int, Field(description="How much is done, in percent from 0 to 100.")]
    processed_items: Annotated[int, Field(description="How many items are done or refused.")]
    download_url: Annotated[
        str | None,
        Field(
            description="Where to get a CSV file with the index and message of each item that "
            "was refused; null when none was."
        ),
    ]


_TASK_ID = Kind(
    str,
    {"type": "string", "pattern": "^[A-Za-z0-9]{8}$"},
    "2x3LBp89",
    "The id of the task, 8 letters and digits.",
)


@operation(
    "GET",
    "/tasks/{id}",
    "getTask",
    tag="Task",
    summary="Get task's status and progress",
    response=one(Task, RECORDED),
    known=DOCUMENTED,
    recorded=3,
    texts_in_path={"id": _TASK_ID},
    rules=(
        Rule("an id of another form is no path: the router's 404", RECORDED),
        Rule("status is pending, running, completed or failed; progress is a percentage"),
        Rule("a task is completed by the portal's rule for tasks, all items at once"),
        Rule("a task whose items were all refused is completed too"),
        Rule("the file at download_url is CSV: index, message"),
    ),
)
def get_task(transaction: Transaction, id: str) -> dict[str, object]:
    """Read the status and progress of a task that a batch operation started."""
    rules.poll(transaction, id)
    task = rules.find(transaction, id)
    return {
        "id": task.code,
        "status": task.status,
        "progress": task.progress,
        "processed_items": task.processed,
        "download_url": rules.report_address(transaction, task),
    }

"""talentlms-mock learner: one command for each act of a learner that the control API has."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from talentlms_mock.cli.commands import options
from talentlms_mock.cli.commands.tables import done
from talentlms_mock.cli.groups import Commands, examples
from talentlms_mock.errors import SetupError

if TYPE_CHECKING:
    from talentlms_mock.cli.commands.client import PortalClient

_Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_SCORE = click.option("--score", type=float, help="The score, from 0 to 100.")
_NEEDED_SCORE = click.option("--score", type=float, required=True, help="The score, 0 to 100.")
_TIME = click.option("--time", type=int, help="Seconds that it took.")
_MESSAGE = click.option("--message", help="What the instructor writes to the learner.")
_TEXT = click.option("--text", help="The text that is handed in.")
_ANSWERS = click.argument("answers", metavar="QUESTION=ANSWER...", nargs=-1, required=True)
_POINTS = click.argument("points", metavar="QUESTION=PERCENT...", nargs=-1, required=True)


@dataclass(frozen=True)
class Act:
    """What a learner does.

    Args:
        name: of the command.
        takes: what it is done to: a course, a unit, a session or a key; "" is nothing.
        help: of the command.
        done: the sentence after it, with the place of what was taken.
        example: the words after the user in the help's example.
        further: options and arguments of the command.
    """

    name: str
    takes: str
    help: str
    done: str
    example: str = ""
    further: tuple[_Decorator, ...] = ()


ACTS = (
    Act("log-in", "", "Sign USER in.", "has signed in"),
    Act("log-out", "", "Sign USER out.", "has signed out"),
    Act(
        *("open", "course", "Open COURSE at the first unit that is not completed."),
        *("has opened the course {}", "'Data Protection'"),
    ),
    Act("open-unit", "unit", "Open UNIT.", "has opened the unit {}", "12"),
    Act(
        *("complete-unit", "unit", "Complete UNIT, whatever its type."),
        *("has completed the unit {}", "12 --score 80", (_SCORE, _TIME)),
    ),
    Act(
        *("fail-unit", "unit", "Fail UNIT: a test, an assignment, SCORM or training."),
        *("has failed the unit {}", "12", (_SCORE, _TIME)),
    ),
    Act(
        *(
            "answer",
            "unit",
            "Answer questions of the test or survey UNIT; the last one hands it in.",
        ),
        *("has answered in the unit {}", "12 7=Paris 8=true", (_ANSWERS, _TIME)),
    ),
    Act(
        *("grade-test", "unit", "Grade answers in free text to the test UNIT, as an instructor."),
        *("has new grades in the unit {}", "12 9=50", (_POINTS, _MESSAGE)),
    ),
    Act(
        *("submit-assignment", "unit", "Hand in the assignment UNIT."),
        *("has handed in the unit {}", "12 --text Done.", (_TEXT,)),
    ),
    Act(
        *("grade-assignment", "unit", "Grade the assignment UNIT, as an instructor."),
        *("has a grade for the unit {}", "12 --score 80", (_NEEDED_SCORE, _MESSAGE)),
    ),
    Act("book", "session", "Book SESSION of a training.", "has booked the session {}", "3"),
    Act(
        *("attend", "session", "Attend SESSION of a training, which has begun."),
        *("has attended the session {}", "3", (_SCORE,)),
    ),
    Act(
        *("complete", "course", "Complete COURSE with every unit."),
        *("has completed the course {}", "'Data Protection' --score 90", (_SCORE, _TIME)),
    ),
    Act(
        *("fail-course", "course", "Fail COURSE."),
        *("has failed the course {}", "'Data Protection'", (_SCORE,)),
    ),
    Act(
        *("expire", "course", "Let the enrollment in COURSE expire now."),
        *("has no time left in the course {}", "'Data Protection'"),
    ),
    Act(
        *("join-group", "key", "Join the group that has KEY."),
        *("has joined the group with the key {}", "SELL"),
    ),
)
"""The commands, each for the act of the same name in the control API."""


@click.group(
    cls=Commands,
    epilog=examples("learner complete ada.lovelace 'Data Protection'", "learner log-in 7"),
)
def learner() -> None:
    """Act as a user does on the portal's own pages.

    USER is an id or a login; COURSE, UNIT and SESSION are ids or names.
    """


def _command(act: Act) -> click.Command:
    def perform(portal: "PortalClient", user: str, as_json: bool, **given: Any) -> None:
        path = f"/learners/{quote(user, safe='')}/{act.name}"
        state = portal.call("POST", path, _body(given) if given else None)
        sentence = f"The user {user} {act.done.format(given.get(act.takes))}."
        for name, value in (state or {}).items():
            sentence += f" The {name.replace('_', ' ')} is {'none' if value is None else value}."
        done(state, as_json, sentence)

    perform.__doc__ = act.help
    command = options.of_portal(perform)
    command = options.as_json(command)
    for decorate in reversed(act.further):
        command = decorate(command)
    if act.takes:
        command = click.argument(act.takes)(command)
    command = click.argument("user")(command)
    example = examples(f"learner {act.name} ada.lovelace {act.example}".rstrip())
    return click.command(act.name, help=act.help, epilog=example)(command)


def _body(given: dict[str, Any]) -> dict[str, Any]:
    body = options.set_fields(given)
    for name in ("course", "unit", "session"):
        if name in body:
            body[name] = _reference(body[name])
    if "answers" in body:
        body["answers"] = _answers(given["answers"])
    if "points" in body:
        body["points"] = {
            question: _percent(question, text)
            for question, text in options.pairs("", given["points"]).items()
        }
    return body


def _answers(texts: tuple[str, ...]) -> dict[str, str | list[str]]:
    """Return the answers by question; a question that stands there twice has several."""
    found: dict[str, list[str]] = {}
    for text in texts:
        for question, answer in options.pairs("", (text,)).items():
            found.setdefault(question, []).append(answer)
    return {question: each if len(each) > 1 else each[0] for question, each in found.items()}


def _reference(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdecimal() else text


def _percent(question: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise SetupError(f"{question}={text} is no percentage: write it like 9=50.") from None


for _act in ACTS:
    learner.add_command(_command(_act))

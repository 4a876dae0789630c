"""Templates to pages. Everything that they show is escaped, wherever it comes from."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from talentlms_mock.console import PREFIX
from talentlms_mock.console.forms import EMPTY, Form
from talentlms_mock.control.problems import Problem
from talentlms_mock.portal.contract.comparison import MISSING
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.state.clock import timestamp

_HERE = Path(__file__).parent
STATIC = {path.name: path.read_bytes() for path in sorted((_HERE / "static").iterdir())}
"""The stylesheet, the scripts and the icon, by name."""
_TAGS = {name: sha256(content).hexdigest()[:12] for name, content in STATIC.items()}

DONE = {
    "added": "Added.",
    "advanced": "The clock has moved.",
    "applied": "The scenario is applied.",
    "archived": "Archived.",
    "changed": "Changed.",
    "cleared": "Cleared.",
    "created": "The portal is created.",
    "done": "Done.",
    "removed": "Removed.",
    "reset": "The portal is as it was created.",
    "restored": "Restored.",
    "simulated": "The days have gone by; the data and the timeline show what happened.",
    "taken": "The snapshot is taken.",
}
"""What a page says was done, by the word for it in its address: never a text from there."""


def page(
    request: Request,
    template: str,
    *,
    portal: Portal | None = None,
    problem: Problem | None = None,
    form: Form = EMPTY,
    **values: Any,
) -> Response:
    """Return a page.

    Args:
        request: what it answers.
        template: its file.
        portal: the one it is about.
        problem: what a form was refused for; it gives the status.
        form: as it was sent, to be filled in again.
        values: of the template's variables.
    """
    common = {
        "domain": None if portal is None else portal.domain,
        "portal": portal,
        "problem": problem,
        "form": form,
        "done": DONE.get(request.query_params.get("done", "")),
        "here": request.url.path,
        "query": dict(request.query_params),
    }
    text = _ENVIRONMENT.get_template(template).render(common | values)
    return HTMLResponse(text, 200 if problem is None else problem.status)


def go(path: str, /, **query: str) -> Response:
    """Return the response to a form that was done: the page at `path` of the console."""
    return RedirectResponse(link(path, **query), 303)


def link(path: str, /, **query: object) -> str:
    """Return the address of `path` in the console; what is None is not in its query."""
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return PREFIX + quote(path) + (f"?{urlencode(given)}" if given else "")


def static(name: str) -> str:
    """Return the address of a shared file, which is another one when its content is."""
    return f"{PREFIX}/static/{name}?v={_TAGS[name]}"


def pretty(value: object) -> str:
    """Return a value as indented JSON."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2, default=_plain).decode()


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else str(value)


def shown(value: object) -> str:
    """Return a value as a table shows it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping | tuple | list):
        return pretty(value) if value else "–"
    return str(value)


def compared(value: object) -> str:
    """Return one of two values that differ."""
    if value is MISSING:
        return "nothing"
    return value if isinstance(value, str) else orjson.dumps(value, default=_plain).decode()


def readable(target: str) -> str:
    """Return a path and query with the brackets of its parameters as people write them."""
    return target.replace("%5B", "[").replace("%5D", "]")


def moment(value: datetime | str) -> str:
    """Return a moment as people read it: 2025-05-07 09:30:00."""
    text = value if isinstance(value, str) else timestamp(value)
    return text.removesuffix("+00:00").replace("T", " ")


def words(name: str) -> str:
    """Return the name of a field as a label has it: `user_type` is User type."""
    return name.replace("_", " ").capitalize().replace(" id", " ID").replace("Id", "ID")


def label(name: str) -> str:
    """Return the name of a column: what `user_id` refers to is shown by its name, as User."""
    return words(name if name == "id" else name.removesuffix("_id"))


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    filters = (pretty, shown, compared, readable, moment, words, label)
    environment.filters |= {each.__name__: each for each in filters}
    environment.globals |= {
        "link": link,
        "static": static,
        "version": version("talentlms-mock"),
    }
    return environment


_ENVIRONMENT = _environment()

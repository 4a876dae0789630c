"""Processes in which the server cannot run, since a library has replaced threads and sockets."""

import sys

from talentlms_mock.errors import SetupError

_GEVENT = ("threading", "socket", "select", "ssl")
_EVENTLET = ("thread", "socket", "select")


def refuse_patched_threads() -> None:
    """Do nothing where threads and sockets are those of the standard library.

    Raises:
        SetupError: gevent or eventlet has replaced them, so that the server's event loop would
            run as one of its tasks, and stop all others.
    """
    name = _patched_by()
    if name is not None:
        raise SetupError(
            f"{name} has patched the threads or sockets of this process, in which the mock cannot "
            "serve: start it in a process of its own, with `talentlms-mock serve` or "
            "`talentlms-mock run -- COMMAND`."
        )


def _patched_by() -> str | None:
    # Whoever patches has imported these.
    gevent, eventlet = sys.modules.get("gevent.monkey"), sys.modules.get("eventlet.patcher")
    if gevent is not None and any(map(gevent.is_module_patched, _GEVENT)):
        return "gevent"
    if eventlet is not None and any(map(eventlet.is_monkey_patched, _EVENTLET)):
        return "eventlet"
    return None

"""The files that the API names addresses of: what failed in a task (operations.md, 34).

They are on the hosts of the portals, not below the API: no key is needed but that of the address,
and nothing is counted or kept in the journal.
"""

from functools import partial

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from talentlms_mock.errors import NotFound, PortalGone
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.portals import Portals
from talentlms_mock.portal.rules import tasks

_TASK = "/downloads/task:{code},key:{key}"


def download_routes(portals: Portals) -> list[Route]:
    """Return the routes of the files of `portals`."""
    return [Route(_TASK, partial(_task_report, portals), name="task report")]


async def _task_report(portals: Portals, request: Request) -> Response:
    """Respond with the CSV file that lists the refused items of a task."""
    portal = _portal(portals, request)
    code, key = request.path_params["code"], request.path_params["key"]
    if portal is not None and portal.settings.active:
        try:
            with portal.transaction() as transaction:
                text = tasks.report(transaction, code, key)
        except (NotFound, PortalGone):
            pass
        else:
            name = f'attachment; filename="task-{code}.csv"'
            return Response(text, media_type="text/csv", headers={"content-disposition": name})
    return PlainTextResponse("There is no such file.", 404)


def _portal(portals: Portals, request: Request) -> Portal | None:
    """Return the portal by the host, or where that is an address, by the query."""
    domain = request.query_params.get("portal")
    if domain is not None:
        return portals.of_domain(domain)
    return portals.find(request.headers.get("host", ""), None)

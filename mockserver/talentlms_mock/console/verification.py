"""Holding the mock against a recording of a live portal, as `talentlms-mock verify` does."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.api.operation import REGISTRY
from talentlms_mock.console import api
from talentlms_mock.console.rendering import page
from talentlms_mock.console.upload import upload
from talentlms_mock.control.parsing import portal_of
from talentlms_mock.control.problems import Problem, of_refusal
from talentlms_mock.errors import MockError
from talentlms_mock.portal.contract.corrections import compiled
from talentlms_mock.portal.portal import Portal
from talentlms_mock.verify.recordings import reading
from talentlms_mock.verify.reports import content
from talentlms_mock.verify.verification import Setting, Verification, verify_recording

_NO_FILE = (
    "Choose a recording: a HAR file, JSON Lines of the mock's journal, or a Postman collection "
    "with examples."
)


async def compare(request: Request) -> Response:
    """Show where the portal, with its quirks and corrections, and a recording differ."""
    portal = portal_of(request)
    try:
        recording, _ = await upload(request, "recording", _NO_FILE)
        found = await run_in_threadpool(_verified, recording, portal)
    except (MockError, Problem) as error:
        problem = error if isinstance(error, Problem) else of_refusal(error)
        return api.show_operations(request, problem)
    return page(
        request,
        "verification.html",
        portal=portal,
        summary=content.summary(found),
        sections=content.sections(found),
    )


def _verified(recording: bytes, portal: Portal) -> Verification:
    found = reading.read_content(recording, "The file")
    text = portal.settings.correction_text
    setting = Setting(REGISTRY, portal.settings.quirks, compiled(text) if text else None)
    return verify_recording(found, setting)

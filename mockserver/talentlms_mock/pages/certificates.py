"""The pages of certificates: one for everybody, and the document for its owner."""

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from talentlms_mock.errors import Refusal, RuleBroken
from talentlms_mock.pages.rendering import page
from talentlms_mock.pages.visit import Visit


async def view(visit: Visit) -> Response:
    """Show a certificate to anybody."""
    found = visit.pages.certificate(visit.request.path_params["id"])
    return page(visit, "certificate.html", certificate=found)


async def download(visit: Visit) -> Response:
    """Return a certificate as a PDF document to its owner."""
    user = visit.user
    found = visit.pages.certificate(visit.request.path_params["id"])
    if found.user_id != user.user_id:
        raise RuleBroken(Refusal(403, "forbidden", "This is the certificate of somebody else."))
    # What makes documents costs a third of a second to import; most servers never make one.
    from talentlms_mock.pages.document import certificate_document  # noqa: PLC0415

    content = await run_in_threadpool(certificate_document, found, visit.site.title)
    name = f'attachment; filename="certificate-{found.id}.pdf"'
    return Response(content, media_type="application/pdf", headers={"Content-Disposition": name})

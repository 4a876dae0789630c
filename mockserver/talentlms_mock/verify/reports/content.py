"""The content of every report: its summary, and its sections as tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from talentlms_mock.portal.state.settings import QUIRKS
from talentlms_mock.verify.verification import Difference, Verification

_NONE = "not decided"


@dataclass(frozen=True)
class Section:
    """A table with its title, and a sentence above it."""

    title: str
    about: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def summary(found: Verification) -> list[str]:
    """Return what was found, in a few sentences."""
    seen = found.operations - len(found.not_covered.operations)
    lines = [
        f"Compared with {found.source} on {found.day}: {found.exchanges:,} requests, "
        f"{seen} of {found.operations} operations.",
        f"{len(found.checks):,} points confirmed, {len(found.remaining)} differ, "
        f"{len(found.ignored)} set aside.",
    ]
    if found.others:
        lines.append(f"{found.others:,} entries were left out: no request to the API, or no value.")
    if found.not_covered.left:
        lines.append(f"{found.not_covered.left} requests were not sent yet.")
    return lines


def sections(found: Verification) -> list[Section]:
    """Return the tables, those with nothing in them left out."""
    every = (
        _differences("Differs", "How the mock and the vendor differ.", found.remaining),
        _differences("Set aside", "Known differences, of the ignore file.", found.ignored),
        _quirks(found),
        _confirmed(found),
        _not_seen(found),
        _unused(found),
    )
    return [each for each in every if each.rows]


def place(difference: Difference) -> str:
    """Return what differs, with the part of the contract that it is of where that is not clear."""
    if difference.area in ("headers", "error shape", "rate limit", "quirk"):
        return f"{difference.area} {difference.place}"
    return difference.place


def how_often(difference: Difference) -> str:
    """Return how often a difference was seen, and of how many samples."""
    return f"{difference.count} of {difference.samples}"


def mark(difference: Difference) -> str:
    """Return how well the mock's side was known."""
    return f"{difference.known.provenance}: {difference.known.source}"


def remedy(difference: Difference) -> str:
    """Return what makes the mock agree."""
    if difference.ignored is not None:
        return f"set aside on {difference.ignored.date}: {difference.ignored.reason}"
    if difference.area == "quirk":
        return f"quirk {difference.place}={difference.seen}"
    return "correction" if difference.correction is not None else "none"


def _differences(title: str, about: str, found: list[Difference]) -> Section:
    heads = ("Operation", "Place", "The mock", "Seen", "How often", "Mark", "Remedy", "Request")
    rows = tuple(
        (
            each.operation,
            place(each),
            each.ours,
            each.seen,
            how_often(each),
            mark(each),
            remedy(each),
            each.request,
        )
        for each in found
    )
    return Section(title, about, heads, rows)


def _quirks(found: Verification) -> Section:
    rows = tuple(
        (each.name, each.before, each.value or _NONE, str(each.evidence), QUIRKS[each.name].why)
        for each in found.decisions
    )
    about = "The value of each quirk that agrees with what was seen."
    return Section("Quirks", about, ("Quirk", "The mock", "Seen", "How often", "Why"), rows)


def _confirmed(found: Verification) -> Section:
    """Return what is confirmed: for each operation, how many points, and of how many samples."""
    counts: dict[str, list[int]] = {}
    for check in found.checks:
        count = counts.setdefault(check.operation, [0, 0])
        count[0] += 1
        count[1] = max(count[1], check.samples)
    rows = tuple((name, str(points), str(most)) for name, (points, most) in counts.items())
    about = "Seen as the mock has it. A sample is a sample: others may differ."
    return Section("Confirmed", about, ("Operation", "Points", "Seen at most"), rows)


def _not_seen(found: Verification) -> Section:
    about = "Nothing was seen of these; the mock may differ."
    return Section("Not seen", about, ("Operation", "What"), tuple(_unseen(found)))


def _unseen(found: Verification) -> Iterator[tuple[str, str]]:
    parts = found.not_covered
    for name in parts.operations:
        yield name, "no successful response"
    yield from _listed(parts.only_null, "never other than null: ")
    yield from _listed(parts.only_empty, "lists that were always empty: ")


def _listed(names: Mapping[str, tuple[str, ...]], start: str) -> Iterator[tuple[str, str]]:
    for operation, places in names.items():
        yield operation, start + ", ".join(places)


def _unused(found: Verification) -> Section:
    rows = tuple(
        (each.operation or "any", each.place, each.reason, str(each.date))
        for each in found.not_covered.unused
    )
    about = "Entries of the ignore file that set nothing aside: take them out."
    return Section("No longer different", about, ("Operation", "Place", "Reason", "Date"), rows)

"""What a verification found: what is confirmed, what differs, and what was not seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from talentlms_mock.api.fidelity import INFERRED, Known
from talentlms_mock.api.operation import Registry
from talentlms_mock.portal.contract.corrections import Correction, Corrections
from talentlms_mock.portal.state.clock import system_day
from talentlms_mock.portal.state.settings import QUIRKS
from talentlms_mock.verify import again, correcting
from talentlms_mock.verify.exchange import Seen
from talentlms_mock.verify.ignoring import Ignored
from talentlms_mock.verify.judge import Judge
from talentlms_mock.verify.observation import EVERY
from talentlms_mock.verify.quirks import Decision, decide
from talentlms_mock.verify.recordings.reading import Recording
from talentlms_mock.verify.schemas import Schemas, places
from talentlms_mock.verify.tally import Check, Tally


@dataclass(frozen=True)
class Difference:
    """A point on which the mock and the vendor differ.

    Args:
        operation: its name, or that it is every one.
        area: what part of the contract it is; `quirk` where a quirk decides on it.
        place: what of it: a field, a header, the name of a quirk.
        kind: what is different.
        ours: what the mock does.
        seen: what was seen.
        count: how often.
        samples: of how many.
        known: the mark that it contradicts.
        request: a command to see it again.
        correction: what makes the mock agree; None where nothing does, or a quirk.
        ignored: why it is set aside; None where it is not.
    """

    operation: str
    area: str
    place: str
    kind: str
    ours: str
    seen: str
    count: int
    samples: int
    known: Known
    request: str = ""
    correction: Correction | None = None
    ignored: Ignored | None = None


@dataclass(frozen=True)
class NotCovered:
    """What no exchange showed.

    Args:
        operations: those that never succeeded.
        only_null: the fields that were never seen other than null, or not at all.
        only_empty: the lists that never had anything in them.
        quirks: those on which nothing was decided.
        unused: the entries of the ignore file that set nothing aside.
        left: the requests of a live run that were not sent.
    """

    operations: tuple[str, ...] = ()
    only_null: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    only_empty: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    quirks: tuple[str, ...] = ()
    unused: tuple[Ignored, ...] = ()
    left: int = 0


@dataclass(frozen=True)
class Verification:
    """What a verification found.

    Args:
        source: what was looked at, in words.
        day: when.
        exchanges: how many requests and responses were judged.
        others: how many were left out, being none of the API or without a response.
        operations: how many operations there are.
        checks: the points that were seen as the mock has them.
        differences: those that were not.
        decisions: what was decided of each quirk.
        not_covered: what no exchange showed.
    """

    source: str
    day: date
    exchanges: int
    others: int
    operations: int
    checks: tuple[Check, ...]
    differences: tuple[Difference, ...]
    decisions: tuple[Decision, ...]
    not_covered: NotCovered

    @property
    def remaining(self) -> list[Difference]:
        """The differences that are not set aside."""
        return [each for each in self.differences if each.ignored is None]

    @property
    def ignored(self) -> list[Difference]:
        """The differences that are set aside."""
        return [each for each in self.differences if each.ignored is not None]

    @property
    def corrections(self) -> tuple[Correction, ...]:
        """What makes the mock agree where no quirk does."""
        found = [each.correction for each in self.remaining if each.correction is not None]
        return correcting.in_order(found)


@dataclass(frozen=True)
class Setting:
    """What is compared with what was seen: the mock as somebody has set it.

    Args:
        registry: the operations of the mock.
        quirks: of the mock.
        corrections: those that it applies.
        ignored: the differences that are known.
    """

    registry: Registry
    quirks: Mapping[str, str]
    corrections: Corrections | None = None
    ignored: Sequence[Ignored] = ()


def verify_recording(found: Recording, setting: Setting) -> Verification:
    """Hold a recording against the mock, today."""
    return verify(
        found.exchanges,
        setting,
        source="a recording",
        day=system_day(),
        others=found.others,
        left=0,
    )


def verify(
    exchanges: Sequence[Seen], setting: Setting, *, source: str, day: date, others: int, left: int
) -> Verification:
    """Hold exchanges against the mock.

    Args:
        exchanges: what was seen, the oldest first.
        setting: the mock that is compared.
        source: where the exchanges are from, in words.
        day: today.
        others: how many more there were that show nothing.
        left: how many requests of a live run were not sent.
    """
    judge = Judge(setting.registry, setting.corrections)
    try:
        quirks, decisions = decide(judge, exchanges, setting.quirks)
        tally = _tallied(judge, exchanges, quirks)
    finally:
        judge.close()
    differences = [*_of_quirks(decisions), *_of_checks(tally, setting.corrections)]
    marked = [_with_reason(each, setting.ignored) for each in differences]
    used = {each.ignored for each in marked}
    return Verification(
        source,
        day,
        len(exchanges),
        others,
        len(setting.registry),
        tuple(check for check in tally if check.is_confirmed),
        tuple(sorted(marked, key=lambda each: (each.operation != EVERY, each.operation))),
        tuple(decisions),
        NotCovered(
            operations=tuple(
                each.operation_id
                for each in setting.registry
                if not tally.successes[each.operation_id]
            ),
            **_unseen_fields(tally, judge.schemas, setting.registry),
            quirks=tuple(each.name for each in decisions if each.value is None),
            unused=tuple(each for each in setting.ignored if each not in used),
            left=left,
        ),
    )


def _tallied(judge: Judge, exchanges: Sequence[Seen], quirks: Mapping[str, str]) -> Tally:
    tally = Tally()
    for seen in exchanges:
        judgement = judge.judge(seen, quirks)
        operation = judge.operation(judgement.operation_id)
        tally.add(judgement.observations, again.command(seen, operation))
        tally.statuses[seen.status] += 1
        if seen.succeeded and judgement.operation_id is not None:
            tally.successes[judgement.operation_id] += 1
    return tally


def _of_quirks(decisions: Sequence[Decision]) -> list[Difference]:
    return [
        Difference(
            EVERY,
            "quirk",
            each.name,
            "quirk",
            each.before,
            each.value,
            each.evidence,
            each.evidence,
            Known(INFERRED.provenance, QUIRKS[each.name].why),
        )
        for each in decisions
        if each.value is not None and each.differs
    ]


def _of_checks(tally: Tally, corrections: Corrections | None) -> list[Difference]:
    found = []
    for check in tally:
        for seen, count in check.outcomes.items():
            if not seen.kind:
                continue
            parent = tally.of(check.operation, correcting.parent_place(check.place))
            found.append(
                Difference(
                    check.operation,
                    check.area,
                    check.place,
                    seen.kind,
                    check.ours,
                    seen.text,
                    count,
                    correcting.samples(check, seen, parent),
                    check.known,
                    check.requests[seen],
                    correcting.correction(check, seen, parent),
                )
            )
    return found


def _with_reason(difference: Difference, known: Sequence[Ignored]) -> Difference:
    found = next(
        (each for each in known if each.matches(difference.operation, difference.place)), None
    )
    return Difference(**{**vars(difference), "ignored": found})


def _unseen_fields(
    tally: Tally, schemas: Schemas, registry: Registry
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return, by operation that succeeded, the fields without a value and the empty lists."""
    nulls: dict[str, tuple[str, ...]] = {}
    empty: dict[str, tuple[str, ...]] = {}
    for operation in registry:
        schema = schemas.envelope(operation)
        name = operation.operation_id
        if schema is None or not tally.successes[name]:
            continue
        checks = {
            each.place: each
            for each in tally
            if each.operation == name and each.area in ("fields", "envelope")
        }
        fields = [place for place in places(schema) if not place.startswith(("_links", "_meta"))]
        unseen = [place for place in fields if place not in checks or checks[place].is_only_null]
        lists = [place for place, check in checks.items() if check.is_only_empty]
        # What is in a field that was not seen is not listed again.
        top = tuple(each for each in unseen if correcting.parent_place(each) not in unseen)
        if top:
            nulls[name] = top
        if lists:
            empty[name] = tuple(lists)
    return {"only_null": nulls, "only_empty": empty}

"""Which quirks the vendor has: of each, the value with which the mock differs least."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from talentlms_mock.portal.state.settings import QUIRKS
from talentlms_mock.verify.exchange import Seen
from talentlms_mock.verify.judge import Judge, Judgement

_ROUNDS = 4
_ALIKE = 40
"""How many exchanges of one operation and status are looked at: more of them decide nothing."""


@dataclass(frozen=True)
class Decision:
    """What the exchanges say of one quirk.

    Args:
        name: of the quirk.
        before: its value in the mock that was compared.
        value: the value that agrees with what was seen; None where that could not be decided.
        evidence: how many exchanges depend on it.
    """

    name: str
    before: str
    value: str | None
    evidence: int

    @property
    def differs(self) -> bool:
        """Whether the mock has another value."""
        return self.value is not None and self.value != self.before


def decide(
    judge: Judge, exchanges: Sequence[Seen], quirks: Mapping[str, str]
) -> tuple[dict[str, str], list[Decision]]:
    """Return the quirks with which the mock differs least, and what was decided of each.

    Args:
        judge: judges the exchanges.
        exchanges: what was seen.
        quirks: those of the mock that is compared.
    """
    current = dict(quirks)
    few = _few_of_each(judge, exchanges, current)
    decisions: list[Decision] = []
    for _ in range(_ROUNDS):  # one quirk may hide what another is about
        judged = [judge.judge(seen, current) for seen in few]
        decisions = [_decision(name, judge, few, judged, current, quirks[name]) for name in QUIRKS]
        found = current | {each.name: each.value for each in decisions if each.value is not None}
        if found == current:
            break
        current = found
    return current, decisions


def _decision(
    name: str,
    judge: Judge,
    exchanges: Sequence[Seen],
    judged: Sequence[Judgement],
    current: Mapping[str, str],
    before: str,
) -> Decision:
    totals: Counter[str] = Counter()
    evidence = 0
    for seen, judgement in zip(exchanges, judged, strict=True):
        if name not in judgement.consulted:
            continue
        counts = {current[name]: judgement.distance}
        for value in QUIRKS[name].values:
            if value not in counts:
                counts[value] = judge.judge(seen, {**current, name: value}).distance
        if len(set(counts.values())) > 1:
            evidence += 1
            totals.update(counts)
    if not evidence:
        return Decision(name, before, None, 0)
    least = min(totals[value] for value in QUIRKS[name].values)
    best = [value for value in QUIRKS[name].values if totals[value] == least]
    return Decision(name, before, best[0] if len(best) == 1 else None, evidence)


def _few_of_each(judge: Judge, exchanges: Sequence[Seen], quirks: Mapping[str, str]) -> list[Seen]:
    counts: Counter[tuple[str | None, int]] = Counter()
    kept = []
    for seen in exchanges:
        key = judge.operation_id(seen, quirks), seen.status
        counts[key] += 1
        if counts[key] <= _ALIKE:
            kept.append(seen)
    return kept

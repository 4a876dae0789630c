import pytest

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.state.settings import Settings
from talentlms_mock.portal.state.task_rule import TaskRule, task_rule


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("polls:2", TaskRule("polls", 2)),
        ("seconds:30", TaskRule("seconds", 30)),
        ("at-once", TaskRule("at-once")),
        ("manual", TaskRule("manual")),
        ("stuck", TaskRule("stuck")),
    ],
)
def test_a_rule_is_one_text(text: str, rule: TaskRule) -> None:
    assert task_rule(text) == Settings(tasks=text).task_rule == rule


def test_the_default() -> None:
    assert Settings().task_rule == TaskRule("polls", 2)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "polls",
            "The rule 'polls' for tasks has no number: write polls:N, where N is at least 1.",
        ),
        ("polls:0", "The rule 'polls:0' for tasks has no number: write polls:N"),
        ("seconds:-1", "The rule 'seconds:-1' for tasks has no number: write seconds:N"),
        ("seconds:1.5", "The rule 'seconds:1.5' for tasks has no number: write seconds:N"),
        ("atonce", "There is no rule 'atonce' for tasks (did you mean 'at-once'?)."),
        (
            "",
            "There is no rule '' for tasks (known are at-once, manual, polls:N",
        ),
    ],
)
def test_what_is_no_rule_is_refused_in_one_sentence(text: str, problem: str) -> None:
    with pytest.raises(SetupError) as refused:
        Settings(tasks=text)
    assert str(refused.value).startswith(problem)
    assert str(refused.value).endswith(".")

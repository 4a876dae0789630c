"""A portal that is written as a dataset can be made again from the file."""

from pathlib import Path
from typing import Any

import pytest

from talentlms_mock import Portal
from talentlms_mock.errors import SetupError
from talentlms_mock.portal.seed.definition import load
from tests.conftest import NewPortal

_NOW = "2025-08-01T09:30:00Z"
_MOMENTS = ("created_in_days", "registered_in_days", "last_login_in_days", "age_in_days")


def _read(path: Path) -> dict[str, Any]:
    return load(str(path)).model_dump()


def _without_moments(content: Any) -> Any:
    """Return a dataset without what is drawn: hours, and how many have a value of a field."""
    if isinstance(content, dict):
        left_out = (*_MOMENTS, "share", "values") if "mandatory" in content else _MOMENTS
        return {k: _without_moments(v) for k, v in content.items() if k not in left_out}
    return [_without_moments(one) for one in content] if isinstance(content, list) else content


@pytest.mark.parametrize("dataset", ["demo", "messy", "empty"])
def test_what_a_dataset_names_comes_back(
    dataset: str, new_portal: NewPortal, tmp_path: Path
) -> None:
    first = new_portal(dataset=dataset, users=0 if dataset == "empty" else 30, clock=_NOW)
    file, again = tmp_path / "mine.toml", tmp_path / "again.toml"
    first.save_dataset(file)
    second = new_portal(dataset=str(file), clock=_NOW)
    second.save_dataset(again)
    one, other = _without_moments(_read(file)), _without_moments(_read(again))
    for name in one:
        assert one[name] == other[name], name
    assert [_of_user(user) for user in first.users] == [_of_user(user) for user in second.users]
    assert _in_days(_read(file), _read(again)) < 4


def _of_user(user: Any) -> tuple[Any, ...]:
    return user.login, user.name, user.surname, user.email, user.user_type, user.status


def _in_days(one: dict[str, Any], other: dict[str, Any]) -> float:
    """Return by how many days the moments of people differ at most."""
    return max(
        (
            abs((left[name] or 0) - (right[name] or 0))
            for left, right in zip(one["people"], other["people"], strict=True)
            for name in ("registered_in_days", "last_login_in_days")
        ),
        default=0.0,
    )


def test_who_is_in_what_stays(new_portal: NewPortal, tmp_path: Path) -> None:
    first = new_portal(dataset="empty", clock=_NOW)
    ada, bob, eve = (first.add_user(name) for name in ("ada", "bob", "eve"))
    fire = first.add_course("Fire drill", units=["Read this"])
    first.add_group("Wardens", users=[ada, bob], courses=[fire])
    first.add_group("Nobody")
    first.add_branch("North", users=[eve], courses=[fire])
    first.add_learning_path("Induction", courses=[fire], users=[bob])
    first.save_dataset(tmp_path / "mine.toml")
    second = new_portal(dataset=str(tmp_path / "mine.toml"), clock=_NOW)
    assert _members(second) == {"Wardens": ["ada", "bob"], "Nobody": [], "North": ["eve"]}


def _members(portal: Portal) -> dict[str, list[str]]:
    with portal.httpx_client() as client:
        return {
            holder.name: [
                user["login"] for user in client.get(f"/{kind}/{holder.id}/users").json()["_data"]
            ]
            for kind, holders in (("groups", portal.groups), ("branches", portal.branches))
            for holder in holders
        }


def test_people_can_edit_it(new_portal: NewPortal, tmp_path: Path) -> None:
    first = new_portal(dataset="empty", clock=_NOW)
    first.add_course("Fire drill", units=["Read this"])
    file = tmp_path / "mine.toml"
    first.save_dataset(file)
    text = file.read_text(encoding="utf-8")
    assert text.startswith(
        "# A dataset of talentlms-mock: talentlms-mock serve --dataset mine.toml\n"
    )
    file.write_text(text.replace("Fire drill", "First aid"), encoding="utf-8")
    assert [course.name for course in new_portal(dataset=str(file)).courses] == ["First aid"]


def test_a_member_must_be_one_of_the_people(tmp_path: Path, new_portal: NewPortal) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('name = "A"\n[[groups]]\nname = "G"\nmembers = ["ada"]\n', encoding="utf-8")
    with pytest.raises(SetupError, match="there is no person with the login 'ada'"):
        new_portal(dataset=str(file))


def test_a_file_that_cannot_be_written(new_portal: NewPortal, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"^Cannot write .*: No such file or directory"):
        new_portal(dataset="empty").save_dataset(tmp_path / "no" / "mine.toml")

"""The files of named portals: what is built in, and what is said of a file that is wrong."""

import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from zoneinfo import available_timezones

import pytest

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.rules.users import custom_value
from talentlms_mock.portal.seed import definition
from talentlms_mock.portal.seed.parts import USER_TYPES
from talentlms_mock.portal.store.row_types import CourseFieldRow

BUILT_IN = ["demo", "empty", "large", "messy"]

WriteFile = Callable[[str], str]


@pytest.fixture
def write_file(tmp_path: Path) -> WriteFile:
    """Write a portal file and return its path."""

    def write(text: str) -> str:
        path = tmp_path / "portal.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_built_in_portals_are_those_of_the_folder() -> None:
    assert definition.built_in_names() == BUILT_IN


@pytest.mark.parametrize(
    ("name", "users"), [("demo", 50), ("empty", 0), ("large", 10_000), ("messy", 101)]
)
def test_built_in_portal_has_its_number_of_users(name: str, users: int) -> None:
    assert definition.load(name).users == users


@pytest.mark.parametrize("name", BUILT_IN)
def test_time_zones_of_built_in_portals_exist(name: str) -> None:
    site = definition.load(name)
    zones = {zone for language in site.languages for zone in language.timezones}
    zones |= {person.timezone for person in site.people if person.timezone}
    zones |= {branch.default_timezone for branch in site.branches} | {site.default_timezone}

    assert zones <= available_timezones()


@pytest.mark.parametrize("name", BUILT_IN)
def test_urls_and_emails_of_built_in_portals_are_on_reserved_domains(name: str) -> None:
    site = definition.load(name)
    places = [person.email.partition("@")[2].lower() for person in site.people]
    urls = [badge.image_url for badge in site.badges]
    urls += [course.intro_video for course in site.courses if course.intro_video]
    places += [url.split("/")[2].partition(".")[2] for url in urls]

    assert set(places) <= {"example.com", "example.org", "example.net"}


def test_course_fields_of_demo_have_values_that_they_may_have() -> None:
    site = definition.load("demo")
    fields = {field.name: field for field in site.course_fields}

    for course in site.courses:
        for name, value in course.fields.items():
            field = fields[name]
            if field.type == "dropdown":
                assert value in field.values
            else:
                row = CourseFieldRow(
                    id=1,
                    key=field.name,
                    name=field.name,
                    type=field.type,
                    mandatory=False,
                    visible_on_reports=True,
                    visible_to_learners=True,
                    dropdown_values=None,
                    default_value=None,
                    checkbox_status="off",
                    selective_availability=False,
                    main_domain_availability=True,
                    position=1,
                )
                assert custom_value(row, value) == value


def test_demo_covers_what_a_course_can_be() -> None:
    site = definition.load("demo")
    units = [unit for course in site.courses for unit in course.units]

    assert {unit.type for unit in units} == {
        "content", "video", "test", "survey", "assignment", "scorm", "ilt"
    }  # fmt: skip
    assert all(len(unit.questions) >= 3 for unit in units if unit.type == "test")
    assert {course.status for course in site.courses} == {"active", "inactive"}
    assert any((course.expires_in_days or 0) < 0 for course in site.courses)
    assert any((course.starts_in_days or 0) > 0 for course in site.courses)
    assert any(course.is_hidden_from_catalog for course in site.courses)
    assert {person.user_type for person in site.people} == set(USER_TYPES)


def test_unknown_name_says_the_nearest() -> None:
    with pytest.raises(
        SetupError, match=r"^There is no dataset 'demmo' \(did you mean 'demo'\?\)\.$"
    ):
        definition.load("demmo")


def test_built_in_portal_is_read_once() -> None:
    assert definition.load("demo") is definition.load("demo")


def test_path_is_what_has_a_separator_or_ends_in_toml(tmp_path: Path) -> None:
    file = tmp_path / "site"
    file.write_text('name = "Mine"\nusers = 3\n')

    assert definition.load(f"{tmp_path}{os.sep}site").users == 3
    with pytest.raises(SetupError, match=r"none\.toml cannot be read: No such file"):
        definition.load("none.toml")


def test_file_may_extend_a_built_in_portal(write_file: WriteFile) -> None:
    site = definition.load(write_file('extends = "demo"\nname = "Mine"\nusers = 3\n'))

    assert (site.name, site.users) == ("Mine", 3)
    assert site.courses == definition.load("demo").courses


def test_file_may_extend_another_beside_it(write_file: WriteFile, tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text('name = "Base"\nusers = 4\n')

    assert definition.load(write_file('extends = "base.toml"\n')).users == 4


def test_file_that_extends_itself_is_refused(write_file: WriteFile) -> None:
    with pytest.raises(SetupError, match=r"extends itself\.$"):
        definition.load(write_file('extends = "./portal.toml"\n'))


def test_fingerprint_is_of_the_content(write_file: WriteFile) -> None:
    first = definition.load(write_file('name = "Mine"\n')).fingerprint

    assert definition.load(write_file('# A remark.\nname = "Mine"\n')).fingerprint == first
    assert definition.load(write_file('name = "Yours"\n')).fingerprint != first


NAMED = 'name = "X"\n'
COURSE = 'name = "X"\n[[courses]]\nname = "C"\n'
UNIT = COURSE + '[[courses.units]]\nname = "U"\n'
QUESTION = '[[courses.units.questions]]\ntext = "Q"\nanswers = ["a", "b"]\n'
PERSON = '\n[[people]]\nlogin = "ada"\nname = "A"\nsurname = "B"\nemail = "ada@example.com"\n'
FIELD = '[[user_fields]]\nname = "F"\ntype = "text"\n'
TAKEN = (
    UNIT
    + PERSON
    + "registered_in_days = -90\nlast_login_in_days = -1\n[[people.courses]]\n"
    + 'course = "C"\nends_in_days = -20\n'
)
LATER = """[[people.courses]]
course = "E"
ends_in_days = -10
[[courses]]
name = "D"
[[courses]]
name = "E"
prerequisites = ["C", "D"]
"""

MISPLACED = "courses.1.units.1: a test or a survey has questions, and no other unit"

WRONG = {
    "users = 1": "name: Field required.",
    'name = "X"\nuser = 3': "user is not a known key (did you mean 'users'?).",
    'name = "X"\nusers = "3"': "users: Input should be a valid integer.",
    'name = "X"\nusers = -1': "users: Input should be greater than or equal to 0.",
    COURSE + 'categry = "Y"': "courses.1.categry is not a known key (did you mean 'category'?).",
    COURSE + 'category = "Y"': "there is no category 'Y', nor any other.",
    COURSE
    + "[[groups]]\nname = 'G'\ncourses = ['c']": "there is no course 'c' (did you mean 'C'?).",
    UNIT + 'type = "vidoe"': "courses.1.units.1.type cannot be 'vidoe' (did you mean 'video'?).",
    UNIT + 'type = "test"': MISPLACED,
    UNIT + QUESTION: MISPLACED,
    UNIT + 'type = "test"\n' + QUESTION: "each multiple choice of a test has a correct answer.",
    UNIT + QUESTION + 'correct = ["c"]': "there is no answer 'c' (known are a, b).",
    UNIT + "sessions = [{ name = 'S', starts_in_days = 1 }]": "only a unit of the type ilt has",
    NAMED + PERSON + PERSON: "the login 'ada' is there twice.",
    NAMED + PERSON + 'locale = "en-UK"': "there is no locale 'en-UK' (did you mean 'en-US'?).",
    NAMED + PERSON + "deactivates_in_days = -1": "a user is inactive when its day of",
    NAMED
    + PERSON
    + "never_logged_in = true\nlast_login_in_days = -1": "has no last_login_in_days.",
    TAKEN.replace("last_login_in_days", "#"): "a user with courses has registered_in_days and",
    TAKEN.replace("ends_in_days = -20", "ends_in_days = -1.5"): "a user registers first, ends",
    TAKEN.replace("\n[[people.courses]]", "\narchived_in_days = -5\n[[people.courses]]"): (
        "and is archived after that."
    ),
    TAKEN.replace("ends_in_days = -20", "ends_in_days = -99"): "the course is not open so long.",
    TAKEN.replace("registered_in_days = -90", "registered_in_days = -22"): (
        "'ada' needs a day for each unit of 'C', and the course is not open so long."
    ),
    TAKEN.replace('name = "C"', 'name = "C"\nstatus = "inactive"'): "take 'C': it is inactive.",
    TAKEN.replace('name = "U"', 'name = "U"\ntype = "ilt"'): "taken 'C': it has sessions.",
    TAKEN + "awaits_grade = true": "'ada' waits for no grade in 'C': no unit of it has one.",
    TAKEN.replace('course = "C"', 'course = "D"'): "there is no course 'D' (known are C).",
    TAKEN + LATER: "'ada' takes 'E' before what it needs.",
    NAMED + FIELD + 'default = "a"': "only a field of the type dropdown has a default.",
    NAMED + FIELD.replace("text", "dropdown") + 'values = ["b"]\ndefault = "a"': (
        "user_fields.1: there is no value 'a'"
    ),
    NAMED + FIELD + 'checkbox_status = "on"': "only a field of the type checkbox can be on.",
    NAMED + FIELD + 'branches = ["B"]': "a field with branches has selective_availability = true.",
    NAMED + FIELD + 'selective_availability = true\nbranches = ["B"]': (
        "there is no branch 'B', nor any other."
    ),
    f'name = "{"x" * 192}"': "name: String should have at most 191 characters.",
    "name = ": "is not TOML: Invalid value (at ",
    "extends = 1": "must name what it extends as a string.",
}


@pytest.mark.parametrize("text", WRONG)
def test_wrong_file_is_refused_in_a_sentence_that_says_where(
    write_file: WriteFile, text: str
) -> None:
    with pytest.raises(SetupError) as refusal:
        definition.load(write_file(text))

    assert WRONG[text] in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert "portal.toml" in str(refusal.value)


def test_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes('name = "Ü"'.encode("latin-1"))

    with pytest.raises(SetupError, match=r"is not UTF-8\.$"):
        definition.load(str(tmp_path / "latin.toml"))


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_files_stand_in_the_fixtures(name: str) -> None:
    folder = Path(__file__).parents[3] / "fixtures" / "datasets"

    assert tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))["name"]

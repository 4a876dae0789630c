from typing import Any

import pytest

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.state.settings import PLANS, PRESETS, QUIRKS, Settings


def test_the_defaults() -> None:
    settings = Settings()
    assert (settings.domain, settings.api_key) == ("samples", "mock-api-key")
    assert (settings.plan, settings.limit, settings.burst_limit) == ("core", 2000, 200)
    assert settings.preset == "documented"
    assert settings.quirks == {
        "error_shape": "wrapped",
        "coercion": "strict",
        "version_header": "required",
        "edge_links": "self",
        "link_scheme": "same",
        "page_size_over_limit": "reject",
        "accept": "lenient",
        "unknown_query": "ignore",
        "unknown_body_field": "ignore",
        "duplicate_status": "400",
        "patch_user_status": "required",
        "group_detail_users": "omit",
        "last_updated_moves": "profile",
        "retry_after": "off",
        "next_page_encoding": "literal",
    }


@pytest.mark.parametrize("plan", [plan for plan in PLANS if plan != "custom"])
def test_a_plan_has_its_limit(plan: str) -> None:
    assert Settings(plan=plan).limit == PLANS[plan]
    assert Settings(plan=plan, hourly_limit=5).limit == 5


@pytest.mark.parametrize("name", QUIRKS)
def test_every_value_of_a_quirk_can_be_set(name: str) -> None:
    for value in QUIRKS[name].values:
        assert Settings(quirks={name: value}).quirks[name] == value


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"plan": "cor"}, "There is no plan 'cor' (did you mean 'core'?)."),
        ({"plan": "custom"}, "The plan 'custom' has no limit of its own"),
        ({"hourly_limit": 0}, "The hourly limit must be at least 1, not 0."),
        ({"burst_limit": 0}, "The burst limit must be at least 1, not 0."),
        ({"quirks": {"error_shap": "flat"}}, "(did you mean 'error_shape'?)."),
        ({"preset": "record"}, "There is no preset 'record' (did you mean 'recorded'?)."),
        ({"quirks": {"error_shape": "round"}}, "The quirk 'error_shape' has no value 'round'"),
        ({"domain": "a.b"}, "The domain 'a.b' is not one label of a host name"),
        ({"domain": ""}, "The domain '' is not one label of a host name"),
        ({"domain": "x" * 64}, "is not one label of a host name"),
        ({"api_key": "a b"}, "The API key must be printable ASCII without spaces."),
        ({"api_key": ""}, "The API key must be printable ASCII without spaces."),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(options: Any, problem: str) -> None:
    with pytest.raises(SetupError) as refused:
        Settings(**options)
    assert problem in str(refused.value)
    assert str(refused.value).endswith(".")


def test_a_domain_has_no_case() -> None:
    assert Settings(domain="ACME").domain == "acme"


RECORDED = {"error_shape": "recorded", "coercion": "recorded"}


def test_the_default_of_a_quirk_comes_first() -> None:
    assert Settings().quirks == {name: quirk.values[0] for name, quirk in QUIRKS.items()}


def test_a_preset_is_several_quirks_at_once() -> None:
    assert PRESETS == {"documented": {}, "recorded": RECORDED}
    settings = Settings(preset="recorded")
    assert settings.preset == "recorded"
    assert settings.quirks == {**Settings().quirks, **RECORDED}


def test_a_quirk_is_over_the_preset() -> None:
    settings = Settings(preset="recorded", quirks={"coercion": "strict", "accept": "strict"})
    assert settings.quirks == {
        **Settings().quirks,
        "error_shape": "recorded",
        "accept": "strict",
    }


def test_a_quirk_changes_while_the_preset_stays() -> None:
    settings = Settings(preset="recorded")
    settings.set_quirk("error_shape", "flat")
    assert (settings.preset, settings.quirks["error_shape"]) == ("recorded", "flat")
    assert settings.quirks["coercion"] == "recorded"
    with pytest.raises(SetupError, match="has no value 'round'"):
        settings.set_quirk("error_shape", "round")
    assert settings.quirks["error_shape"] == "flat"


def test_another_preset_takes_every_quirk_from_it() -> None:
    settings = Settings(quirks={"accept": "strict"})
    settings.set_preset("recorded")
    assert (settings.preset, settings.quirks) == ("recorded", Settings(preset="recorded").quirks)
    with pytest.raises(SetupError, match="There is no preset 'observed'"):
        settings.set_preset("observed")
    assert (settings.preset, settings.quirks) == ("recorded", Settings(preset="recorded").quirks)
    settings.set_preset("documented")
    assert (settings.preset, settings.quirks) == ("documented", Settings().quirks)


def test_what_was_saved_has_the_preset() -> None:
    settings = Settings(preset="recorded", quirks={"accept": "strict"})
    state = settings.save()
    settings.set_preset("documented")
    settings.restore(state)
    assert settings.save() == state
    assert Settings(**state).save() == state
    settings.set_quirk("accept", "lenient")
    assert state["quirks"]["accept"] == "strict"

from typing import Any

import pytest

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.state.settings import PLANS, QUIRKS, Settings


def test_the_defaults() -> None:
    settings = Settings()
    assert (settings.domain, settings.api_key) == ("samples", "mock-api-key")
    assert (settings.plan, settings.limit, settings.burst_limit) == ("core", 2000, 200)
    assert settings.quirks == {
        "error_shape": "wrapped",
        "edge_links": "self",
        "page_size_over_limit": "reject",
        "accept": "lenient",
        "unknown_query": "ignore",
        "unknown_body_field": "ignore",
        "patch_user_status": "required",
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

"""The settings of a branch that the vendor's pages change, and the API only shows.

The defaults are those of a branch that was recorded (operations.md, 46 and 47).
"""

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

from talentlms_mock.portal.rules.field_types import Count, Money, Text

_STRICT = ConfigDict(strict=True, extra="forbid")


@with_config(_STRICT)
class Theme(TypedDict, total=False):
    """What a branch looks like."""

    id: Text
    active: bool
    default: bool
    name: Text | None
    primary_color: Text | None


@with_config(_STRICT)
class BadgeSet(TypedDict, total=False):
    """Which badges its users can unlock."""

    id: Count
    name: Text


@with_config(_STRICT)
class Subscription(TypedDict, total=False):
    """What access to all courses costs."""

    enabled: bool
    fee: Money | None
    interval: Text
    is_first_month_free: bool
    active_subscriptions: Count | None


@with_config(_STRICT)
class Ecommerce(TypedDict, total=False):
    """How a branch sells its courses."""

    processor: Text | None
    currency: Text
    paypal_email_address: Text | None
    subscription: Subscription
    are_credits_enabled: bool


_THEME: Theme = {
    "id": "defaultBlue",
    "active": True,
    "default": True,
    "name": None,
    "primary_color": None,
}
_BADGE_SET: BadgeSet = {"id": 1, "name": "Old school"}
_SUBSCRIPTION: Subscription = {
    "enabled": False,
    "fee": None,
    "interval": "monthly",
    "is_first_month_free": False,
    "active_subscriptions": None,
}
_UNSET = (
    "logo",
    "favicon",
    "announcement_internal",
    "announcement_external",
    "user_verification",
    "restrict_user_registration_domains",
    "restrict_total_registered_users",
    "terms_of_service",
)


def branch_settings(values: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """Return the columns of a branch's settings; those without a value have their defaults.

    Args:
        values: the settings by name, of `theme`, `badge_set` and `ecommerce` what differs from the
            defaults; other values are left out.
        currency: that of the portal.
    """
    ecommerce: Ecommerce = values.get("ecommerce", {})
    sold: Ecommerce = {
        "processor": None,
        "currency": currency,
        "paypal_email_address": None,
        "subscription": _SUBSCRIPTION,
        "are_credits_enabled": False,
        **ecommerce,
    }
    sold["subscription"] = {**_SUBSCRIPTION, **ecommerce.get("subscription", {})}
    return {
        "theme": _json({**_THEME, **values.get("theme", {})}),
        "signup": values.get("signup", "direct"),
        "disallow_access_to_main_domain": values.get("disallow_access_to_main_domain", True),
        **{name: values.get(name) for name in _UNSET},
        "badge_set": _json({**_BADGE_SET, **values.get("badge_set", {})}),
        "ecommerce": _json(sold),
    }


def _json(value: object) -> str:
    return orjson.dumps(value).decode()

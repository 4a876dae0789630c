"""How well something of the vendor's API is known, and from where."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue

Provenance = Literal["verified", "documented", "recorded", "observed", "inferred"]


@dataclass(frozen=True)
class Known:
    """How well something is known, and from where.

    In the annotation of a field it marks what differs from the rest of the operation,
    `role: Annotated[str, OBSERVED]`, and shows in the field's JSON schema as `x-fidelity`.
    """

    provenance: Provenance
    source: str

    def as_data(self) -> dict[str, str]:
        """Return what the OpenAPI document carries as `x-fidelity`."""
        return {"known": self.provenance, "source": self.source}

    def __get_pydantic_json_schema__(
        self, core_schema: Any, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(core_schema), "x-fidelity": self.as_data()}


def verified(day: date) -> Known:
    """Somebody saw it on a live portal, or in a recording, with `talentlms-mock verify`."""
    return Known("verified", f"on {day}")


def documented(source: str = "vendor OpenAPI") -> Known:
    """The vendor publishes it."""
    return Known("documented", source)


def recorded(source: str = "examples of the vendor's API collection") -> Known:
    """A server of the vendor answered it."""
    return Known("recorded", source)


def observed(source: str) -> Known:
    """Integrations written against live portals show it."""
    return Known("observed", source)


def inferred(source: str = "our decision") -> Known:
    """Nobody publishes it."""
    return Known("inferred", source)


DOCUMENTED = documented()
RECORDED = recorded()
INFERRED = inferred()
OBSERVED = observed("response fields of the universal API reference")
OBSERVED_TOOL = observed("public tool list of the usefulapi connector")
OBSERVED_V1 = observed("public clients of the first version of the API")


@dataclass(frozen=True)
class Rule:
    """Something that an operation does, known better or worse than the operation itself."""

    text: str
    known: Known = INFERRED

"""The names of seeded users, drawn from Faker once for each portal.

The only module that imports Faker, which takes longer than a seeded template takes to read:
whoever imports it does so when there is really something to seed.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from faker import Faker

from talentlms_mock.portal.seed.parts import Language

_NAMES = 400
_SENTENCES = 60

Spelled = tuple[str, str]
"""A name, and how it is spelled in a login: lower case letters of ASCII, or nothing."""


@dataclass(frozen=True)
class Names:
    """The first and last names of one language, and what users say of themselves."""

    first: list[Spelled]
    last: list[Spelled]
    descriptions: list[str]


def draw(languages: Sequence[Language], seed: int) -> list[Names]:
    """Return the names of each language, in their order; the same for the same seed."""
    return [_draw(language, seed) for language in languages]


def in_login(name: str) -> str:
    """Return the letters of `name` in lower case and ASCII, as far as it has any."""
    bare = unicodedata.normalize("NFKD", name.replace("ß", "ss").replace("ı", "i"))
    return "".join(char for char in bare if char.isascii() and char.isalpha()).lower()


def _draw(language: Language, seed: int) -> Names:
    faker = Faker(language.names, use_weighting=False)
    faker.seed_instance(seed)
    first = [faker.first_name() for _ in range(_NAMES)]
    last = [faker.last_name() for _ in range(_NAMES)]
    return Names(
        [(name, in_login(name)) for name in first],
        [(name, in_login(name)) for name in last],
        language.descriptions or [faker.sentence(12) for _ in range(_SENTENCES)],
    )

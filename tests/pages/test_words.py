"""The words of the pages in other languages."""

import pytest

from talentlms_mock.pages.words import _TRANSLATED, ENGLISH, words_in
from talentlms_mock.portal.rules.users import LOCALES


@pytest.mark.parametrize("language", sorted(_TRANSLATED))
def test_every_language_has_every_word(language: str) -> None:
    assert len(_TRANSLATED[language].split(" ")) == len(ENGLISH)
    assert any(locale.startswith(f"{language}-") for locale in LOCALES)


@pytest.mark.parametrize("locale", ["en-US", "ka-GE", ""])
def test_other_languages_have_the_english_words(locale: str) -> None:
    assert [words_in(locale)(word) for word in ENGLISH] == list(ENGLISH)


def test_a_word_says_its_language() -> None:
    assert words_in("fr-FR")("Password") == '<span lang="fr-FR">Mot\u00a0de\u00a0passe</span>'

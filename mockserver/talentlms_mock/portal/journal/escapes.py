"""The ways in which a text hides in another: percent signs, JSON, HTML, base64."""

import html
import re
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote, unquote

import orjson

_MOST_LAYERS = 3
_IN_JSON = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_CONTROL = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_LETTERS = {character: letter for letter, character in _CONTROL.items()}
_ENTITIES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
_BACKSLASHES = r"(?:\\|%(?:25)*5[cC])+"
_SHORTEST_CORE = 5


def views(text: str) -> Iterator[str]:
    """Give a text as it is, and then with its escapes taken away layer by layer."""
    # In a form, a plus sign is a space; in base64, and in a path, it is itself.
    for outer in dict.fromkeys((text, text.replace("+", " "))):
        yield outer
        view = outer
        for _ in range(_MOST_LAYERS):
            inner = _unescaped(view)
            if inner == view:
                break
            yield inner
            view = inner


def _unescaped(text: str) -> str:
    if "\\" in text:
        text = _IN_JSON.sub(_character_in_json, text)
        # An escape for each half of a pair stands for one character.
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    if "%" in text:
        text = unquote(text, errors="surrogateescape")
    return html.unescape(text) if "&" in text else text


def _character_in_json(found: re.Match[str]) -> str:
    if found[1] is not None:
        return chr(int(found[1], 16))
    return _CONTROL.get(found[2], found[2])


def pattern(text: str) -> str:
    """Return a regular expression for `text`, each of its characters plain or escaped."""
    return "".join(map(_character, text))


def _character(character: str) -> str:
    utf8 = character.encode("utf-8", "surrogateescape")
    percent = "".join(f"(?i:%(?:25)*{byte:02x})" for byte in utf8)
    forms = [
        re.escape(character),
        percent,
        "".join(f"{_BACKSLASHES}(?i:u{unit})" for unit in _units(character)),
        rf"(?i:&(?:amp;)*\#(?:0*{ord(character)}|x0*{ord(character):x});)",
    ]
    if character in _ENTITIES:
        forms.append(f"&(?:amp;)*{_ENTITIES[character]};")
    if character in _LETTERS:
        forms.append(f"{_BACKSLASHES}{_LETTERS[character]}")
    if character in "\"'/":
        forms.append(f"{_BACKSLASHES}(?:{character}|{percent})")
    if character == "\\":
        forms.append(_BACKSLASHES)
    if character == " ":
        forms.append(r"\+")
    return f"(?:{'|'.join(reversed(forms))})"  # the longest first


def _units(character: str) -> list[str]:
    """Return the UTF-16 code units of a character in hexadecimal."""
    content = character.encode("utf-16-be", "surrogatepass").hex()
    return [content[at : at + 4] for at in range(0, len(content), 4)]


def spellings(text: str) -> set[str]:
    """Return what a text is written as where something encodes it as a whole, but in base64."""
    return {
        text,
        quote(text, safe="", errors="surrogateescape"),
        orjson.dumps(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")).decode()[
            1:-1
        ],
    }


def base64_cores(text: str) -> set[str]:
    """Return what base64 has of `text` wherever in the encoded text it begins.

    The characters at both ends, which also depend on the neighbours, are not in it.
    """
    content = text.encode("utf-8", "surrogateescape")
    cores = set()
    for before, skipped in enumerate((0, 2, 3)):
        bits = 8 * (before + len(content))
        core = b64encode(bytes(before) + content).decode()[skipped : bits // 6]
        if len(core) >= _SHORTEST_CORE:
            cores |= {core, core.translate(_URL_SAFE)}
    return cores


_URL_SAFE = str.maketrans("+/", "-_")

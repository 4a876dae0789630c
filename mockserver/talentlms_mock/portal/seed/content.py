"""The pictures and descriptions of seeded users and courses."""

from html import escape

import orjson

_CDN = "https://cdn.example.com"
_SIZES = {"default": 200, "sm": 40, "md": 80, "lg": 200, "xl": 400}


def picture(path: str) -> str:
    """Return the JSON of a picture in the five sizes."""
    return orjson.dumps(
        {size: f"{_CDN}/{path}_{pixels}.png" for size, pixels in _SIZES.items()}
    ).decode()


def as_json(value: object) -> str:
    """Return the JSON of a value, as a column has it."""
    return orjson.dumps(value).decode()


def in_html(text: str | None) -> str | None:
    """Return plain text as a paragraph of HTML."""
    return None if text is None else f"<p>{escape(text, quote=False)}</p>"

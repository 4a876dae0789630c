"""A certificate as a PDF document."""

import unicodedata
from collections.abc import Iterator
from io import BytesIO
from itertools import groupby
from pathlib import Path

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from talentlms_mock.portal.pages.certificates import CertificatePage

MAIN_FONT = "DejaVu Sans"
_FILE = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"
# Viewers have these themselves: they are in no document.
_KOREAN, _JAPANESE, _CHINESE = "HYSMyeongJo-Medium", "HeiseiMin-W3", "STSong-Light"
_SIZES = (30.0, 26.0, 22.0, 18.0, 15.0, 12.0, 9.0)
"""The sizes of letters for a text of any length, the largest that fits first, in points."""

WIDTH, HEIGHT = landscape(A4)
_TEXT_WIDTH = WIDTH - 160
_INK, _SOFT, _ACCENT = HexColor("#1f2333"), HexColor("#5a5f73"), HexColor("#3d4f9f")
_NOT_REAL = "Made by talentlms-mock for tests. This is not a certificate of TalentLMS or anybody."

_main = TTFont(MAIN_FONT, str(_FILE))
registerFont(_main)
for _name in (_KOREAN, _JAPANESE, _CHINESE):
    registerFont(UnicodeCIDFont(_name))

Run = tuple[str, str]
"""A font, and a piece of text in it."""


def certificate_document(certificate: CertificatePage, site: str) -> bytes:
    """Return a certificate as a PDF of one page, the same for the same certificate.

    Args:
        certificate: what it says.
        site: the title of the portal or branch.
    """
    file = BytesIO()
    canvas = Canvas(file, pagesize=(WIDTH, HEIGHT), invariant=True)
    canvas.setTitle(f"{certificate.name}: {certificate.full_name}")
    canvas.setAuthor(site)
    canvas.setSubject(certificate.course)
    canvas.setStrokeColor(_ACCENT)
    for margin, width in ((28, 3), (35, 0.75)):
        canvas.setLineWidth(width)
        canvas.rect(margin, margin, WIDTH - 2 * margin, HEIGHT - 2 * margin)
    top = HEIGHT - 88
    canvas.setFillColor(_SOFT)
    top = _block(canvas, site, top, largest=15)
    canvas.setFillColor(_ACCENT)
    top = _block(canvas, certificate.name, top - 34)
    for caption, text in (
        ("This certifies that", certificate.full_name),
        ("has completed the course", certificate.course),
    ):
        canvas.setFillColor(_SOFT)
        top = _block(canvas, caption, top - 30, largest=13)
        canvas.setFillColor(_INK)
        top = _block(canvas, text, top - 12, largest=26)
    _foot(canvas, certificate)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def _foot(canvas: Canvas, certificate: CertificatePage) -> None:
    ends = "Expired on" if certificate.is_expired else "Expires on"
    facts = (("Issued on", certificate.issued_on), (ends, certificate.expires_on or "never"))
    for (caption, text), middle in zip(facts, (WIDTH * 0.32, WIDTH * 0.68), strict=True):
        canvas.setFillColor(_SOFT)
        _line(canvas, caption, middle, 112, 10)
        canvas.setFillColor(_INK)
        _line(canvas, text, middle, 94, 15)
    canvas.setFillColor(_SOFT)
    _line(canvas, _NOT_REAL, WIDTH / 2, 50, 8)


def _block(canvas: Canvas, text: str, top: float, largest: float = _SIZES[0]) -> float:
    """Draw a text in the middle, in as many lines as it needs, and return where it ends."""
    for size in (each for each in _SIZES if each <= largest):
        lines = _wrapped(text, size)
        if len(lines) * size <= max(1.5 * largest, largest + 18):
            break
    for line in lines:
        top -= size
        _line(canvas, line, WIDTH / 2, top, size)
        top -= size * 0.3
    return top


def _line(canvas: Canvas, text: str, middle: float, base: float, size: float) -> None:
    runs = list(_runs(text))
    left = middle - _width(text, size) / 2
    for font, piece in runs:
        canvas.setFont(font, size)
        canvas.drawString(left, base, piece)
        left += stringWidth(piece, font, size)


def _wrapped(text: str, size: float) -> list[str]:
    """Return the lines of a text, which break between words, and in a word that is too long."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if _width(longer, size) <= _TEXT_WIDTH:
            lines[-1] = longer
            continue
        lines += [""] * bool(lines[-1])
        for letter in word:
            if _width(lines[-1] + letter, size) > _TEXT_WIDTH:
                lines.append("")
            lines[-1] += letter
    return lines


def _width(text: str, size: float) -> float:
    return float(sum(stringWidth(piece, font, size) for font, piece in _runs(text)))


def _runs(text: str) -> Iterator[Run]:
    """Return the pieces of a text with their fonts, in the order in which they are seen."""
    other = _JAPANESE if any("ぁ" <= letter <= "ヿ" for letter in text) else _CHINESE

    def font_of(letter: str) -> str:
        if ord(letter) in _main.face.charToGlyph:
            return MAIN_FONT
        if "가" <= letter <= "힣":
            return _KOREAN
        return other if unicodedata.east_asian_width(letter) in "WF" else MAIN_FONT

    directions = {unicodedata.bidirectional(letter) for letter in text}
    if directions & {"R", "AL"} and "L" not in directions:
        text = text[::-1]
    for font, letters in groupby(text, font_of):
        yield font, "".join(letters)

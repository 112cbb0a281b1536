"""Charts drawn as pictures, with the fonts of this machine: mail readers show no SVG."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

FAMILIES: Final = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "SimHei",
    "SimSun",
    "AR PL UMing CN",
    # Without Chinese themselves, but whoever draws looks for missing characters in all other fonts then.
    "DejaVu Sans",
    "Liberation Sans",
    "Arial",
)
"""What is tried, the best looking first; a drawing in a font that is not there shows no text at all."""
_PROBE: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32">'
    '<text x="2" y="26" font-size="24" font-family="sans-serif">{sign}</text></svg>'
)
_ZOOM: Final = 2
"""Twice as many points as shown: sharp on phones."""


def to_png(svg: str) -> bytes:
    """Return the drawing as PNG on white, for readers that put mails on black; its "sans-serif" has Chinese.

    Raises:
        ValueError: it is no SVG.
    """
    return _drawn(svg, _chinese_family() or FAMILIES[0])


def can_draw_chinese() -> bool:
    """Tell whether this machine has a font with Chinese characters. Looked up once for a process."""
    return _chinese_family() is not None


@lru_cache(maxsize=1)
def _chinese_family() -> str | None:
    # Where nothing can be drawn at all, a digest goes without its charts rather than not at all.
    try:
        return next((family for family in FAMILIES if _has_chinese(family)), None)
    except (ImportError, ValueError):
        return None


def _has_chinese(family: str) -> bool:
    # Without the characters both are the same box, or nothing.
    first, second = (_drawn(_PROBE.format(sign=sign), family) for sign in ("群", "管"))
    return first != second


def _drawn(svg: str, family: str) -> bytes:
    # Imported late: most processes never draw, and it looks through every font there is (0.4 s).
    from resvg_py import svg_to_bytes

    return svg_to_bytes(svg_string=svg, background="#ffffff", zoom=_ZOOM, sans_serif_family=family)

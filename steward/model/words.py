"""A text for people in the two languages the service speaks."""

from __future__ import annotations

from typing import Literal, NamedTuple

Language = Literal["zh", "en"]


class Words(NamedTuple):
    """One sentence twice. Chinese is what people see unless they ask for English."""

    zh: str
    en: str

    def said(self, language: Language = "zh") -> str:
        """Return the sentence in one language."""
        return self.en if language == "en" else self.zh

    def filled(self, **values: object) -> Words:
        """Return the sentence with its `{names}` replaced by values, in both languages."""
        return Words(self.zh.format(**values), self.en.format(**values))

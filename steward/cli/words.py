"""The language the command line speaks: Chinese first; `--lang en` or STEWARD_LANG=en for English."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Literal


def choose_language(arguments: list[str], environment: Mapping[str, str]) -> Literal["zh", "en"]:
    """Return "zh" or "en". Asked before anything is parsed: help texts are made as commands are imported."""
    for number, argument in enumerate(arguments):
        if argument.startswith("--lang="):
            return "en" if argument[7:].startswith("en") else "zh"
        if argument == "--lang" and number + 1 < len(arguments):
            return "en" if arguments[number + 1].startswith("en") else "zh"
    return "en" if environment.get("STEWARD_LANG", "").startswith("en") else "zh"


LANGUAGE = choose_language(sys.argv[1:], os.environ)


def _(message: str) -> str:
    """Return the message in the language of the command line. Chinese costs nothing: it is the message itself."""
    if LANGUAGE == "zh":
        return message
    from reports.words import translations

    return translations(LANGUAGE).gettext(message)

"""What `doctor` looks up on this machine. What it means is decided in `diagnosis_here`."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from steward.cli.agenda import real_now
from steward.cli.diagnosis import Line
from steward.cli.diagnosis_here import (
    judge_calendar,
    judge_database,
    judge_disk,
    judge_folder,
    judge_font,
    judge_python,
    judge_timezone,
)
from steward.clock.working_days import WorkingDays
from steward.model.settings import Settings
from steward.model.settings.root import Calendar

_TIMEZONE = "Asia/Shanghai"
_CALENDAR_AHEAD = timedelta(days=61)
"""From November on the next year matters: its holidays are published then."""
_FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/System/Library/Fonts",
    "C:/Windows/Fonts",
    "~/.fonts",
    "~/.local/share/fonts",
)
_FONT_SIGNS = (
    "wqy",
    "cjk",
    "sourcehan",
    "droidsansfallback",
    "simsun",
    "simhei",
    "msyh",
    "pingfang",
    "uming",
    "ukai",
)


def machine(settings: Settings | None, root: Path, environment: Mapping[str, str]) -> Iterator[Line]:
    """Yield a line for everything on this machine; works without settings, too."""
    yield judge_python((sys.version_info.major, sys.version_info.minor, sys.version_info.micro))
    timezone = settings.company.timezone if settings else _TIMEZONE
    yield judge_timezone(timezone, is_known=_is_zone(timezone))
    yield _database(settings, root, environment)
    folder = root / "var"
    yield judge_folder(str(folder), why_not_writable(folder))
    yield judge_disk(_free_bytes(folder))
    yield _calendar(settings)
    yield judge_font(find_font())


def _is_zone(timezone: str) -> bool:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _database(settings: Settings | None, root: Path, environment: Mapping[str, str]) -> Line:
    from steward.cli.house import database_url
    from steward.store.database import DatabaseError, open_database
    from steward.store.migrate import current_revision, problems

    if settings is None:
        return judge_database(None, None, (), is_there=False)
    place, revision, found = "", None, []
    try:
        url = database_url(settings, environment, root)
        file = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
        place = str(file) if file else "PostgreSQL"
        if file is not None and not file.exists():
            return judge_database(place, None, (), is_there=False)
        database = open_database(url)
        try:
            found = problems(database)
            revision = current_revision(database)
        finally:
            database.close()
    except (DatabaseError, LookupError) as error:
        found = [str(error)]
    except Exception as error:  # whatever a driver says: it is a line here, not the end of the examination
        from steward.cli.trouble import to_sentence

        found = [to_sentence(error)]
    return judge_database(place, revision, found, is_there=True)


def why_not_writable(folder: Path) -> str | None:
    """Return the system's reason why nothing can be written there; None where it can. Leaves nothing behind."""
    existing = next(one for one in (folder, *folder.parents) if one.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            return None
    except OSError as error:
        return error.strerror or type(error).__name__


def _free_bytes(folder: Path) -> int | None:
    existing = next(one for one in (folder, *folder.parents) if one.exists())
    try:
        return shutil.disk_usage(existing).free
    except OSError:
        return None


def _calendar(settings: Settings | None) -> Line:
    today = real_now().astimezone(ZoneInfo(settings.company.timezone if settings else "UTC")).date()
    days = WorkingDays(settings.calendar if settings else Calendar())
    years = sorted({today.year, (today + _CALENDAR_AHEAD).year})
    return judge_calendar(today, {year: days.is_provisional(year) for year in years})


def find_font() -> str | None:
    """Return the name of a font with Chinese characters on this machine; None if none is found."""
    program = shutil.which("fc-list")
    if program:
        try:
            listed = subprocess.run(  # noqa: S603 - a fixed program and fixed words
                [program, ":lang=zh", "family"], capture_output=True, text=True, timeout=10, check=False
            ).stdout
        except (OSError, subprocess.TimeoutExpired):
            listed = ""
        if listed.strip():
            return listed.splitlines()[0].split(",")[0].strip()
    for folder in _FONT_FOLDERS:
        for file in Path(folder).expanduser().rglob("*.[to]t[fc]"):
            if any(sign in file.name.lower().replace("-", "") for sign in _FONT_SIGNS):
                return file.name
    return None

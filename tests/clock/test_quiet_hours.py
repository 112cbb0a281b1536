from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.clock.quiet_hours import end_of_quiet, in_quiet_hours

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
NIGHT = (time(22, 0), time(7, 30))


def at(text: str, zone: ZoneInfo = SHANGHAI, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [("21:59", False), ("22:00", True), ("23:59", True), ("00:00", True), ("07:29", True), ("07:30", False)],
)
def test_a_window_passes_midnight(clock: str, quiet: bool) -> None:
    assert in_quiet_hours(at(f"2026-11-20 {clock}"), *NIGHT, SHANGHAI) is quiet


@pytest.mark.parametrize(
    ("clock", "quiet"), [("11:59", False), ("12:00", True), ("13:59", True), ("14:00", False)]
)
def test_a_window_within_the_day(clock: str, quiet: bool) -> None:
    assert in_quiet_hours(at(f"2026-11-20 {clock}"), time(12), time(14), SHANGHAI) is quiet


@pytest.mark.parametrize("clock", ["00:00", "07:30", "22:00"])
def test_equal_ends_are_never_quiet(clock: str) -> None:
    moment = at(f"2026-11-20 {clock}")
    assert in_quiet_hours(moment, time(22), time(22), SHANGHAI) is False
    assert end_of_quiet(moment, time(22), time(22), SHANGHAI) == moment


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        ("2026-11-20 22:00", "2026-11-21 07:30"),
        ("2026-11-21 07:29:59", "2026-11-21 07:30"),
        ("2026-11-21 00:00", "2026-11-21 07:30"),
        ("2026-11-20 12:00", "2026-11-20 12:00"),
    ],
)
def test_a_post_waits_until_the_window_ends(moment: str, end: str) -> None:
    given_end = end_of_quiet(at(moment), *NIGHT, SHANGHAI)
    assert given_end == at(end)
    assert given_end.tzinfo is UTC


def test_an_end_that_the_clock_skips_is_the_moment_it_was_put_on() -> None:
    # New York, 2026-03-08: 02:00 becomes 03:00, so 02:30 never is.
    end = end_of_quiet(at("2026-03-08 01:15", NEW_YORK), time(22), time(2, 30), NEW_YORK)
    assert end == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)


def test_an_end_that_the_clock_shows_twice_is_the_first_after_the_moment() -> None:
    # New York, 2026-11-01: 02:00 becomes 01:00, so 01:30 is at 05:30 and 06:30 UTC.
    window = (time(22), time(1, 30), NEW_YORK)
    assert end_of_quiet(at("2026-11-01 01:10", NEW_YORK), *window) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert end_of_quiet(at("2026-11-01 01:10", NEW_YORK, fold=1), *window) == datetime(
        2026, 11, 1, 6, 30, tzinfo=UTC
    )


CLOCK = st.times().map(lambda value: value.replace(second=0, microsecond=0))
ZONES = st.sampled_from(
    [SHANGHAI, NEW_YORK, ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kolkata")]
)


SECONDS_OF_2026 = st.integers(0, 365 * 86400)


@given(SECONDS_OF_2026, CLOCK, CLOCK, ZONES)
def test_the_end_is_never_quiet_never_earlier_and_within_a_day(
    second: int, quiet_from: time, quiet_until: time, zone: ZoneInfo
) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    end = end_of_quiet(moment, quiet_from, quiet_until, zone)
    assert moment <= end <= moment + timedelta(hours=25)
    assert not in_quiet_hours(end, quiet_from, quiet_until, zone)

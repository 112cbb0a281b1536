"""The log as it comes out: one line, one sentence, ids, no secrets, and nobody is stopped by it."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from structlog.contextvars import bound_contextvars

from steward.cli.log import FromLibraries, set_up_logging
from steward.cli.redaction import Redactor
from steward.model.settings.observability import Observability

SECRET = 's3cret"\\value.*'


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave the log of the process as it was found."""
    root, kept = logging.getLogger(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.configure(**kept)
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(capture=False)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Broken(io.StringIO):
    """A stream that fails, for a while."""

    failures = 1

    def write(self, text: str) -> int:
        if self.failures:
            self.failures -= 1
            raise OSError(28, "No space left on device")
        return super().write(text)


def set_up(stream: io.StringIO | None = None, **over: Any) -> io.StringIO:
    stream = stream if stream is not None else io.StringIO()
    redactor = Redactor()
    redactor.know([SECRET])
    quiet = over.pop("quiet", False)
    set_up_logging(Observability(**over), stream=stream, redactor=redactor, quiet=quiet)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail(text: str) -> None:
    raise ValueError(text)


def test_line_is_json_with_sentence_action_ids_and_utc_time_when_nobody_watches() -> None:
    stream = set_up()
    with bound_contextvars(run_id=7, job="deliver", step_id=3):
        structlog.get_logger().info("日报：已发送", action="sent", outbox_id=9)
    (line,) = lines(stream)
    assert list(line)[:4] == ["timestamp", "level", "event", "action"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line.pop("timestamp"))
    assert line == {
        "level": "info",
        "event": "日报：已发送",
        "action": "sent",
        "run_id": 7,
        "job": "deliver",
        "step_id": 3,
        "outbox_id": 9,
    }


def test_line_is_for_people_when_it_goes_to_a_terminal_unless_the_settings_say_otherwise() -> None:
    assert "日报" in set_up_and_say(Terminal())
    assert not set_up_and_say(Terminal()).startswith("{")
    assert set_up_and_say(Terminal(), log_format="json").startswith("{")
    assert not set_up_and_say(io.StringIO(), log_format="console").startswith("{")
    assert "\x1b[" not in set_up_and_say(io.StringIO(), log_format="console")


def set_up_and_say(stream: io.StringIO, **over: Any) -> str:
    set_up(stream, **over)
    structlog.get_logger().info("日报", action="sent")
    return stream.getvalue()


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_secret_is_in_no_message_field_or_traceback_when_something_fails(log_format: str) -> None:
    stream = set_up(log_format=log_format)
    log = structlog.get_logger()
    try:
        fail(f"refused: {SECRET}")
    except ValueError as error:
        log.exception(f"出错 {error}", detail=str(error), error=error, body={"text": [json.dumps(SECRET)]})
        logging.getLogger("library").error("failed: %s", SECRET, exc_info=True)
    said = stream.getvalue()
    assert "ValueError" in said
    for form in (SECRET, json.dumps(SECRET)[1:-1], repr(SECRET)[1:-1]):
        assert form not in said


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_local_variables_are_not_shown_when_an_exception_is(log_format: str) -> None:
    stream = set_up(log_format=log_format)
    unknown_to_us = "never-" + "told-to-anybody"
    try:
        fail("x" if unknown_to_us else "")
    except ValueError:
        structlog.get_logger().exception("出错")
    assert "never-told-to-anybody" not in stream.getvalue()


def test_libraries_come_out_in_the_same_form_when_they_warn() -> None:
    stream = set_up()
    logging.getLogger("apscheduler.scheduler").warning("Run of %s was missed", "x")
    logging.getLogger("urllib3").info("not shown")
    said = lines(stream)
    assert [line["event"] for line in said] == ["Run of x was missed"]
    assert said[0]["level"] == "warning"
    assert said[0]["logger"] == "apscheduler.scheduler"
    assert said[0]["action"] == "library"


def test_library_is_heard_when_it_logs_with_a_missing_argument_or_a_level_of_its_own() -> None:
    stream = set_up()
    record = {"msg": "between %s and %s", "args": ("one",), "levelno": 35, "name": "x"}
    FromLibraries().emit(logging.makeLogRecord(record))
    FromLibraries().emit(logging.makeLogRecord({**record, "args": ("one", "two")}))
    assert [line["event"] for line in lines(stream)] == ["between %s and %s", "between one and two"]


def test_libraries_are_heard_once_when_the_log_is_set_up_twice() -> None:
    set_up()
    stream = set_up()
    logging.getLogger("x").warning("once")
    assert len(lines(stream)) == 1


def test_level_of_the_settings_counts_unless_the_command_is_quiet() -> None:
    for over, shown in (
        ({}, ["info", "warning"]),
        ({"log_level": "debug"}, ["debug", "info", "warning"]),
        ({"log_level": "error"}, []),
        ({"log_level": "debug", "quiet": True}, ["warning"]),
    ):
        stream = set_up(**over)
        log = structlog.get_logger()
        log.debug("a")
        log.info("b")
        log.warning("c")
        assert [line["level"] for line in lines(stream)] == shown


def test_nobody_is_stopped_when_a_line_cannot_be_written() -> None:
    stream = set_up(Broken())
    structlog.get_logger().info("日报", action="sent")
    (told,) = lines(stream)
    assert told["action"] == "log_failed"
    assert told["error"] == "OSError"


def test_nobody_is_stopped_when_the_stream_is_gone_for_good() -> None:
    stream = set_up()
    stream.close()
    structlog.get_logger().info("日报")
    logging.getLogger("x").warning("x")
    with pytest.raises(ValueError, match="closed"):
        stream.getvalue()


def test_value_json_does_not_know_is_written_as_text() -> None:
    stream = set_up()
    structlog.get_logger().info("x", where={1: {2}}, bad="\udc80", raw=b"\xff", moment=object)
    (line,) = lines(stream)
    assert line["where"] == {"1": [2]}

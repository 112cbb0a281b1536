"""One line for each change of state: a sentence, an action, ids. On a terminal to be read, else JSON.

Libraries that log by the standard library come out in the same form, from WARNING on. No line carries a secret, and
no line that cannot be written stops anybody.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from threading import Lock
from typing import Any, Final, TextIO

import structlog

from steward.cli.redaction import Redactor
from steward.engine.excerpt import keep_for_run
from steward.model.settings.observability import Observability

_LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
_FIRST: Final = ("timestamp", "level", "event", "action")
REDACTOR: Final = Redactor()
"""Knows the secrets of this process: of every settings it ran under, and the tokens it was given."""


def set_up_logging(
    settings: Observability | None = None,
    *,
    quiet: bool = False,
    stream: TextIO | None = None,
    redactor: Redactor = REDACTOR,
) -> None:
    """Send the log to standard error; standard output is for data.

    Args:
        settings: None before they are read: automatic form, from INFO on.
        quiet: only what somebody should know of, whatever the settings say.
        stream: in place of standard error.
        redactor: knows what must not be shown; that of this process unless a test has its own.
    """
    settings = settings or Observability()
    target = stream or sys.stderr
    level = logging.WARNING if quiet else _LEVELS[settings.log_level]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            lambda _logger, _name, event: redactor.fields(event),
            keep_for_run,
            _renderer(settings.log_format, target),
        ],
        wrapper_class=_never_failing(level),
        logger_factory=_Writer(target),
        cache_logger_on_first_use=False,
    )
    _lead_libraries_here()


def _renderer(log_format: str, target: TextIO) -> Any:
    is_terminal = _is_terminal(target)
    if log_format == "json" or (log_format == "auto" and not is_terminal):
        return _to_json
    # The plain formatter: the rich one would show every local variable, secrets and all.
    return structlog.dev.ConsoleRenderer(
        colors=is_terminal, exception_formatter=structlog.dev.plain_traceback
    )


def _is_terminal(target: TextIO) -> bool:
    try:
        return target.isatty()
    except ValueError:  # it is closed
        return False


def _to_json(_: Any, __: str, event: Mapping[str, Any]) -> str:
    first = {name: event[name] for name in _FIRST if name in event}
    return json.dumps({**first, **event}, ensure_ascii=False, default=str)


class _Writer:
    """Writes each line at once and whole, so that the lines of threads and processes do not mix."""

    def __init__(self, target: TextIO) -> None:
        self._target, self._lock = target, Lock()

    def __call__(self, *_: Any) -> _Writer:
        return self

    def msg(self, line: str) -> None:
        with self._lock:
            self._target.write(line + "\n")
            self._target.flush()

    debug = info = warning = error = critical = exception = msg


class _Guard:
    """Lets no failure of the log reach whoever logs: a full disk or a closed pipe must not stop a delivery."""

    def _proxy_to_logger(self, name: str, event: str | None = None, **fields: Any) -> Any:
        try:
            return super()._proxy_to_logger(name, event, **fields)  # type: ignore[misc]
        except Exception as error:
            return self._say_less(name, error)

    def _say_less(self, name: str, error: Exception) -> None:
        told = {
            "level": name,
            "event": "有一行日志写不出来",
            "action": "log_failed",
            "error": type(error).__name__,
        }
        try:
            self._logger.msg(json.dumps(told, ensure_ascii=False))  # type: ignore[attr-defined]
        except Exception:
            return


def _never_failing(level: int) -> Any:
    return type("BoundLogger", (_Guard, structlog.make_filtering_bound_logger(level)), {})


class FromLibraries(logging.Handler):
    """Hands what libraries log on to our own log, which knows the secrets and the form."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            structlog.get_logger().log(
                min(record.levelno // 10 * 10, logging.CRITICAL) or logging.DEBUG,
                record.getMessage(),
                action="library",
                logger=record.name,
                exc_info=record.exc_info or None,
            )
        except Exception:  # a wrong number of arguments in somebody's log call
            structlog.get_logger().warning(str(record.msg), action="library", logger=record.name)


def _lead_libraries_here() -> None:
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, FromLibraries)]:
        root.removeHandler(handler)
    root.addHandler(FromLibraries())
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)

"""What the admins are told when something of ours failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from reports.escape import md
from reports.fitting import APP_LIMIT_BYTES, clip_bytes
from reports.render import render
from reports.words import N_, translations
from steward.clock.wording import Lang, moment_words, time_words

_DETAIL_LIMIT_BYTES: Final = 400
_NOTICE_LINE: Final = 80
_CODE: Final = N_("企业微信 %(errcode)s")
_REMEDY: Final = N_("处理：%(remedy)s")
_HOLDS: Final = {
    "sync_directory": N_("%(good)s 的通讯录仍有效，日报会注明。"),
    "sync_groups": N_("%(good)s 的群成员名单仍有效，日报会注明。"),
    "check_members": N_("此前的发现仍有效，今天没有新的核对结果，日报会注明。"),
    "daily_digest": N_("发现和名单都在，只是今天的日报没有发出。"),
    "deliver": N_("消息都在发件箱里，没有丢失。"),
    "housekeeping": N_("没有删除任何数据，不影响检查和日报。"),
}
_NEVER_GOOD: Final = N_("此前从未成功读到，今天没有可用的数据。")
_OTHER: Final = N_("此前的数据仍有效。")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFacts:
    """One failed run.

    Args:
        job: the job's id, "sync_groups".
        at: when it failed.
        errcode: WeCom's; None where WeCom did not answer or it is our own failure.
        detail: one line, without secrets.
        good_at: when the same data was last read fully; None = never, or not a matter of data.
        remedy: what to do; None where nobody knows.
        next_at: when it is tried again by itself; None = not by itself.
        command: what a person runs then; None = the job itself.
    """

    job: str
    at: datetime
    errcode: int | None
    detail: str
    good_at: datetime | None
    remedy: str | None
    next_at: datetime | None
    zone: ZoneInfo
    lang: Lang
    command: str | None = None


def to_message(facts: AlertFacts, limit_bytes: int = APP_LIMIT_BYTES) -> str:
    """Return the alert: what failed, why, what still holds, what to do, what comes next."""
    text = render(
        "messages/admin_alert.md.j2",
        facts.lang,
        alert=facts,
        at=time_words(facts.at, facts.zone),
        detail=clip_bytes(md(facts.detail), _DETAIL_LIMIT_BYTES),
        remedy=facts.remedy and clip_bytes(md(facts.remedy), _DETAIL_LIMIT_BYTES),
        holds=_holds(facts),
        next_at=facts.next_at and moment_words(facts.next_at, facts.at, facts.zone, facts.lang),
    )
    return clip_bytes(text.strip(), limit_bytes)


def to_notice_lines(facts: AlertFacts) -> tuple[str, ...]:
    """Return what matters most of the alert, for a group that long texts are not posted to [C9]."""
    title, *_ = to_message(facts).splitlines()
    say = translations(facts.lang).gettext
    cause = md(facts.detail) if facts.errcode is None else say(_CODE) % {"errcode": facts.errcode}
    remedy = say(_REMEDY) % {"remedy": md(facts.remedy)} if facts.remedy else ""
    return tuple(line for line in (title, _clipped(cause), _clipped(remedy)) if line)


def _clipped(line: str) -> str:
    return line if len(line) <= _NOTICE_LINE else line[: _NOTICE_LINE - 1] + "…"


def _holds(facts: AlertFacts) -> str:
    say = translations(facts.lang).gettext
    sentence = _HOLDS.get(facts.job, _OTHER)
    if "%(good)s" not in sentence:
        return say(sentence)
    if facts.good_at is None:
        return say(_NEVER_GOOD)
    return say(sentence) % {"good": moment_words(facts.good_at, facts.at, facts.zone, facts.lang)}

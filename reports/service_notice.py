"""What the admins are told of the service itself: a run that did not take place, settings that were not taken up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from reports.escape import md
from reports.fitting import APP_LIMIT_BYTES, clip_bytes
from reports.render import render
from reports.words import N_, translations
from steward.clock.wording import Lang, moment_words

Kind = Literal["missed", "overdue", "recovered", "settings_refused", "settings_wait", "settings_in_force"]
_DETAIL_LIMIT_BYTES: Final = 800
_TITLES: Final[dict[Kind, str]] = {
    "missed": N_("任务没有运行：%(job)s（%(at)s）"),
    "overdue": N_("任务运行过久：%(job)s（%(at)s 开始，还没有结束）"),
    "recovered": N_("任务恢复正常：%(job)s（%(at)s）"),
    "settings_refused": N_("设置文件有错误，没有采用，仍按原来的设置运行（%(at)s）"),
    "settings_wait": N_("设置文件的修改要重启服务才会生效，现在仍按原来的设置运行（%(at)s）"),
    "settings_in_force": N_("设置文件已改好并采用（%(at)s）"),
}
_REMEDIES: Final[dict[Kind, str]] = {
    "missed": N_("处理：要补做就运行 %(command)s（补某一天加 --as-of 日期）；下一次成功后会再告知。"),
    "overdue": N_(
        "处理：用 %(command)s 看它说了什么；卡住时重启服务，没做完的步骤会接着做。结束后会再告知。"
    ),
    "settings_refused": N_("处理：改正后保存，几秒内自动采用；%(command)s 可核对。"),
    "settings_wait": N_("处理：确认后重启服务（%(command)s）；不想改就改回原样。"),
}
_COMMANDS: Final[dict[Kind, str]] = {
    "missed": "main.py run {job}",
    "overdue": "main.py schedule history --run {run_id}",
    "settings_refused": "main.py config check",
    "settings_wait": "main.py serve",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFacts:
    """One thing to be told.

    Args:
        at: what the title speaks of: the planned moment, when the run began, when the file was looked at.
        detail: why, in one or a few lines, without secrets; "" where the title says it all.
        job: None for what concerns the settings.
        run_id: None but for "overdue".
    """

    kind: Kind
    at: datetime
    now: datetime
    detail: str
    zone: ZoneInfo
    lang: Lang
    job: str | None = None
    run_id: int | None = None


def command_of(facts: NoticeFacts) -> str:
    """Return what a person runs to learn more, or to mend it."""
    return _COMMANDS.get(facts.kind, "main.py runs").format(job=facts.job, run_id=facts.run_id)


def to_message(facts: NoticeFacts, limit_bytes: int = APP_LIMIT_BYTES) -> str:
    """Return the notice: what, why, and what to do."""
    say = translations(facts.lang).gettext
    command = f"`{command_of(facts)}`"
    remedy = _REMEDIES.get(facts.kind)
    text = render(
        "messages/service_notice.md.j2",
        facts.lang,
        title=say(_TITLES[facts.kind]),
        job_id=facts.job,
        at=moment_words(facts.at, facts.now, facts.zone, facts.lang),
        detail=clip_bytes(md(facts.detail), _DETAIL_LIMIT_BYTES),
        remedy=say(remedy) % {"command": command} if remedy else "",
    )
    return clip_bytes(text.strip(), limit_bytes)

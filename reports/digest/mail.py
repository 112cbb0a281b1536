"""The digest as a mail: subject with the verdict, a text with everything, a page for mail readers, two charts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from reports.chart import Part
from reports.chart_bars import Bar, stacked_bars
from reports.chart_trend import Day, trend
from reports.digest.facts import Figures
from reports.digest.hands import HANDS, Hand, hand_of
from reports.digest.message import as_of_words
from reports.digest.page import blind_rows, found_rows, full_day, scores, task_rows
from reports.digest.report import Figure, Report
from reports.mail import CLIPPED_FROM_BYTES, Mail, Picture, to_mail_html
from reports.render import environment, macros, render
from reports.wording import wording
from reports.words import translations
from steward.clock.wording import day_words

FORMER: Final = 13
"""Former digests in the chart; with today's there are fourteen."""
_KINDS_DRAWN: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many rows of each list are shown; the workbook has them all."""

    tasks: int
    changed: int
    open: int
    departments: int


TEXT_LIMITS: Final = Limits(tasks=200, changed=500, open=1000, departments=500)
PAGE_LIMITS: Final = (
    Limits(tasks=30, changed=15, open=50, departments=40),
    Limits(tasks=15, changed=8, open=15, departments=20),
    Limits(tasks=8, changed=3, open=0, departments=8),
)
"""The first that fits below what mail readers cut off; names of people and groups may be long."""


def to_mail(report: Report, former: Sequence[tuple[date, Figures]], *, with_pictures: bool) -> Mail:
    """Return the digest as a mail.

    Args:
        former: the figures of former digests, oldest first; of more than `FORMER` the last are taken.
        with_pictures: charts can be drawn; else their numbers stand in tables.
    """
    days = to_days(report, former[-FORMER:])
    trend_picture = to_trend(report, days) if with_pictures and len(days) > 1 else None
    hands_picture = to_hands(report) if with_pictures and _kinds_open(report) > 1 else None
    shared = _shared(report) | {
        "trend": {"days": days, "picture": trend_picture} if len(days) > 1 else None,
        "hands": {"lines": _hand_lines(report), "picture": hands_picture},
    }
    text = render(
        "messages/mail_digest.txt.j2", report.lang, form="plain", **shared, **_lists(report, TEXT_LIMITS)
    )
    return Mail(
        subject=shared["subject"],
        text="\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n",
        html=_page(report, shared),
        pictures=tuple(one for one in (trend_picture, hands_picture) if one is not None),
    )


def _kinds_open(report: Report) -> int:
    return sum(1 for line in report.kinds if line.open_count)


def to_subject(report: Report) -> str:
    """Return "群管日报 11月20日 周五：需要您处理 4 项": what is to be done shows in the list of mails."""
    say = translations(report.lang).gettext
    return say("群管日报 %(day)s：%(verdict)s") % {
        "day": day_words(report.day, report.lang),
        "verdict": _said(report).verdict_lead(report).strip(),
    }


def _page(report: Report, shared: dict[str, Any]) -> str:
    page = ""
    for limits in PAGE_LIMITS:
        page = to_mail_html(
            render("reports/mail_digest.html.j2", report.lang, **shared, **_lists(report, limits))
        )
        if len(page.encode()) < CLIPPED_FROM_BYTES:
            break
    return page


def _said(report: Report) -> Any:
    return macros("messages/daily_digest.md.j2", report.lang, "plain")


def _shared(report: Report) -> dict[str, Any]:
    said = _said(report)
    return {
        "report": report,
        "subject": to_subject(report),
        "full_day": full_day(report),
        "built": f"{report.built_at.astimezone(report.zone):%H:%M}",
        "good": " good" if report.verdict.state in ("clean", "in_hand") else "",
        "lead": str(said.verdict_lead(report)).strip(),
        "rest": str(said.verdict_rest(report, as_of_words(report))).strip(),
        "figure_name": lambda name: str(said.figure_name(name)).strip(),
        "change": lambda figure: _change(figure, report),
        "blind_spots": tuple(blind_rows(report)),
        "fine": [_fine(line.check_id, line.judged_count, line.clause, report) for line in report.fine],
        "not_run": [wording(line.check_id, report.lang).title() for line in report.not_run],
    }


def _change(figure: Figure, report: Report) -> str:
    words = str(environment("plain", report.lang).filters["delta"](figure.delta))
    return translations(report.lang).gettext("与上次相同") if words == "-" else words


def _fine(check_id: str, judged_count: int, clause: str, report: Report) -> tuple[str, str, str]:
    said = wording(check_id, report.lang)
    return said.title(), said.fine(judged_count), clause


def _lists(report: Report, limits: Limits) -> dict[str, Any]:
    say = translations(report.lang).gettext
    named = (
        (say("新发现"), report.new, limits.changed, False),
        (say("已解决"), report.resolved, limits.changed, True),
        (say("全部未了结"), report.open, limits.open, False),
    )
    return {
        "tasks": tuple(task_rows(report))[: limits.tasks],
        "kinds": scores((wording(k.check_id, report.lang).title(), k.clause, k) for k in report.kinds),
        "departments": scores((line.name, "", line) for line in report.departments)[: limits.departments],
        "lists": [
            (name, found_rows(items, at_most, report), len(items), is_closed)
            for name, items, at_most, is_closed in named
        ],
    }


def to_days(report: Report, former: Sequence[tuple[date, Figures]]) -> tuple[Day, ...]:
    """Return today's digest behind its former ones, as places in the chart."""
    return tuple(
        Day(
            name=f"{day:%m-%d}",
            open_count=figures.open_count,
            new_count=figures.new_count,
            resolved_count=figures.resolved_count,
        )
        for day, figures in (*former, (report.day, report.current))
    )


def to_trend(report: Report, days: Sequence[Day]) -> Picture:
    """Return the chart of how the digests followed one another."""
    say = translations(report.lang).gettext
    alt = say("最近 %(count)s 份日报：未了结从 %(first)s 到 %(last)s") % {
        "count": len(days),
        "first": _known(days[0].open_count, report),
        "last": _known(days[-1].open_count, report),
    }
    names = (say("未了结"), say("新发现"), say("已解决"))
    chart = trend(days, names, say("未知"), alt)
    return Picture(cid=f"trend-{report.day}@steward", name="trend", svg=chart.to_svg(), alt=alt)


def to_hands(report: Report) -> Picture:
    """Return the chart of what is open, by kind, and in whose hands it is."""
    say = translations(report.lang).gettext
    counts = Counter((item.check_id, hand_of(item, report.day)) for item in report.open)
    kinds = [line for line in report.kinds if line.open_count][:_KINDS_DRAWN]
    bars = [
        Bar(
            name=wording(line.check_id, report.lang).title(),
            counts=tuple(counts[line.check_id, hand] for hand in HANDS),
        )
        for line in kinds
    ]
    alt = say("未了结的在谁手里") + say("：") + say("；").join(_hand_lines(report))
    parts = [Part(name=say(words), colour=colour) for words, colour in HANDS.values()]
    chart = stacked_bars(parts, bars, alt)
    return Picture(cid=f"hands-{report.day}@steward", name="hands", svg=chart.to_svg(), alt=alt)


def _hand_lines(report: Report) -> list[str]:
    """Return "等您处理 5", "群主 3": what is open by who has it; none is left out."""
    say = translations(report.lang).gettext
    counts: Counter[Hand] = Counter(hand_of(item, report.day) for item in report.open)
    return [f"{say(HANDS[hand][0])} {counts[hand]:,}" for hand in HANDS if counts[hand]]


def _known(count: int | None, report: Report) -> str:
    return str(environment("plain", report.lang).filters["n"](count))

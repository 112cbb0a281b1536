"""The digest as a workbook: every finding, ready to be filtered, sorted and looked up by its number."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from reports.daily_digest import why_hr_must_act
from reports.digest.message import as_of_words
from reports.digest.page import blind_words, full_day, history
from reports.digest.report import Report
from reports.items import Item
from reports.render import environment, macros
from reports.sheets import (
    SAFE_OPTIONS,
    Cell,
    Column,
    Formats,
    clean,
    looks_like_formula,
    make_list,
    make_printable,
    write_table,
)
from reports.wording import wording
from reports.words import N_, translations
from steward.clock.wording import local

CONSTANT_MEMORY_ROWS: Final = 20_000
"""From here on rows go to disk as they are written: 22 MB instead of 170 MB at 100,000 rows."""


def to_xlsx(report: Report, constant_memory_rows: int = CONSTANT_MEMORY_ROWS) -> bytes:
    """Return the workbook; the same report gives the same bytes."""
    buffer = io.BytesIO()
    rows = len(report.open) + len(report.new) + len(report.resolved)
    book = Workbook(buffer, {**SAFE_OPTIONS, "constant_memory": rows > constant_memory_rows})
    _Digest(book, report).write()
    book.close()
    return buffer.getvalue()


class _Digest:
    def __init__(self, book: Workbook, report: Report) -> None:
        self.book = book
        self.report = report
        self.formats = Formats.of(book)
        self.say = translations(report.lang).gettext

    def write(self) -> None:
        say, report = self.say, self.report
        self._properties()
        self._summary(self.book.add_worksheet(say("汇总")))
        self._list(say("待处理"), self._open_columns(), (self._open_row(item) for item in report.open))
        self._list(say("新发现"), self._open_columns(), (self._open_row(item) for item in report.new))
        self._list(
            say("已解决"), self._closed_columns(), (self._closed_row(item) for item in report.resolved)
        )
        self._list(say("部门"), self._department_columns(), self._department_rows())
        self._list(say("看不到的"), self._blind_columns(), self._blind_rows())
        self._list(say("口径说明"), self._definition_columns(), self._definition_rows())

    def _properties(self) -> None:
        report = self.report
        self.book.set_properties(
            {
                "title": f"{self.say('群管日报')} {report.day.isoformat()}",
                "company": clean(report.company_name),
                "author": self.say("群管家"),
                # Without it the moment of writing would be stored, and no two files be the same.
                "created": report.built_at.astimezone(UTC).replace(tzinfo=None),
            }
        )

    def _list(self, name: str, columns: list[Column], rows: Iterable[list[Cell]]) -> None:
        sheet = self.book.add_worksheet(name)
        free_row = write_table(sheet, self.formats, columns, rows)
        make_list(sheet, len(columns), free_row)

    def _summary(self, sheet: Worksheet) -> None:
        say, report = self.say, self.report
        sheet.write_string(0, 0, f"{say('群管日报')} {full_day(report)}", self.formats.title)
        company = clean(f"{report.company_name} {report.day_words}")
        sheet.write_string(1, 0, company, self.formats.guarded if looks_like_formula(company) else None)
        sheet.write_string(2, 0, self._verdict())
        figures = [Column(heading=say("指标")), *self._numbers(N_("今天"), N_("与上一工作日相比"))]
        free_row = write_table(sheet, self.formats, figures, self._figure_rows(), at_row=4)
        kinds_at = free_row + 1
        kinds = [
            Column(heading=say("事项")),
            *self._numbers(N_("新发现"), N_("已解决"), N_("未了结")),
            Column(heading=say("条款")),
        ]
        free_row = write_table(sheet, self.formats, kinds, self._kind_rows(), at_row=kinds_at)
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 3, 18)
        if report.kinds:
            self._chart(sheet, kinds_at, free_row - 1)
        make_printable(sheet)

    def _chart(self, sheet: Worksheet, heading_row: int, last_row: int) -> None:
        chart = self.book.add_chart({"type": "bar"})
        name = sheet.get_name()
        for column, colour in ((3, "#B45309"), (2, "#15803D"), (1, "#64748B")):
            chart.add_series(
                {
                    "name": [name, heading_row, column],
                    "categories": [name, heading_row + 1, 0, last_row, 0],
                    "values": [name, heading_row + 1, column, last_row, column],
                    "fill": {"color": colour},
                    "gap": 60,
                }
            )
        chart.set_title({"name": self.say("按事项"), "name_font": {"size": 12}})
        chart.set_y_axis({"reverse": True})
        chart.set_x_axis(
            {"num_format": "0", "major_gridlines": {"visible": True, "line": {"color": "#DDDDDD"}}}
        )
        chart.set_legend({"position": "bottom"})
        rows = last_row - heading_row
        chart.set_size({"width": 720, "height": 120 + 46 * rows})
        sheet.insert_chart(
            last_row + 2, 0, chart, {"description": self.say("按事项的新发现、已解决和未了结数量")}
        )

    def _verdict(self) -> str:
        said = macros("messages/daily_digest.md.j2", self.report.lang, "plain")
        rest = said.verdict_rest(self.report, as_of_words(self.report))
        return f"{said.verdict_lead(self.report)}{rest}".strip()

    def _figure_rows(self) -> Iterator[list[Cell]]:
        said = macros("messages/daily_digest.md.j2", self.report.lang, "plain")
        for figure in self.report.figures:
            value = self.say("未知") if figure.value is None else figure.value
            yield [str(said.figure_name(figure.name)).strip(), value, figure.delta]

    def _kind_rows(self) -> Iterator[list[Cell]]:
        for line in self.report.kinds:
            title = wording(line.check_id, self.report.lang).title()
            yield [title, line.new_count, line.resolved_count, line.open_count, self._clause(line.clause)]

    def _open_columns(self) -> list[Column]:
        return [
            *self._subject_columns(),
            *self._texts(N_("首次发现"), N_("提醒群主"), N_("进展"), N_("今天要您处理")),
        ]

    def _closed_columns(self) -> list[Column]:
        return [*self._subject_columns(), *self._texts(N_("首次发现"), N_("了结时间"))]

    def _subject_columns(self) -> list[Column]:
        return self._texts(
            N_("编号"),
            N_("群名"),
            N_("部门"),
            N_("群主"),
            N_("事项"),
            N_("条款"),
            N_("对象"),
            N_("情况"),
            N_("现为"),
            N_("应为"),
        )

    def _open_row(self, item: Item) -> list[Cell]:
        must_act = why_hr_must_act(item, self.report.day) is not None
        return [
            *self._subject(item),
            self._moment(item.first_seen_at),
            self._moment(item.asked_at),
            history(item, self.report),
            self.say("是") if must_act else "",
        ]

    def _closed_row(self, item: Item) -> list[Cell]:
        return [*self._subject(item), self._moment(item.first_seen_at), self._moment(item.resolved_at)]

    def _subject(self, item: Item) -> list[Cell]:
        said = wording(item.check_id, self.report.lang)
        group = item.group or self.say("全公司")
        department = item.department or self.say("未归属部门")
        owner = item.owner or self.say("未知")
        words: list[Cell] = [said.title(), self._clause(item.clause), item.subject, said.found(item)]
        seen = item.observed if item.expected else ""
        return [item.id, group, department, owner, *words, seen, item.expected]

    def _department_columns(self) -> list[Column]:
        return [Column(heading=self.say("部门")), *self._numbers(N_("新发现"), N_("已解决"), N_("未了结"))]

    def _department_rows(self) -> Iterator[list[Cell]]:
        for line in self.report.departments:
            name = line.name or self.say("未归属部门")
            yield [name, line.new_count, line.resolved_count, line.open_count]

    def _blind_columns(self) -> list[Column]:
        return self._texts(N_("情况"), N_("处理办法"), N_("起始时间"))

    def _blind_rows(self) -> Iterator[list[Cell]]:
        for words, spot in zip(blind_words(self.report), self.report.blind_spots, strict=True):
            yield [words, spot.remedy, self._moment(spot.since)]

    def _definition_columns(self) -> list[Column]:
        return self._texts(N_("名称"), N_("含义"), N_("条款"), N_("今天核对的群数"))

    def _definition_rows(self) -> Iterator[list[Cell]]:
        terms = macros("reports/_definitions.html.j2", self.report.lang, "plain").terms
        for term, meaning in terms:
            yield [term, meaning, None, None]
        for line in self.report.checks:
            said = wording(line.check_id, self.report.lang)
            yield [said.title(), said.definition(), self._clause(line.clause), line.judged_count]

    def _clause(self, clause: str) -> str:
        return str(environment("plain", self.report.lang).filters["clause"](clause))

    def _moment(self, at: datetime | None) -> datetime | None:
        # Excel knows no time zones: what it is given is shown as it stands.
        return None if at is None else local(at, self.report.zone).replace(tzinfo=None)

    def _texts(self, *headings: str) -> list[Column]:
        return [Column(heading=self.say(heading)) for heading in headings]

    def _numbers(self, *headings: str) -> list[Column]:
        return [Column(heading=self.say(heading), kind="number") for heading in headings]

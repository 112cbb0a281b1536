"""`people`: the employees, from WeCom or from a list."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from steward.cli.handing_in import exit_for, filename_of, problems_to_json, read_input, say_problems
from steward.cli.show import echo_json, minute, show_list
from steward.cli.start import complain, json_option, open_house, settings_option
from steward.cli.words import LANGUAGE, _

if TYPE_CHECKING:
    from steward.cli.house import House
    from steward.intake.employees import DirectoryIntake

MANY_LEAVERS: Final = 10
MANY_SHARE: Final = 0.2
"""A list that makes more people leavers than both is more often half a list than a bad day."""


TRUSTED_FOR: Final = timedelta(days=2)
"""While WeCom showed its own directory as lately as this, a list from a file would only push it aside."""


class WeComShowsIt(Exception):
    """WeCom shows the directory itself; `good_at`: when it last did."""

    def __init__(self, good_at: datetime) -> None:
        self.good_at = good_at
        super().__init__(good_at)


class TooManyLeavers(Exception):
    """The list would make many people leavers at once. `count` of `known`."""

    def __init__(self, count: int, known: int) -> None:
        self.count, self.known = count, known
        super().__init__(count, known)


@click.group(help=_("员工：导入名单、查看"))
def people() -> None:
    """Hold the two commands."""


@people.command("import", help=_("导入员工名单（Excel 或 CSV）：账号、姓名、部门……；名单里没有的人算离职"))
@click.argument("file")
@click.option("--dry-run", is_flag=True, help=_("只演练：说明会改什么，不保存"))
@click.option("--yes", is_flag=True, help=_("确认：即使企业微信的通讯录读得到，或很多人会因此算作离职"))
@json_option
@settings_option
def import_people(file: str, dry_run: bool, yes: bool, as_json: bool, settings_path: Path) -> None:
    from steward.intake.employees import read_employees
    from steward.intake.errors import IntakeError

    data = read_input(file)
    with open_house(settings_path) as house:
        try:
            intake = read_employees(data, filename=filename_of(file), now=house.now())
            counts = _save(house, intake, dry_run=dry_run, yes=yes)
        except IntakeError as error:
            complain(error.text(LANGUAGE))
        except WeComShowsIt as error:
            text = _("没有保存：企业微信的通讯录读得到（最近 {at}），用不着名单。确要用名单代替请加 --yes")
            complain(text.format(at=minute(error.good_at, house.zone)))
        except TooManyLeavers as error:
            text = _("没有保存：按这份名单，{known} 人里有 {count} 人离职。名单是全的吗？确认无误请加 --yes")
            complain(text.format(count=error.count, known=error.known))
    if as_json:
        told = problems_to_json(intake.problems)
        echo_json({**counts, "complete": intake.snapshot.complete, "dry_run": dry_run, "problems": told})
    else:
        text = _(
            "员工 {employees} 人，部门 {departments} 个；新来 {joined}，离职 {left}，回来 {returned}，换部门 {moved}"
        )
        click.echo(
            text.format(**counts, moved=counts["department_changed"])
            + (_("（演练，没有保存）") if dry_run else "")
        )
    say_problems(() if as_json else intake.problems, intake.notes)
    if not intake.snapshot.complete:
        click.echo(_("名单没有全部读懂，所以这次不据此判断谁离职"), err=True)
    exit_for(intake.problems, read_count=counts["employees"])


def _save(house: House, intake: DirectoryIntake, *, dry_run: bool, yes: bool) -> dict[str, int]:
    from steward.model.source import SourceState
    from steward.store.database import Rehearsal
    from steward.store.directory import apply_directory, load_active_userids
    from steward.store.sources import load_sources, save_sources

    now = house.now()
    database = Rehearsal(house.database) if dry_run else house.database
    try:
        with database.begin() as connection:
            good_at = {s.name: s.good_at for s in load_sources(connection)}.get("users")
            if not yes and good_at is not None and now - good_at < TRUSTED_FOR:
                raise WeComShowsIt(good_at)
            known = len(load_active_userids(connection))
            counts = apply_directory(connection, intake.snapshot)
            if not yes and counts["left"] > max(MANY_LEAVERS, known * MANY_SHARE):
                raise TooManyLeavers(counts["left"], known)  # and nothing is kept
            save_sources(connection, [SourceState(name="directory_file", good_at=now, tried_at=now)])
        return counts
    finally:
        if dry_run:
            database.close()


@people.command("list", help=_("列出员工：账号、姓名、部门、状态"))
@click.option("--left", is_flag=True, help=_("只看已离职的（默认只看在职的）"))
@json_option
@settings_option
def list_people(left: bool, as_json: bool, settings_path: Path) -> None:
    from steward.cli.terms import PEOPLE_STATES

    with open_house(settings_path) as house:
        rows = [row for row in _people(house) if row["has_left"] == left]
        columns = [
            (_("账号"), lambda row: row["userid"]),
            (_("姓名"), lambda row: row["name"] or _("（看不到）")),
            (_("部门"), lambda row: "；".join(row["departments"])),
            (_("职务"), lambda row: row["position"] or ""),
            (_("状态"), lambda row: PEOPLE_STATES[row["status"]]),
        ]
        if left:
            columns.append((_("离职"), lambda row: minute(row["left_at"], house.zone)))
        empty = _("没有离职的人") if left else _("通讯录是空的；先运行 run sync_directory 或 people import")
        show_list(rows, columns, as_json=as_json, empty=empty)


def _people(house: House) -> list[dict[str, Any]]:
    company = house.company(house.now())
    return [
        {
            "userid": person.userid,
            "name": person.name,
            "departments": [company.department_name(d) or f"#{d}" for d in person.department_ids],
            "position": person.position,
            "status": person.status,
            "has_left": person.left_at is not None or person.status == "left",
            "left_at": person.left_at,
        }
        for person in sorted(company.employees.values(), key=lambda person: person.userid)
    ]

"""`groups import`: the company's group register, from Excel or CSV."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from steward.cli.handing_in import exit_for, filename_of, problems_to_json, read_input, say_problems
from steward.cli.show import echo_json
from steward.cli.start import complain, json_option, open_house, settings_option
from steward.cli.words import LANGUAGE, _

if TYPE_CHECKING:
    from steward.cli.house import House
    from steward.intake.register import RegisterIntake


@click.command(
    "import", help=_("导入群台账（Excel 或 CSV）；列名如 群ID、群名称、制度、部门、文字编辑、备案日期")
)
@click.argument("file")
@click.option("--replace", "replace_all", is_flag=True, help=_("表里没有的群从台账删除（默认保留）"))
@click.option("--dry-run", is_flag=True, help=_("只演练：说明会改什么，不保存"))
@json_option
@settings_option
def import_register(file: str, replace_all: bool, dry_run: bool, as_json: bool, settings_path: Path) -> None:
    from steward.intake.errors import IntakeError
    from steward.intake.register import read_register

    try:
        intake = read_register(read_input(file), filename=filename_of(file))
    except IntakeError as error:
        complain(error.text(LANGUAGE))
    # A row that could not be read may be a group's only one: to forget that group would be a guess.
    unsure = replace_all and any(problem.lost for problem in intake.problems)
    counts = {"new": 0, "changed": 0, "unchanged": 0, "removed": 0}
    if intake.entries:
        with open_house(settings_path) as house:
            counts = _save(house, intake, replace_all=replace_all and not unsure, dry_run=dry_run)
    if as_json:
        told = problems_to_json(intake.problems)
        echo_json({**counts, "dry_run": dry_run, "removed_nothing": unsure, "problems": told})
    else:
        click.echo(
            _("台账：新增 {new}，更改 {changed}，未变 {unchanged}，删除 {removed}").format(**counts)
            + (_("（演练，没有保存）") if dry_run else "")
        )
    say_problems(() if as_json else intake.problems, intake.notes)
    if unsure:
        click.echo(_("有没读懂的行，所以没有删除任何群；改好后再用 --replace 导入"), err=True)
    exit_for(intake.problems, read_count=len(intake.entries))


def _save(house: House, intake: RegisterIntake, *, replace_all: bool, dry_run: bool) -> dict[str, int]:
    from steward.store.database import Rehearsal
    from steward.store.registry import save_registry

    now = house.now()
    database = Rehearsal(house.database) if dry_run else house.database
    try:
        with database.begin() as connection:
            return save_registry(
                connection,
                intake.entries,
                now=now,
                filed_on=now.astimezone(house.zone).date(),
                replace_all=replace_all,
            )
    finally:
        if dry_run:
            database.close()

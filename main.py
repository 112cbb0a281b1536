"""The front door of Steward (群管家): read the settings, build the objects, run one command."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from steward.cli.words import _

# Command -> (where it lives, its line in --help). Written here so that --help imports none of them.
COMMANDS = {
    "run": ("run", _("立即运行一个任务（--dry-run 只演练）")),
    "serve": ("serve", _("按日程持续运行")),
    "demo": ("demo", _("在模拟的企业微信上演示三个工作日")),
    "doctor": ("doctor", _("逐项体检：凭证、权限、可信 IP、数据库、日历、字体，并说明如何修好")),
    "config": ("config", _("检查或显示设置")),
    "groups": ("groups", _("群：列表、导入台账、提交名单、批准退群、移出成员")),
    "people": ("people", _("员工：导入名单、查看")),
    "reports": ("reports", _("报告档案：列表、查看")),
    "schedule": ("schedule", _("日程：列表、接下来的时间、修改、暂停、恢复、历史")),
    "calendar": ("calendar", _("工作日历：检查、查看、导入放假通知")),
    "runs": ("runs", _("任务运行记录")),
    "outbox": ("outbox", _("发件箱：列表、查看、重发、放行、取消、统计")),
    "db": ("db", _("数据库：升级、备份、检查")),
    "simulate": ("simulate", _("单独运行模拟的企业微信")),
    "version": ("version", _("显示版本")),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, so that --help stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _help = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"steward.cli.{module}"), module)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(_("命令")):
            formatter.write_dl([(name, line) for name, (_module, line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(args[0], COMMANDS, n=1)
            hint = _("；是不是 {name}？").format(name=close[0]) if close else ""
            ctx.fail(_("没有命令 {name}").format(name=args[0]) + hint)
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    help=_("群管家：按公司的群管理办法，每天核对企业微信群，并告诉该知道的人。"),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--lang", type=click.Choice(["zh", "en"]), help=_("命令行的语言"))
def main(lang: str | None) -> None:
    """Read at import by `steward.cli.words`; declared here so that click knows the option."""


if __name__ == "__main__":
    from steward.cli.trouble import run_guarded

    sys.exit(run_guarded(main, sys.argv[1:]))

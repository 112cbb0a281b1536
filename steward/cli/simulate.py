"""`simulate`: the made-up WeCom as a process of its own."""

from __future__ import annotations

import click

from steward.cli.start import USAGE, complain
from steward.cli.words import _


@click.command(
    help=_("单独运行模拟的企业微信：标准输出只有一行 JSON（地址和凭证），然后一直服务，直到按 Ctrl+C")
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, show_default=True, help=_("端口；0 为任选空闲端口")
)
@click.option("--seed", type=int, default=7, show_default=True, help=_("种子相同，公司就相同"))
@click.option("--people", type=click.IntRange(20, 100_000), default=120, show_default=True, help=_("员工数"))
@click.option("--groups", type=click.IntRange(1, 50_000), default=24, show_default=True, help=_("群数"))
@click.option(
    "--latency-ms",
    type=click.IntRange(0, 60_000),
    default=0,
    show_default=True,
    help=_("每个回答前等待的毫秒数"),
)
def simulate(port: int, seed: int, people: int, groups: int, latency_ms: int) -> None:
    from steward.simulator.alone import run_alone

    try:
        run_alone(port, seed, people, groups, latency_ms / 1000)
    except ValueError as error:
        complain(str(error), USAGE)
    except OSError as error:
        complain(
            _("端口 {port} 用不了（{why}）：请换一个，或用 --port 0 任选").format(
                port=port, why=error.strerror
            )
        )

"""`version`."""

from __future__ import annotations

import click

from steward.cli.words import _


@click.command(help=_("显示版本"))
def version() -> None:
    from steward import __version__

    click.echo(f"steward {__version__}")

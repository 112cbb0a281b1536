"""A place to work at: a folder with settings, and the command line as a person types it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from main import main
from steward.simulator import Simulator

SETTINGS = """\
[company]
name = "华辰实业"
corp_id = "{corp_id}"
base_url = "{base_url}"

[company.agents.app]
agent_id = 1000002
secret = {{ env = "T_APP_SECRET" }}

[company.agents.contacts]
secret = {{ env = "T_CONTACTS_SECRET" }}

[company.agents.archive]
secret = {{ env = "T_ARCHIVE_SECRET" }}

[people]
hr = [{hr}]
admins = {{ bot = "ops" }}

[people.bots.ops]
key = {{ env = "T_BOT_KEY" }}
"""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A folder with a settings file, and the environment a command finds."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Path:
        return self.folder / "settings.toml"

    def call(self, *arguments: str, typed: str | bytes | None = None) -> Result:
        """Type a command; an exception nobody caught fails the test."""
        every = [*arguments, "--settings", str(self.settings)]
        return CliRunner(env=dict(self.environment)).invoke(main, every, input=typed, catch_exceptions=False)

    def data(self, *arguments: str, code: int = 0) -> Any:
        """Type a command with --json and return what it printed."""
        result = self.call(*arguments, "--json")
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    def write(self, name: str, text: str) -> str:
        """Write a file beside the settings; returns its path."""
        path = self.folder / name
        path.write_text(text, encoding="utf8")
        return str(path)


def make_desk(folder: Path, *, settings: str | None = None, hr: str = "", **environment: str) -> Desk:
    """Return a desk without WeCom: nobody listens at its address, which is on this machine."""
    text = settings or SETTINGS.format(corp_id="ww1111", base_url="http://127.0.0.1:9/", hr=hr)
    (folder / "settings.toml").write_text(text, encoding="utf8")
    return Desk(folder=folder, environment=environment)


def make_desk_for(simulator: Simulator, folder: Path, *, hr: str = "") -> Desk:
    """Return a desk whose settings and secrets are the simulated WeCom's."""
    given = simulator.credentials()
    text = SETTINGS.format(corp_id=given["corp_id"], base_url=given["base_url"], hr=f'"{hr}"' if hr else "")
    secrets = given["secrets"]
    return make_desk(
        folder,
        settings=text,
        T_APP_SECRET=secrets["app"],
        T_CONTACTS_SECRET=secrets["contacts"],
        T_ARCHIVE_SECRET=secrets["archive"],
        T_BOT_KEY=given["bot_keys"][0],
    )

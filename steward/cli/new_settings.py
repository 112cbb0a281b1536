"""Take up a changed settings.toml while the service runs, or say why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from reports.service_notice import Kind
from steward.cli.houses import Houses
from steward.cli.log import REDACTOR
from steward.cli.notices import tell
from steward.cli.redaction import resolved_secrets
from steward.cli.reload import Broken, SettingsWatch, Sound, restart_keys
from steward.cli.timetables import timetables_of
from steward.model.settings import SettingsError

if TYPE_CHECKING:
    from steward.cli.house import House
    from steward.model.settings import Settings

log = structlog.get_logger()


class NewSettings:
    """Follows the settings file. What a run began with it keeps; everything else goes by the new house.

    Args:
        taken_up: called when a new house is in force.
    """

    def __init__(self, watch: SettingsWatch, houses: Houses, taken_up: Callable[[], None]) -> None:
        self._watch = watch
        self._houses = houses
        self._taken_up = taken_up
        self.trouble: str | None = None
        """Why the file as it is now is not in force; None: it is."""

    def look(self, *, at_once: bool = False) -> None:
        """Look at the file; take it up if it changed and is sound."""
        match self._watch.look(at_once=at_once):
            case Sound(settings=settings, digest=digest):
                self._take_up(settings, digest)
            case Broken(why=why, brief=brief, digest=digest):
                self._refuse("settings_refused", why, digest, brief=brief)
            case None:
                return

    def _take_up(self, settings: Settings, digest: str) -> None:
        old = self._houses.current
        if keys := restart_keys(old.settings, settings):
            self._refuse("settings_wait", "、".join(keys), digest)
            return
        try:
            house = _prepared(replace(old, settings=settings))
        except (SettingsError, LookupError, ValueError) as error:
            self._refuse("settings_refused", str(error), digest)
            return
        self._houses.replace(house)
        log.info("设置已重新读入并采用", action="settings_taken_up")
        was_in_trouble, self.trouble = self.trouble is not None, None
        if was_in_trouble:
            self._tell("settings_in_force", "", digest)
        self._taken_up()

    def _refuse(self, kind: Kind, why: str, digest: str, *, brief: str | None = None) -> None:
        first = self.trouble is None
        self.trouble = why
        log.error(f"设置文件没有采用，仍按原来的运行：{why}", action=kind)
        # Once until it is mended: who is mending a file saves it more than once.
        if first:
            self._tell(kind, brief or why, digest)

    def _tell(self, kind: Kind, detail: str, digest: str) -> None:
        house = self._houses.current
        key = f"{digest[:16]}:{house.now():%Y-%m-%dT%H}"
        try:
            with house.database.begin() as connection:
                tell(house, connection, kind, key, detail=detail)
        except Exception as error:
            log.error(f"无法通知管理员：{error}", action="alert_failed")


def _prepared(house: House) -> House:
    """Return the house with everything made that may refuse its settings: nothing is in force half."""
    REDACTOR.know(resolved_secrets(house.settings, house.environment, house.root))
    timetables_of(house)
    _ = house.client, house.worker
    return house

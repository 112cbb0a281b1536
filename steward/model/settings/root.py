"""The whole of settings.toml."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field, field_validator, model_validator

from steward.model.settings.base import Section, refusal
from steward.model.settings.calendar import Calendar
from steward.model.settings.channels import Email, Webhook, WebhookName
from steward.model.settings.company import Company, Database, People
from steward.model.settings.groups import Groups, Nickname
from steward.model.settings.hours import BusinessHoursSettings
from steward.model.settings.observability import Observability
from steward.model.settings.operation import (
    DEFAULT_SCHEDULES,
    DeliverySettings,
    Escalation,
    Retention,
    Schedule,
    Serve,
    WeComSettings,
    least_lease_s,
)
from steward.model.settings.policies import Policies


def with_defaults(job: str, given: object) -> object:
    """Return one schedule as written, with what is not written taken from the job's own default."""
    default = DEFAULT_SCHEDULES.get(job)
    if default is None or not isinstance(given, Mapping):
        return given
    kept: dict[str, object] = {"on_non_working_days": default.on_non_working_days, "enabled": default.enabled}
    if not {"cron", "every_minutes", "on", "at"} & set(given):
        kept |= {"cron": default.cron, "every_minutes": default.every_minutes}
    return {**kept, **given}


class Settings(Section):
    """Everything an operator may change. Paths are relative to the file the settings came from."""

    company: Company
    database: Database = Database()
    people: People = People()
    email: Email | None = None
    webhooks: dict[WebhookName, Webhook] = Field(default_factory=dict)
    policies: Policies = Policies()
    groups: Groups = Groups()
    nickname: Nickname = Nickname()
    escalation: Escalation = Escalation()
    calendar: Calendar = Calendar()
    business_hours: BusinessHoursSettings = BusinessHoursSettings()
    schedules: dict[str, Schedule] = Field(default_factory=dict, validate_default=True)
    delivery: DeliverySettings = DeliverySettings()
    wecom: WeComSettings = WeComSettings()
    serve: Serve = Serve()
    observability: Observability = Observability()
    retention: Retention = Retention()

    @field_validator("schedules", mode="before")
    @classmethod
    def _keep_the_rest_of_a_schedule(cls, value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        return {job: with_defaults(job, given) for job, given in value.items()}

    @field_validator("schedules")
    @classmethod
    def _known_jobs(cls, value: dict[str, Schedule]) -> dict[str, Schedule]:
        unknown = sorted(set(value) - set(DEFAULT_SCHEDULES))
        if unknown:
            raise refusal("unknown_job", value=unknown[0], known=", ".join(DEFAULT_SCHEDULES))
        return {**DEFAULT_SCHEDULES, **value}

    @model_validator(mode="after")
    def _lease_outlasts_a_call(self) -> Settings:
        least = least_lease_s(self.wecom.connect_timeout_s, self.wecom.read_timeout_s)
        if self.delivery.lease_s < least:
            raise refusal("lease_too_short", least=least)
        return self

    @model_validator(mode="after")
    def _bots_exist(self) -> Settings:
        for who in ("hr", "admins"):
            bot = getattr(self.people, who).bot
            if bot is not None and bot not in self.people.bots:
                raise refusal("unknown_bot", value=bot, known=", ".join(self.people.bots))
        return self

    @model_validator(mode="after")
    def _channels_exist(self) -> Settings:
        for receiver in (self.people.hr, self.people.admins):
            if receiver.emails and self.email is None:
                raise refusal("no_email_section")
            for name in receiver.webhooks:
                if name not in self.webhooks:
                    raise refusal("unknown_webhook", value=name, known=", ".join(self.webhooks))
        return self

"""Every figure and right a test may want to change, with WeCom's own as the default."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from steward.simulator.records import ROOT_DEPARTMENT


@dataclass(slots=True, kw_only=True)
class Limits:
    """What this WeCom permits. `_s` are seconds; None switches a rule off. Numbers are document paths."""

    token_lifetime_s: int = 7200  # 91039
    media_lifetime_s: int = 3 * 86400  # 90253
    recall_window_s: int = 86400  # 94867
    response_code_lifetime_s: int = 72 * 3600  # 94888
    wrong_secrets_before_block: int = 5  # 90313 names the block of an hour, not the count

    calls_per_minute: int | None = 10_000  # 90312: each endpoint; sending is counted by its own rules
    calls_per_minute_by_endpoint: dict[str, int] = field(default_factory=dict)
    parallel_calls: int | None = None  # 90313 45033: no figure published
    member_messages_per_minute: int = 30  # 90236
    member_messages_per_hour: int = 1000  # 90236
    person_times_per_account: int | None = 200  # 90236: a day, times the number of accounts
    chat_messages_per_minute: int = 200  # 90248: each member, over all chats of the application
    chat_messages_per_day: int = 10_000  # 90248
    chats_per_day: int = 1000  # 90245
    chat_updates_per_hour: int = 1000  # 98913
    bot_messages_per_minute: int = 20  # 99110

    people_without_owner_filter: int = 1000  # 92120
    page_size: int | None = None  # pages never get longer than this, whatever `limit` asks for

    visible_departments: list[int] = field(default_factory=lambda: [ROOT_DEPARTMENT])
    app_rights: list[str] = field(
        default_factory=lambda: ["directory", "customer_contact", "appchat", "message", "media"]
    )
    trusted_ips: list[str] | None = None
    archive_trusted_ips: list[str] | None = None
    archive_is_enabled: bool = True
    archive_seats: int | None = None  # 91614: people beyond the purchased number are silently missing
    has_callback_url: bool = True
    refuses_unicode_escapes: bool = False
    caller_ip: str | None = None  # the address WeCom sees instead of the socket's

    def change(self, changes: dict[str, Any]) -> None:
        """Set some of them.

        Raises:
            ValueError: a name that is no limit; nothing is changed then.
        """
        known = {item.name for item in fields(self)}
        if unknown := set(changes) - known:
            raise ValueError(
                f"unknown limits: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}"
            )
        for name, value in changes.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """Return all of them by name."""
        return asdict(self)

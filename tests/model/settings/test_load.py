"""settings.toml is read whole or refused with everything that is wrong with it."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.model.settings import Settings, SettingsError, decode_settings, parse_settings
from steward.model.settings.load import _validate
from steward.model.settings.said import Source, to_problems
from steward.model.settings.schema import keys_at
from steward.model.settings.wording import WORDING

TEMPLATE = Path(__file__).parents[3] / "settings.toml"
COMPANY = """[company]
name = "示例公司"
corp_id = "ww0000000000000000"
agents.app = { agent_id = 1000002, secret = { env = "WECOM_APP_SECRET" } }
"""


def refuse(more: str, **env: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        parse_settings(COMPANY + more, file="settings.toml", env=env)
    return caught.value


def test_the_template_gives_the_defaults_where_it_repeats_them() -> None:
    settings = parse_settings(TEMPLATE.read_text("utf-8"), file="settings.toml")
    plain = parse_settings(COMPANY, file="settings.toml")
    for section in set(Settings.model_fields) - {"company"}:
        assert getattr(settings, section) == getattr(plain, section), section
    for key in ("base_url", "timezone", "language", "console_url"):
        assert getattr(settings.company, key) == getattr(plain.company, key)


def test_the_template_shows_every_key_of_every_section() -> None:
    text = TEMPLATE.read_text("utf-8")
    places = [
        ("company",),
        ("company", "agents"),
        ("database",),
        ("people",),
        ("groups",),
        ("groups", "rules", 0),
    ]
    places += [(name,) for name in ("nickname", "escalation", "calendar", "delivery", "wecom", "retention")]
    places += [("policies", "work"), ("schedules", "deliver"), ("people", "bots", "x"), ("observability",)]
    places += [("people", "hr"), ("email",), ("webhooks", "x"), ("business_hours",)]
    places += [("business_hours", "departments", "x"), ("calendar", "notices")]
    for place in places:
        for key in keys_at(place):
            assert f"{key} =" in text or f".{key}]" in text or f".{key}." in text, (place, key)


def test_a_misspelt_key_is_refused_with_its_line_and_the_key_meant() -> None:
    error = refuse('[[groups.rules]]\nchat_id = "wr1"\n\n[[groups.rules]]\nchat_id = "wr2"\npolcy = "work"\n')
    assert str(error) == (
        "settings.toml:10  groups.rules[2].polcy：未知的键；"
        "可用：chat_id、name、policy、department、liaison、audience、filed_on；是不是 policy？"
    )
    assert error.text("en") == (
        "settings.toml:10  groups.rules[2].polcy: unknown key; "
        "allowed: chat_id, name, policy, department, liaison, audience, filed_on; did you mean policy?"
    )


def test_a_misspelt_value_is_refused_with_the_value_meant() -> None:
    (problem,) = refuse('[groups]\ndefault_policy = "exchnage"\n').problems
    assert (problem.line, problem.seen) == (6, '"exchnage"')
    assert problem.text().endswith('可用："publicity"、"exchange"、"work"；是不是 "exchange"？')


def test_every_error_is_told_at_once_in_the_order_of_the_lines() -> None:
    error = refuse(
        '[escalation]\nhr_after_working_days = 1\n[people]\nhr = "zhangsan"\nadmins = { bot = "ops" }\n'
        '[wecom]\nparallel_calls = 99\nread_timeout = 1\n[schedules.dialy_digest]\ncron = "1 2 3"\n'
    )
    assert [(p.line, p.key) for p in error.problems] == [
        (6, "escalation.hr_after_working_days"),
        (8, "people.hr"),
        (9, "people.admins.bot"),
        (11, "wecom.parallel_calls"),
        (12, "wecom.read_timeout"),
        (13, "schedules.dialy_digest"),
        (14, "schedules.dialy_digest.cron"),
    ]


def test_a_key_under_the_wrong_header_is_told_where_it_belongs() -> None:
    (problem,) = refuse('[people]\nbase_url = "https://example.com"\n').problems
    assert problem.text().endswith("这个键属于 [company]，请移到那一节下面")


def test_a_missing_section_is_said_without_a_line() -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings("[people]\n", file="settings.toml")
    assert str(caught.value).startswith("settings.toml  company：缺少必填的键；可用：name、corp_id")


def test_a_missing_key_is_said_with_the_line_of_its_section() -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings('\n[company]\nname = "x"\ncorp_id = "ww01"\nagents.app = { agent_id = 1 }\n', file="s")
    assert [(p.line, p.key) for p in caught.value.problems] == [(5, "company.agents.app.secret")]


def test_two_rules_for_one_group_are_refused_with_both_lines() -> None:
    (problem,) = refuse('[[groups.rules]]\nchat_id = "wr1"\n[[groups.rules]]\nchat_id = "wr1"\n').problems
    assert problem.line == 8
    assert "与第 6 行的规则说的是同一个群" in problem.text()
    assert "the same group as the rule at line 6" in problem.text("en")


def test_what_each_kind_of_a_value_may_be_is_one_problem() -> None:
    (problem,) = refuse('[[groups.rules]]\nname = "a*"\ndepartment = 1.5\n').problems
    assert problem.allowed is not None
    assert "；或整数" in problem.allowed.zh


def test_a_wrong_key_inside_a_secret_is_the_only_thing_said_of_it() -> None:
    (problem,) = refuse('[database]\nurl = { evn = "X" }\n').problems
    assert problem.key == "database.url.evn"


@pytest.mark.parametrize(
    "line",
    [
        '[people.bots.ops]\nkey = "4f7d9c1e-hush"',
        '[people.bots]\nops = "https://example.com/send?key=4f7d9c1e-hush"',
        '[people]\nhr = ["https://example.com/send?key=4f7d9c1e-hush"]',
        '[people.bots.ops]\nkey = { env = "4f7d9c1e-hush" }',
        '[people.bots.ops]\nkey = { env = "X", value = "4f7d9c1e-hush" }',
        '[people]\ncorp_secret = "4f7d9c1e-hush"',
        '[database]\nurl = "postgresql://steward:4f7d9c1e-hush@db/steward"',
        '[people.bots.ops]\nkey = { env = "Ab0hushAb1cdefghijklmnopqrstuvwxyz4f7d9c1e" }',
        'base_url = "https://me:4f7d9c1e-hush@example.com/"',
        '[people.bots.ops]\nkey = "4f7d9c1e-hush',
    ],
)
def test_a_secret_in_the_settings_is_never_repeated(line: str) -> None:
    error = refuse(line)
    whole = f"{error!r}{error}{error.text('en')}{error.problems!r}{error.__context__!r}{error.__cause__!r}"
    assert "hush" not in whole


def test_a_settings_error_made_by_the_records_themselves_repeats_no_value() -> None:
    with pytest.raises(ValueError) as caught:
        Settings.model_validate(
            {"company": {"name": "x", "corp_id": "ww01", "agents": {"app": {"secret": "hush"}}}}
        )
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('"21:30"', time(21, 30)),
        ('"7:30"', time(7, 30)),
        ("21:30:00", time(21, 30)),
        ('"00:00"', time(0, 0)),
    ],
)
def test_a_time_of_day_is_read_as_text_or_as_toml_has_it(written: str, meant: time) -> None:
    settings = parse_settings(f"{COMPANY}[policies.work]\nquiet_from = {written}\n", file="s")
    assert settings.policies.work.quiet_from == meant


@pytest.mark.parametrize(
    "written", ['"２１：３０"', "22", '"24:00"', '"22点"', "true", '"22:60"', '"22:00:30"']
)
def test_a_time_of_day_is_refused_when_it_is_none(written: str) -> None:
    (problem,) = refuse(f"[policies.work]\nquiet_from = {written}\n").problems
    assert "半角数字" in problem.text()


@pytest.mark.parametrize("written", ["2026-11-20", '"2026-11-20"'])
def test_a_date_is_read_bare_or_in_quotes(written: str) -> None:
    settings = parse_settings(f'{COMPANY}[[groups.rules]]\nname = "*"\nfiled_on = {written}\n', file="s")
    assert settings.groups.rules[0].filed_on == date(2026, 11, 20)


@pytest.mark.parametrize("written", ["20261120", '"2026年11月20日"', "2026-11-20T08:00:00", "true", "[]"])
def test_a_date_is_refused_when_it_is_none(written: str) -> None:
    (problem,) = refuse(f'[[groups.rules]]\nname = "*"\nfiled_on = {written}\n').problems
    assert problem.key == "groups.rules[1].filed_on"


def test_one_changed_limit_keeps_the_rest_of_a_policy_and_of_a_schedule() -> None:
    settings = parse_settings(
        f'{COMPANY}[policies.publicity]\nquiet_from = "21:00"\nchecks = ["nickname"]\n'
        "[schedules.daily_digest]\nenabled = false\n",
        file="s",
    )
    assert settings.policies.publicity.checks == ("nickname",)
    assert settings.policies.publicity.quiet_until == settings.policies.work.quiet_until
    digest = settings.schedules["daily_digest"]
    assert (digest.cron, digest.on_non_working_days, digest.enabled) == ("37 8 * * *", "skip", False)


def test_userids_are_lower_case_and_may_be_staff_numbers() -> None:
    settings = parse_settings(f'{COMPANY}[people]\nhr = ["ZhangSan", 10023]\n', file="s")
    assert settings.people.hr.users == ("zhangsan", "10023")


def _leaves(annotated: dict[str, Any]) -> list[tuple[str, ...]]:
    paths: list[tuple[str, ...]] = []
    for name, value in annotated.items():
        paths.append((name,))
        if isinstance(value, dict):
            paths += [(name, *rest) for rest in _leaves(value)]
    return paths


_FULL: dict[str, Any] = {
    "company": {
        **{
            "name": "x",
            "corp_id": "ww01",
            "base_url": "https://a/",
            "timezone": "Asia/Shanghai",
            "language": "zh",
        },
        "agents": {"app": {"agent_id": 1, "secret": {"env": "A"}}},
    },
    "database": {"url": "sqlite:///x"},
    "people": {
        "hr": {"users": ["a"], "bot": "b", "emails": ["a@example.com"], "webhooks": ["w"]},
        "general_manager": "a",
        "bots": {"b": {"key": {"env": "B"}, "keys": []}},
    },
    "email": {
        **{"host": "mail.example.com", "port": 465, "tls": "implicit", "user": "a", "from_name": "x"},
        **{"password": {"env": "A"}, "from_address": "a@example.com", "timeout_s": 2.0, "on_unknown": "ask"},
    },
    "webhooks": {"w": {"url": "https://a/", "secret": {"env": "A"}, "idempotent": True, "timeout_s": 1.0}},
    "policies": {"work": {"checks": ["nickname"], "quiet_from": "22:00", "own_post_max_characters": 200}},
    "groups": {"rules": [{"chat_id": "a"}], "exclude": [], "customer_groups": True, "default_policy": "work"},
    "nickname": {"separators": ["-"], "department_aliases": {"a": ["b"]}},
    "escalation": {"head_after_working_days": 1, "hr_after_working_days": 3},
    "calendar": {
        "working_days": [date(2026, 1, 1)],
        "days_off": [],
        "notices": {
            "2027": {"days_off": {"a": [date(2027, 1, 1)]}, "make_up_days": {"a": [date(2027, 1, 3)]}}
        },
    },
    "business_hours": {
        "windows": ["08:00-12:00"],
        "on_days_off": [],
        "departments": {"a": {"windows": ["07:00-08:00"], "on_days_off": []}},
    },
    "schedules": {"deliver": {"every_minutes": 1}, "daily_digest": {"cron": "1 2 3 4 5"}},
    "observability": {"listen": "127.0.0.1:9464"},
    "delivery": {"backoff_base_s": 5.0, "backoff_cap_s": 9.0, "max_attempts": 1, "lease_s": 60},
}
_PERVERSE = [
    *(
        None,
        True,
        -1,
        0,
        10**30,
        1.5,
        float("nan"),
        "",
        "x" * 200,
        "zhang san",
        "２２",
        "ftp://a",
        "http://",
        "x:y",
    ),
    *(
        [],
        ["a", "a"],
        [date(2026, 1, 1)],
        [1],
        [[]],
        [None],
        [{"chat_id": 1}],
        [{"filed_on": "x"}],
        [{"filed_on": 1}],
        [{}],
    ),
    *(
        {},
        {"x": 1},
        {"env": "A", "file": "B"},
        {"env": "1"},
        {"env": 1},
        {"bot": "c"},
        {"deliver": {}},
        {"a": 1},
    ),
    *(date(2026, 1, 1), time(1), "http://a@b/", "http://" + "a" * 3000, "2026-01-01T05:00:00", "1 2"),
    *({"cron": "1 2 3 4 5", "every_minutes": 1}, {"filed_on": []}, "postgresql://a:b@c/d"),
    *([{"filed_on": "2026-01-01T05:00:00"}], [{"filed_on": []}], [{"chat_id": "a"}, {"chat_id": "a"}]),
    *("none", "a\nb", "http://example.com/", {"a b": {}}),
    *(["08:00-12:00", "11:00-13:00"], ["13:00-11:00"], ["08:00-08:00"], {"a": [date(2027, 1, 3)]}),
    *({"every_minutes": 1, "jitter_s": 60}, {"every_minutes": 1, "on_non_working_days": "postpone"}),
    *({"cron": "1 2 3 4 5", "at": "09:00"}, {"every_minutes": 1, "ping_url": "http://a.example/"}),
    *({"99999": {}}, {"2026": {"days_off": {"a": [date(2027, 1, 1)]}}}),
    *(12, [{"env": "A"}, {"env": "A"}]),
]


def _with(path: tuple[str, ...], value: object) -> dict[str, Any]:
    raw = {name: _copy(inner) for name, inner in _FULL.items()}
    table = raw
    for key in path[:-1]:
        table = table[key]
    table[path[-1]] = value
    return raw


def _copy(value: Any) -> Any:
    return {k: _copy(v) for k, v in value.items()} if isinstance(value, dict) else value


def test_every_error_the_schema_can_raise_has_words_in_both_languages() -> None:
    kinds: set[str] = set()
    for path in _leaves(_FULL):
        for value in _PERVERSE:
            faults = _validate(_with(path, value), checks=("nickname",))[1]
            kinds |= {fault.kind for fault in faults}
            for problem in to_problems(faults, Source(file="s", lines={}, variables={})):
                for language in ("zh", "en"):
                    assert not any(
                        f"{{{n}}}" in problem.text(language) for n in ("ge", "le", "gt", "known", "first")
                    )
    said_elsewhere = {"override_path", "override_scalar", "secret_unreadable", "schedule_refused"}
    assert kinds == set(WORDING) - said_elsewhere


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        parse_settings(text, file="settings.toml")


def test_variables_override_single_values() -> None:
    env = {
        "STEWARD__COMPANY__NAME": "2026",
        "STEWARD__COMPANY__BASE_URL": "http://127.0.0.1:8080/cgi-bin/",
        "STEWARD__WECOM__PARALLEL_CALLS": "7",
        "STEWARD__GROUPS__CUSTOMER_GROUPS": "false",
        "STEWARD__DATABASE__URL": "",
        "STEWARD_OTHER": "x",
    }
    settings = parse_settings(COMPANY, file="s", env=env)
    assert settings.company.name == "2026"
    assert str(settings.company.base_url) == "http://127.0.0.1:8080/cgi-bin/"
    assert (settings.wecom.parallel_calls, settings.groups.customer_groups) == (7, False)
    assert settings.database.url == "sqlite:///var/steward.db"


def test_a_wrong_variable_is_named_instead_of_a_line() -> None:
    env = {
        "STEWARD__WECOM__PARALLEL_CALLS": "99",
        "STEWARD__WECOM__PARALEL": "9",
        "STEWARD__GROUPS__EXCLUDE": "wr1",
        "STEWARD__COMPANY__NAME__FIRST": "x",
        "STEWARD__X": "1",
    }
    texts = refuse("", **env).text().splitlines()
    assert [text.partition("：")[0] for text in texts] == [
        "$STEWARD__COMPANY__NAME__FIRST",
        "$STEWARD__GROUPS__EXCLUDE  groups.exclude",
        "$STEWARD__WECOM__PARALEL  wecom.paralel",
        "$STEWARD__WECOM__PARALLEL_CALLS  wecom.parallel_calls",
        "$STEWARD__X",
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("name = '公司'\n".encode("gbk"), "文件是 GBK 编码，不是 UTF-8"),
        ("a = 1\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_a_file_in_another_encoding_is_refused_by_its_name(data: bytes, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        decode_settings(b"# ok\n" + data if said.startswith("文件是 GBK") else data, file="settings.toml")
    assert said in str(caught.value)
    assert "另存为" in str(caught.value)


def test_lines_count_right_behind_a_byte_order_mark() -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings("\ufeff" + COMPANY + "nmae = 1\n", file="s")
    assert [(p.line, p.key) for p in caught.value.problems] == [(5, "company.nmae")]


def test_a_byte_order_mark_is_no_fault() -> None:
    text = decode_settings(b"\xef\xbb\xbf" + COMPANY.encode(), file="s")
    assert parse_settings("\ufeff" + text, file="s") == parse_settings(COMPANY, file="s")

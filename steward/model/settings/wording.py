"""What is said about each kind of fault: what is wrong, and what would be right, in Chinese and English.

The keys are pydantic's error types and, from `plain_secret` on, our own. A kind that is not here falls back to
pydantic's own English sentence; a test walks the whole schema to see that none does.
"""

from __future__ import annotations

from typing import NamedTuple

from steward.model.words import Words


class Wording(NamedTuple):
    """`message`: what is wrong · `allowed`: what would be right; both may hold `{names}` of the error's context."""

    message: Words
    allowed: Words | None = None


_WRONG_TYPE = Words("类型不对", "wrong type")
_NUMBER_RANGE = Words("数值超出范围", "number out of range")
_INTEGER = Words("整数，不加引号，例如 8", "a whole number without quotes, such as 8")
_NUMBER = Words("数字，不加引号，例如 2.5", "a number without quotes, such as 2.5")
_SWITCH = Words("true 或 false，小写，不加引号", "true or false, lower case, without quotes")
_TEXT = Words('文字，用英文双引号括起来，例如 "abc"', 'text in straight double quotes, such as "abc"')
_TABLE = Words(
    "一个表：[节名] 及其下各行，或 { 键 = 值 }", "a table: [name] and the lines below it, or { key = value }"
)
_LIST = Words('列表，例如 ["a", "b"]', 'a list, such as ["a", "b"]')
_DATE = Words("日期，不加引号，例如 2026-11-20", "a date without quotes, such as 2026-11-20")
_CLOCK = Words(
    '24 小时制的时刻，半角数字，例如 "22:00"（零点写 "00:00"）',
    'a 24-hour time of day in plain ASCII digits, such as "22:00" (midnight is "00:00")',
)
_URL = Words('完整网址，例如 "https://example.com/"', 'a full URL, such as "https://example.com/"')
_SECRET = Words('{ env = "环境变量名" } 或 { file = "文件路径" }', '{ env = "NAME" } or { file = "PATH" }')
_USERID = Words(
    '企业微信管理后台里的“账号”，由字母、数字和 _ - @ . 组成，1 至 64 位，例如 "zhangsan"（不是姓名）',
    "the account name in the WeCom admin console: letters, digits and _ - @ . , 1 to 64 of them, such as "
    '"zhangsan" (not the person\'s name)',
)

PYDANTIC: dict[str, Wording] = {
    "missing": Wording(Words("缺少必填的键", "a required key is missing")),
    "extra_forbidden": Wording(Words("未知的键", "unknown key")),
    "literal_error": Wording(Words("不在可选的值之内", "not one of the allowed values")),
    "model_type": Wording(_WRONG_TYPE, _TABLE),
    "dict_type": Wording(_WRONG_TYPE, _TABLE),
    "tuple_type": Wording(_WRONG_TYPE, _LIST),
    "string_type": Wording(_WRONG_TYPE, _TEXT),
    "string_too_short": Wording(
        Words("太短", "too short"), Words("至少 {min_length} 个字", "at least {min_length} characters")
    ),
    "string_too_long": Wording(
        Words("太长", "too long"), Words("最多 {max_length} 个字", "at most {max_length} characters")
    ),
    "int_type": Wording(_WRONG_TYPE, _INTEGER),
    "float_type": Wording(_WRONG_TYPE, _NUMBER),
    "bool_type": Wording(_WRONG_TYPE, _SWITCH),
    "greater_than": Wording(_NUMBER_RANGE, Words("大于 {gt}", "greater than {gt}")),
    "greater_than_equal": Wording(_NUMBER_RANGE, Words("不小于 {ge}", "at least {ge}")),
    "less_than_equal": Wording(_NUMBER_RANGE, Words("不大于 {le}", "at most {le}")),
    "url_type": Wording(_WRONG_TYPE, _URL),
    "url_parsing": Wording(Words("不是网址", "not a URL"), _URL),
    "url_scheme": Wording(Words("不是 http 或 https 网址", "not an http or https URL"), _URL),
    "date_type": Wording(_WRONG_TYPE, _DATE),
    "date_from_datetime_parsing": Wording(Words("不是日期", "not a date"), _DATE),
    "date_from_datetime_inexact": Wording(
        Words("这里只要日期，不要时刻", "only the date, without a time"), _DATE
    ),
}

OURS: dict[str, Wording] = {
    "plain_secret": Wording(
        Words(
            "密钥不能直接写在设置里（请当作已泄露，到后台重置）",
            "a secret never stands in the settings (treat it as leaked: reset it)",
        ),
        _SECRET,
    ),
    "secret_source": Wording(Words("要写且只写一种来源", "give exactly one source"), _SECRET),
    "secret_env_name": Wording(
        Words(
            "这不像环境变量名；如果是密钥本身，请当作已泄露，到后台重置",
            "not the name of a variable; if it is the secret itself, treat it as leaked: reset it",
        ),
        Words(
            '环境变量的名字，例如 "WECOM_APP_SECRET"', 'the name of a variable, such as "WECOM_APP_SECRET"'
        ),
    ),
    "url_with_password": Wording(Words("带密码的网址就是密钥", "a URL with a password is a secret"), _SECRET),
    "url_with_credentials": Wording(
        Words("网址里不能带用户名、密码或查询参数", "no user name, password or query in this URL"), _URL
    ),
    "corp_id": Wording(
        Words("不是企业ID", "not a corp id"),
        Words(
            '管理后台“我的企业”页底部的企业ID，例如 "ww0123456789abcdef"',
            'the id at the foot of "My Company" in the admin console, such as "ww0123456789abcdef"',
        ),
    ),
    "userid": Wording(Words("不是企业微信账号", "not a WeCom userid"), _USERID),
    "receivers": Wording(
        _WRONG_TYPE,
        Words(
            '账号列表，例如 ["zhangsan"]，或 { users = ["zhangsan"], bot = "机器人名" }',
            'a list of userids such as ["zhangsan"], or { users = ["zhangsan"], bot = "name" }',
        ),
    ),
    "timezone": Wording(
        Words("未知的时区", "unknown time zone"), Words('例如 "Asia/Shanghai"', 'such as "Asia/Shanghai"')
    ),
    "clock_time": Wording(Words("不是时刻", "not a time of day"), _CLOCK),
    "plain_date": Wording(Words("不是日期", "not a date"), _DATE),
    "unknown_check": Wording(Words("没有这项检查", "no such check"), Words("{known}", "{known}")),
    "unknown_job": Wording(Words("没有这个任务", "no such job"), Words("{known}", "{known}")),
    "unknown_bot": Wording(
        Words("[people.bots] 里没有这个机器人", "no such bot in [people.bots]"), Words("{known}", "{known}")
    ),
    "cron_or_interval": Wording(
        Words("cron 和 every_minutes 要写且只写一个", "give exactly one of cron and every_minutes"),
        Words('cron = "37 8 * * 1-5" 或 every_minutes = 1', 'cron = "37 8 * * 1-5" or every_minutes = 1'),
    ),
    "cron_fields": Wording(
        Words("cron 表达式要有五段", "a cron expression has five fields"),
        Words(
            '“分 时 日 月 星期”，例如 "37 8 * * 1-5"',
            'minute, hour, day, month, weekday, such as "37 8 * * 1-5"',
        ),
    ),
    "rule_target": Wording(
        Words(
            "一条规则要写且只写 chat_id、name 之一",
            "a rule names its groups by exactly one of chat_id and name",
        ),
        Words('chat_id = "wr…" 或 name = "华东*"', 'chat_id = "wr…" or name = "华东*"'),
    ),
    "rule_twice": Wording(
        Words(
            "与{first}的规则说的是同一个群；先写的算数，请合并成一条",
            "the same group as the rule at {first}; the first one counts, make them one",
        )
    ),
    "rule_excluded": Wording(
        Words(
            "这个群同时在 groups.exclude 里，规则不会起作用；二者留一",
            "this group is in groups.exclude too, so the rule has no effect; keep one of them",
        )
    ),
    "hr_before_head": Wording(
        Words("HR 要在部门负责人之后才收到通知", "HR is told after the department head"),
        Words("大于 head_after_working_days（{head}）", "more than head_after_working_days ({head})"),
    ),
    "day_is_both": Wording(
        Words(
            "{day} 既写成上班日又写成休息日；请从一处删去",
            "{day} is both a working day and a day off; remove it from one",
        )
    ),
    "override_scalar": Wording(
        Words(
            "环境变量只能改单个的值，列表和表请在设置文件里改",
            "a variable can set a single value only; change lists and tables in the file",
        )
    ),
    "override_path": Wording(
        Words("环境变量名要写成 STEWARD__节__键", "the variable's name must be STEWARD__SECTION__KEY")
    ),
    "secret_unreadable": Wording(
        Words("密钥文件无法读取：{why}", "the secret's file cannot be read: {why}"),
        Words("只含密钥一行的 UTF-8 文本文件", "a UTF-8 text file with the secret as its only line"),
    ),
}

WORDING = PYDANTIC | OURS

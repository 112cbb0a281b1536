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
            '账号列表，例如 ["zhangsan"]，或 { users = ["zhangsan"], bot = "机器人名", emails = ["hr@example.com"] }',
            'a list of userids such as ["zhangsan"], or { users = ["zhangsan"], bot = "name", '
            'emails = ["hr@example.com"] }',
        ),
    ),
    "email_address": Wording(
        Words("不是可用的邮箱地址", "no usable mail address"),
        Words(
            '只写地址，例如 "hr@example.com"；只用英文字母、数字和符号，中文域名写成 xn-- 开头的形式',
            'the address alone, such as "hr@example.com", in ASCII; an international domain in its xn-- form',
        ),
    ),
    "one_line": Wording(
        Words(
            "不能只有空格，不能有换行或其他控制字符", "no blanks alone, no line breaks or control characters"
        ),
        _TEXT,
    ),
    "mail_host": Wording(
        Words("不是邮件服务器的名字或地址", "not the name or address of a mail server"),
        Words(
            '例如 "smtp.exmail.qq.com"，不带 smtp:// 和端口（端口写在 port）',
            'such as "smtp.exmail.qq.com", without smtp:// and port (that is `port`)',
        ),
    ),
    "user_and_password": Wording(
        Words("user 和 password 要一起写，或都不写", "give user and password, or neither"), _SECRET
    ),
    "password_in_the_clear": Wording(
        Words(
            'tls = "none" 时密码会以明文经过网络',
            'with tls = "none" the password crosses the network in the clear',
        ),
        Words(
            'tls = "implicit" 或 "starttls"；内网中继按 IP 放行的，去掉 user 和 password',
            'tls = "implicit" or "starttls"; for a relay that trusts this address, leave out user and password',
        ),
    ),
    "webhook_in_the_clear": Wording(
        Words("网址要用 https（本机除外）", "the URL must be https (but for this machine)"),
        Words(
            '例如 "https://erp.example.com/steward"；自建证书写 ca_file',
            'such as "https://erp.example.com/steward"; ca_file for a certificate of your own authority',
        ),
    ),
    "webhook_name": Wording(
        Words("名字不可用", "not a usable name"),
        Words("1 至 64 位字母、数字、_ 和 -", "1 to 64 letters, digits, _ and -"),
    ),
    "unknown_webhook": Wording(
        Words("没有 [webhooks] 这一项", "no such [webhooks] section"), Words("{known}", "{known}")
    ),
    "no_email_section": Wording(
        Words(
            "写了收件邮箱，却没有 [email] 一节，邮件发不出去",
            "mail addresses are named, but there is no [email] section",
        ),
        Words(
            "加上 [email] 的 host、from_address，以及 user、password",
            "add [email] with host and from_address, and user and password",
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
    "bot_without_key": Wording(
        Words("机器人没有 key", "the bot has no key"),
        Words(
            'key = { env = "WECOM_BOT_KEY" }；同一群有几个机器人时再写 keys = [{ env = "…" }]',
            'key = { env = "WECOM_BOT_KEY" }; with several bots in the group also keys = [{ env = "…" }]',
        ),
    ),
    "bot_key_twice": Wording(
        Words("同一个 key 写了两次", "the same key twice"),
        Words("每个机器人的 key 写一次", "each bot's key once"),
    ),
    "lease_too_short": Wording(
        Words(
            "比一次调用可能用的时间还短，发送中的消息会被别人拿走",
            "shorter than a call may take: a message would be taken away while it is being sent",
        ),
        Words(
            "至少 {least}（连接与回答的等待时间之和，加 5 秒）",
            "at least {least} (both timeouts of [wecom] and 5)",
        ),
    ),
    "cron_or_interval": Wording(
        Words("cron、every_minutes、on 要写且只写一个", "give exactly one of cron, every_minutes and on"),
        Words(
            'cron = "37 8 * * 1-5"，或 every_minutes = 1，或 on = "first_working_day" 加 at = "09:00"',
            'cron = "37 8 * * 1-5", or every_minutes = 1, or on = "first_working_day" with at = "09:00"',
        ),
    ),
    "on_and_at": Wording(
        Words("on 和 at 要一起写，at 只和 on 一起用", "on and at go together, and at goes with nothing else"),
        Words('on = "first_working_day" 加 at = "09:00"', 'on = "first_working_day" with at = "09:00"'),
    ),
    "interval_postponed": Wording(
        Words(
            "every_minutes 不能顺延：每隔几分钟一次，没有“同一时刻”可顺延到",
            "every_minutes cannot be postponed: an interval has no time of day to postpone to",
        ),
        Words('"skip" 或 "run"', '"skip" or "run"'),
    ),
    "jitter_too_long": Wording(
        Words(
            "错开的秒数不小于两次运行之间最短的 {gap} 秒，次序会乱",
            "the jitter is not shorter than the {gap} s between two runs, which would change their order",
        ),
        Words("小于 {gap}", "less than {gap}"),
    ),
    "ping_url": Wording(
        Words("不是可用的回报网址", "no usable address to report to"),
        Words(
            '不带用户名和密码的 https 网址；地址本身要保密时写 { env = "环境变量名" } 或 { file = "文件路径" }',
            'an https address without user name and password; { env = "NAME" } or { file = "PATH" } where the '
            "address itself is secret",
        ),
    ),
    "schedule_refused": Wording(Words("{zh}", "{en}")),
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
    "notice_year": Wording(
        Words("“{year}”不是年份", '"{year}" is no year'),
        Words("[calendar.notices.2027] 这样的年份", "a year, as in [calendar.notices.2027]"),
    ),
    "notice_day": Wording(
        Words(
            "{day} 不属于 {year} 年的放假通知；请移到它自己那一年",
            "{day} is not of the notice on {year}; move it to its own year",
        ),
        Words("{year} 年的日期，或上一年 12 月的日期", "a date of {year}, or of the December before"),
    ),
    "window": Wording(
        Words("不是时段", "not a stretch of time"),
        Words(
            '"开始-结束"，24 小时制，例如 "08:30-12:00"；跨夜写 "22:00-06:00"，到半夜写 "18:00-24:00"',
            '"start-end" by the 24-hour clock, such as "08:30-12:00"; a night shift is "22:00-06:00", '
            'until midnight is "18:00-24:00"',
        ),
    ),
    "no_windows": Wording(
        Words("没有一个时段，工作时间永远不会开始", "no window at all: business time would never begin"),
        Words('至少一个，例如 ["08:30-12:00", "13:30-17:30"]', 'at least one, such as ["08:30-12:00"]'),
    ),
    "window_empty": Wording(
        Words("时段 {window} 起止相同，没有时间", "{window} starts and ends at the same time"),
        Words('全天写 "00:00-24:00"', 'the whole day is "00:00-24:00"'),
    ),
    "window_reversed": Wording(
        Words(
            "时段 {window} 起止像是写反了：跨夜的时段最长 12 小时",
            "start and end of {window} look swapped: a window that passes midnight lasts at most 12 hours",
        ),
    ),
    "window_overlap": Wording(
        Words(
            "{place}时段 {first} 和 {second} 重叠；请改成一个或错开",
            "{place}{first} and {second} overlap; join them or move one",
        ),
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
    "listen_address": Wording(
        Words("不是监听地址", "not an address to listen on"),
        Words(
            '"地址:端口"，例如 "127.0.0.1:9464"；端口写 0 表示不监听',
            '"host:port", such as "127.0.0.1:9464"; port 0 switches it off',
        ),
    ),
    "secret_unreadable": Wording(
        Words("密钥文件无法读取：{why}", "the secret's file cannot be read: {why}"),
        Words("只含密钥一行的 UTF-8 文本文件", "a UTF-8 text file with the secret as its only line"),
    ),
}

WORDING = PYDANTIC | OURS

"""The slips of people who do not know TOML, known by the line they stand on."""

from __future__ import annotations

from steward.model.words import Words

# What stands on the line -> what is probably the matter. The first that fits is said.
SLIPS: tuple[tuple[str, Words], ...] = (
    (
        r"=\s*[\[{]?\s*[“”‘’「『]|[“”]\s*(,|\]|$)",
        Words(
            '引号要用英文的 "，不能用中文的 “ ”',
            'use straight quotes ", not the Chinese “ ”',
        ),
    ),
    (
        r"^[^\"'#=]*＝",
        Words(
            "等号要用半角的 =，不能用全角的 ＝",
            "use the ASCII = sign, not the full-width ＝",
        ),
    ),
    (
        r"[［］【】]",
        Words(
            "方括号要用半角的 [ ]",
            "use ASCII brackets [ ]",
        ),
    ),
    (
        r"^\s*＃",
        Words(
            "注释要用半角的 #",
            "a comment starts with the ASCII #",
        ),
    ),
    (
        r"^[^\"'#=]*[:：]",
        Words(
            "键和值之间用 =，不用冒号",
            "key and value are joined by =, not by a colon",
        ),
    ),
    (
        r"[,\[{\"'\w]\s*，|、",
        Words(
            "列表里用半角逗号 , 分隔",
            "the elements of a list are separated by an ASCII comma",
        ),
    ),
    (
        r"^[ \t]*[\u00a0\u3000\u200b\ufeff]|[\u00a0\u3000](?=[^\"]*$)",
        Words(
            "有全角空格或看不见的字符，请删去",
            "a full-width or invisible space stands here; delete it",
        ),
    ),
    (
        r"=\s*[0-9]{1,2}[:：][0-9]{2}",
        Words(
            '时刻要加引号，例如 "22:00"',
            'a time of day stands in quotes: "22:00"',
        ),
    ),
    (
        r"=\s*(True|False|TRUE|FALSE|yes|no|是|否)\s*(#|$)",
        Words(
            "开关写 true 或 false，小写",
            "write true or false in lower case",
        ),
    ),
    (
        r"=\s*[+-]?0[0-9]",
        Words(
            "数字前面不要补 0；如果是文字请加引号",
            "no leading zero in a number; quote it if it is text",
        ),
    ),
    (
        r"=\s*(#|$)",
        Words(
            "等号后面没有值；不需要的行请删去或在行首加 #",
            "no value after =; delete the line or put # before it",
        ),
    ),
    (
        r'="[^"]*\\[^"]*"|=\s*"[^"]*\\',
        Words(
            "路径里的 \\ 请写成 / ，或用单引号 '…' 括起来",
            "write / for \\ in a path, or use single quotes '…'",
        ),
    ),
    (
        r"^\s*[^\s\"'#=\[]*[^\x00-\x7f][^=]*=",
        Words(
            "键名要照模板写英文；中文键名要用英文双引号括起来",
            "a key that is not plain ASCII stands in double quotes",
        ),
    ),
    (
        r"^\s*\[[^\]]*$",
        Words(
            "少了右方括号 ]",
            "the closing bracket ] is missing",
        ),
    ),
    (
        r"=\s*\{[^}]*$",
        Words(
            "少了右花括号 }，花括号里的内容要写在同一行",
            "the closing brace } is missing; all of it stands on one line",
        ),
    ),
    (
        r"=\s*\"[^\"]*$|=\s*'[^']*$",
        Words(
            "少了结尾的引号",
            "the closing quote is missing",
        ),
    ),
    (
        r"=\s*[^\s\"'\[{0-9+\-tf]",
        Words(
            "文字要用英文双引号括起来",
            "text stands in straight double quotes",
        ),
    ),
    (
        r"^[^=#\[]+$",
        Words(
            "这一行没有 =；说明文字请在行首加 #",
            "no = on this line; put # before a remark",
        ),
    ),
)

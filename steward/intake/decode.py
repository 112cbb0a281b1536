"""Telling what a file is by its first bytes, and its text by its encoding."""

from __future__ import annotations

from typing import Literal

from steward.intake.errors import IntakeError
from steward.model.words import Words

MAX_BYTES = 20 * 1024 * 1024
_RESAVE = "请在 Excel 或 WPS 里“另存为” xlsx 或 CSV"
_RESAVE_EN = "save it as xlsx or CSV from Excel or WPS"
_OTHER_KINDS: tuple[tuple[bytes, Words], ...] = (
    (
        b"\xd0\xcf\x11\xe0",
        Words(
            f"这是旧版 Excel（.xls）或带打开密码的工作簿，无法读取；{_RESAVE}，有密码的请先取消密码",
            f"an old .xls or a workbook with a password, cannot be read; {_RESAVE_EN}, without a password",
        ),
    ),
    (b"%PDF", Words(f"这是 PDF，不是表格；{_RESAVE}", f"a PDF, not a table; {_RESAVE_EN}")),
    (
        b"\x89PNG",
        Words("这是图片，不是表格；请交 xlsx 或 CSV", "a picture, not a table; hand in xlsx or CSV"),
    ),
    (
        b"\xff\xd8\xff",
        Words("这是图片，不是表格；请交 xlsx 或 CSV", "a picture, not a table; hand in xlsx or CSV"),
    ),
    (
        b"Rar!",
        Words("这是压缩包；请解压后交里面的表格", "an archive; unpack it and hand in the table inside"),
    ),
    (
        b"7z\xbc\xaf",
        Words("这是压缩包；请解压后交里面的表格", "an archive; unpack it and hand in the table inside"),
    ),
    (
        b"\x1f\x8b",
        Words("这是压缩包；请解压后交里面的表格", "an archive; unpack it and hand in the table inside"),
    ),
)
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<table", b"<meta", b"{\\rtf")


def kind_of(data: bytes, *, filename: str) -> Literal["xlsx", "text"]:
    """Return what a file is, whatever its name says.

    Raises:
        IntakeError: it is empty, too large, or no table.
    """
    if len(data) > MAX_BYTES:
        size = f"{len(data) / 1024 / 1024:.0f} MB"
        raise IntakeError(
            Words(f"文件有 {size}，超过 20 MB；请拆成几个文件", f"{size}, more than 20 MB; split the file"),
            filename=filename,
        )
    if not data.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise IntakeError(Words("文件是空的", "the file is empty"), filename=filename)
    if data.startswith(b"PK\x03\x04"):
        return "xlsx"
    for magic, words in _OTHER_KINDS:
        if data.startswith(magic):
            raise IntakeError(words, filename=filename)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:16].lower().startswith(_MARKUP):
        raise IntakeError(
            Words(
                f"这是网页或 XML 文件，不是表格；{_RESAVE}",
                f"a web page or XML file, not a table; {_RESAVE_EN}",
            ),
            filename=filename,
        )
    return "text"


def decode(data: bytes, *, filename: str) -> tuple[str, str]:
    """Return the text and the encoding it was read as: UTF-8, UTF-16 or GB18030 (which contains GBK and GB2312).

    Raises:
        IntakeError: none of them fits, or it is no text at all.
    """
    for encoding in _candidates(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text.removeprefix("\ufeff"), encoding
    line = data.count(b"\n", 0, _first_fault(data)) + 1
    raise IntakeError(
        Words(
            "不是文本表格，或编码无法识别；请另存为 xlsx，或“CSV UTF-8（逗号分隔）”",
            'no text table, or an encoding nobody knows; save it as xlsx or as "CSV UTF-8"',
        ),
        filename=filename,
        line=line,
    )


def _candidates(data: bytes) -> tuple[str, ...]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ("utf-16",)
    head = data[:400]
    if head[1::2].count(0) > len(head) // 4:  # Latin letters and commas in UTF-16 without a mark
        return ("utf-16-le",)
    return ("utf-8-sig", "gb18030")


def _first_fault(data: bytes) -> int:
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return error.start
    return max(data.find(b"\x00"), 0)

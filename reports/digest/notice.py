"""The digest in a group: the verdict and the numbers. The names are in the files that follow."""

from __future__ import annotations

from reports.digest.report import Report
from reports.group_notice import to_group_notice
from reports.render import macros


def to_notice(report: Report, at_most_characters: int) -> str:
    """Return the digest as a post to a group, within the length of our own posts there."""
    words = macros("messages/daily_digest.md.j2", report.lang, "markdown")
    lines = [words.head(report), words.verdict_short(report), words.counts(report)]
    said = [str(line).strip() for line in (*lines, words.console(report.console_url)) if line]
    return to_group_notice(said, "files", report.lang, at_most_characters=at_most_characters)

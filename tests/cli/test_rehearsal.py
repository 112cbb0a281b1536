"""What a dry run shows of a mail and of a message to a system of the company's own."""

from __future__ import annotations

from steward.cli.rehearsal import body_text
from tests.delivery.rows import make_row


def test_mail_is_shown_with_its_subject_its_text_and_what_is_attached() -> None:
    body = {
        "subject": "群管日报：一切正常",
        "text": "一切正常\n",
        "html": "<p>一切正常</p>",
        "attachments": [{"path": "reports/x.xlsx", "filename": "群管日报.xlsx"}],
    }
    assert body_text(make_row(body=body)) == "主题：群管日报：一切正常\n\n一切正常\n［附件］群管日报.xlsx"


def test_message_to_a_webhook_is_shown_by_its_text() -> None:
    row = make_row(channel="webhook", recipient="erp", body={"text": "**日报**", "data": {"a": 1}})
    assert body_text(row) == "**日报**"

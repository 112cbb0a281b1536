"""WeCom's refusals: a code decides, the text only explains (document path 90313)."""

from typing import Any

ERRMSG = {
    -1: "system busy",
    40001: "invalid credential",
    40003: "invalid userid",
    40004: "invalid media type",
    40005: "invalid file type",
    40006: "invalid file size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40009: "invalid image size",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40031: "invalid user list",
    40032: "invalid user list size",
    40033: "invalid charset, must not contain \\uxxxx",
    40035: "invalid parameter",
    40050: "chatid not exist",
    40056: "invalid agentid",
    40058: "invalid Request Parameter",
    40063: "some parameters are empty",
    41001: "access_token missing",
    41002: "corpid missing",
    41004: "corpsecret missing",
    42001: "access_token expired",
    42014: "taskid has existed or empty or exceed max len",
    42018: "invalid button key",
    42019: "button key missing",
    42020: "button name missing",
    42052: "message can not be recalled any more",
    43012: "no callback url",
    44001: "empty media data",
    44004: "content is empty",
    45001: "media size out of limit",
    45002: "content size out of limit",
    45008: "article size out of limit",
    45009: "api freq out of limit",
    45033: "api concurrent out of limit",
    45034: "url must begin with http:// or https://",
    46004: "user not exist",
    48002: "api forbidden",
    48009: "api forbidden for contact sync from this ip",
    49008: "group chat dismissed",
    50100: "invalid cursor",
    60003: "department not found",
    60011: "no privilege to access/modify contact/party/agent",
    60020: "not allow to access from your ip",
    60111: "userid not found",
    60123: "invalid party id",
    60140: "invalid response_code",
    81013: "user & party & tag all invalid",
    81017: "too many requested",
    82001: "user & party & tag all empty",
    82002: "invalid party list size",
    82003: "invalid tag list size",
    84061: "no external contact relationship",
    86001: "invalid chatid",
    86003: "chatid not exist",
    86004: "invalid chat name",
    86005: "invalid chat owner",
    86006: "invalid chat member count",
    86008: "not a chat of this application",
    86204: "chat members missing",
    86207: "owner not in the chat",
    86215: "chatid has existed",
    86216: "exist invalid chat member",
    90501: "not external group chat",
    92002: "group chat of another corp",
    93000: "invalid webhook url",
    93017: "content is empty",
    93018: "image size out of limit",
    301002: "not allow operate another agent with this accesstoken",
    301019: "media md5 not match",
    301042: "ip not in the white list of the archive",
    301053: "archive service not enabled",
    301059: "not an internal group chat",
}


class Refused(Exception):
    """The answer is an error code.

    Attributes:
        errcode: WeCom's code.
        text: what comes before the hint in `errmsg`.
        fields: what the body carries besides, such as `invaliduser`.
    """

    def __init__(self, errcode: int, text: str | None = None, **fields: Any) -> None:
        self.errcode = errcode
        self.text = text or ERRMSG.get(errcode, "request refused")
        self.fields = fields
        super().__init__(f"{errcode} {self.text}")

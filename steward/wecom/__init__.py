"""The only HTTP client of WeCom: JSON in, our records out. One file for each endpoint family."""

from __future__ import annotations

from steward.wecom.client import WeComClient
from steward.wecom.errors import WeComError

__all__ = ["WeComClient", "WeComError"]

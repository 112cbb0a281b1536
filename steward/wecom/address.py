"""Where WeCom is reached."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def to_base_url(url: str) -> str:
    """Return `url` ending in "/": with "/cgi-bin/" where it has no path, otherwise as given."""
    bare = url.rstrip("/")
    return f"{bare}/" if urlsplit(bare).path else f"{bare}/cgi-bin/"


def is_loopback(url: str) -> bool:
    """Tell whether `url` is on this machine: a simulator or a replay server, never WeCom."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

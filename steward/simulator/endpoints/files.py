"""Temporary media of the application (document paths 90253, 90254)."""

import re
from urllib.parse import quote

from steward.simulator.errors import Refused
from steward.simulator.media import parse_file_part
from steward.simulator.registry import Answer, Call, Fields, endpoint


@endpoint("media/upload", right="media", method="POST")
def upload_media(call: Call) -> Fields:
    """Keep a file for three days."""
    kind = call.query.get("type", "")
    part = parse_file_part(call.headers.get("content-type", ""), call.raw)
    media = call.site.media.keep(kind, part, "app", call.now)
    return {"type": kind, "media_id": media.media_id, "created_at": str(int(call.now))}


@endpoint("media/get", right="media")
def get_media(call: Call) -> Answer:
    """Return the bytes of a file, or the part of them a Range header asks for."""
    media = call.site.media.usable(call.query.get("media_id", ""), "app", call.now)
    headers = {
        "Content-disposition": f"attachment; filename*=utf-8''{quote(media.filename)}",
        "Accept-Ranges": "bytes",
    }
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", call.headers.get("range", ""))
    if not asked:
        return Answer(media.content, media.content_type, headers=headers)
    total = len(media.content)
    first, last = int(asked[1]), min(int(asked[2] or total - 1), total - 1)
    if first > last:
        raise Refused(40058, "Range invalid")
    headers["Content-Range"] = f"bytes {first}-{last}/{total}"
    return Answer(media.content[first : last + 1], media.content_type, 206, headers)

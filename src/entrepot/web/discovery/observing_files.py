"""What somebody attaches to an observation: an image or a PDF by its content, whatever its name says.

An image is drawn anew, so that nothing but its pixels is kept: no place, no device, nothing hidden behind its end. A
PDF is kept as it came, if nothing in it runs by itself, and is only ever handed out as a file to save.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from entrepot.web.runs.models import Upload

MOST_BYTES = 10 * 2**20
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 1600
FOLDER = "observations"
FORMATS = ("JPEG", "PNG", "WEBP")
ACTIVE = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData)\b")
ACTIVE_SHORT = re.compile(rb"/(?:JS|XFA|Encrypt)\b")
"""What makes a PDF do something, brings a file along, or hides what it does. Short names stand in packed data by
chance, so they count outside it only."""
BODIES = re.compile(rb"\bstream\r?\n.*?endstream", re.DOTALL)
MOST_INFLATED = 50 * 2**20
KINDS = {".jpg": "image/jpeg", ".png": "image/png", ".pdf": "application/pdf"}


@dataclass(frozen=True)
class Attached:
    """A file that was looked into: its bytes as they will be kept, and the ending of its kind."""

    content: bytes
    ending: str


def looked_into(file: Any) -> Attached:
    """What is kept of the uploaded `file`; raises `ValidationError` where it is neither an image nor a quiet PDF."""
    if file.size > MOST_BYTES:
        raise ValidationError(_("The file is larger than 10 MB; send a smaller picture of it."))
    content = file.read()
    if content.startswith(b"%PDF-"):
        return Attached(_quiet_pdf(content), ".pdf")
    return _redrawn(content)


def _redrawn(content: bytes) -> Attached:
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ValidationError(_("The image has more than 40 million pixels; send a smaller one."))
            return _pixels(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValidationError(_("The file is neither a JPEG, PNG or WebP image nor a PDF.")) from error


def _pixels(image: Image.Image) -> Attached:
    upright = ImageOps.exif_transpose(image)
    clear = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
    plain = upright.convert("RGBA" if clear else "RGB")
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    plain.info = {}
    out = BytesIO()
    if clear:
        plain.save(out, "PNG", optimize=True)
    else:
        plain.save(out, "JPEG", quality=85)
    return Attached(out.getvalue(), ".png" if clear else ".jpg")


def _quiet_pdf(content: bytes) -> bytes:
    if b"%%EOF" not in content[-2048:]:
        raise ValidationError(_("The PDF is not whole."))
    if any(_is_active(part) for part in (content, *_packed(content))):
        raise ValidationError(
            _("The PDF runs something, carries a file or is locked; print it to a plain PDF.")
        )
    return content


def _is_active(content: bytes) -> bool:
    outside = BODIES.sub(b"", content)
    return bool(ACTIVE.search(_plain_names(content)) or ACTIVE_SHORT.search(_plain_names(outside)))


def _plain_names(content: bytes) -> bytes:
    """`content` with the names of a PDF written out: #4a is J."""
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), content)


def _packed(content: bytes) -> list[bytes]:
    """What the packed objects of a PDF hold; raises `ValidationError` where that is more than a document has."""
    parts, left = [], MOST_INFLATED
    for found in re.finditer(rb"/ObjStm\b.{0,400}?stream\r?\n", content, re.DOTALL):
        try:
            part = zlib.decompressobj().decompress(content[found.end() :], left)
        except zlib.error as error:
            raise ValidationError(_("The PDF cannot be looked into; print it to a plain PDF.")) from error
        left -= len(part)
        if left <= 0:
            raise ValidationError(_("The PDF unpacks to more than a document has."))
        parts.append(part)
    return parts


def keep(attached: Attached, *, by: Any) -> Upload:
    """Write the file under a name of ours, readable by the server alone. Within the transaction that refers to it."""
    name = f"{FOLDER}/{secrets.token_hex(16)}{attached.ending}"
    path = Path(settings.ENTREPOT.uploads) / name
    path.parent.mkdir(exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_bytes(attached.content)
    digest = hashlib.sha256(attached.content).hexdigest()
    size = len(attached.content)
    return Upload.objects.create(
        name=f"observation{attached.ending}",
        table="observation",
        path=name,
        size_bytes=size,
        sha256=digest,
        by=by,
    )


def where(upload: Upload) -> Path:
    """The file of `upload` on disk; a path that is not below the server's folder is joined to it."""
    return Path(settings.ENTREPOT.uploads) / upload.path


def is_image(upload: Upload | None) -> bool:
    """Whether a browser may show it."""
    return upload is not None and Path(upload.path).suffix in (".jpg", ".png")


def discard(upload: Upload) -> None:
    """Delete row and file; the file goes when the transaction stands, so that a row never names one that is gone."""
    path = where(upload)
    upload.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))

"""A file that somebody sends in, kept under a name of ours, in the folder of uploads that nobody is served from."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from entrepot.web.people.models import Colleague
from entrepot.web.runs.models import Upload

DOCUMENTS: Mapping[bytes, str] = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
"""How the documents begin that we take, whatever their name says."""


def kind_of_document(file: UploadedFile) -> str:
    """pdf, png or jpg; raises `ValidationError` for anything else."""
    start = file.read(16)
    file.seek(0)
    for begins, kind in DOCUMENTS.items():
        if start.startswith(begins):
            return kind
    raise ValidationError(_("This is no PDF, PNG or JPEG file. Save it as one of these and send it again."))


def check_size(file: UploadedFile, most_bytes: int) -> None:
    """Raises `ValidationError` where `file` is empty or larger than that."""
    if not file.size:
        raise ValidationError(_("The file is empty."))
    if file.size > most_bytes:
        raise ValidationError(
            _("The file has %(size)d MB; at most %(most)d are taken.")
            % {"size": -(-file.size // 2**20), "most": most_bytes // 2**20}
        )


def keep(file: UploadedFile, *, table: str, ending: str, by: Colleague | None) -> Upload:
    """Write `file` into the folder of uploads; its row. `by` is None where the person concerned sent it."""
    path = Path(settings.ENTREPOT.uploads) / f"{secrets.token_hex(16)}.{ending}"
    digest = hashlib.sha256()
    with path.open("xb") as kept:
        for chunk in file.chunks():
            kept.write(chunk)
            digest.update(chunk)
    path.chmod(0o600)
    return Upload.objects.create(
        name=Path(file.name or "file").name[:255], table=table, path=str(path), size_bytes=file.size,
        sha256=digest.hexdigest(), by=by,
    )  # fmt: skip

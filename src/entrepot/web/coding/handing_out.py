"""A study as it leaves the house: its files in one archive, by page and by API."""

from __future__ import annotations

import io
from collections.abc import Mapping
from zipfile import ZIP_DEFLATED, ZipFile

from django.http import HttpResponse


def archive(files: Mapping[str, bytes], name: str) -> HttpResponse:
    """`files` (name → content) as the ZIP archive `name`, to be saved."""
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as packed:
        for each, data in files.items():
            packed.writestr(each, data)
    answer = HttpResponse(out.getvalue(), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer

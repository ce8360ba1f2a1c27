"""Pictures of actors, drawn by the server as the report draws them, and kept because drawing takes its time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

from entrepot import __version__
from entrepot.report.figures import Figure, Table, svg
from entrepot.web.discovery.models import Picture
from entrepot.web.runs.models import Run

NAMES = ("wide", "narrow")


@dataclass(frozen=True)
class Drawn:
    """A figure with its drawings: pairs of a width's name (`wide`, `narrow`, or `only`) and SVG.

    A drawing that was put off is empty; the page asks for it where it is seen.
    """

    title: str
    subtitle: str
    table: Table
    pictures: list[tuple[str, SafeString]]


@dataclass(frozen=True)
class Kept:
    """The pictures kept under one heading, such as an actor: read at once, and added to when one is missing."""

    run: Run
    heading: str
    known: Mapping[str, str]
    may_keep: bool = True

    @classmethod
    def of(cls, run: Run, heading: str, *, may_keep: bool = True) -> Kept:
        """What is kept under `heading`; nothing is read or kept where `may_keep` is false."""
        if not may_keep:
            return cls(run, heading, {}, may_keep=False)
        found = Picture.objects.filter(run=run, name__gte=f"{heading}/", name__lt=f"{heading}0")
        return cls(run, heading, dict(found.values_list("name", "svg")))

    def drawn(self, name: str, figure: Figure | None, *, now: str = "") -> Drawn | None:
        """`figure` with its pictures, where one is named only of the width `now` unless kept; None of no figure."""
        if figure is None:
            return None
        names = ("only",) if len(figure.widths) == 1 else NAMES
        pictures = [
            (
                width,
                self._one(self._name(name, pixels), figure, pixels, put_off=now not in ("", width)),
            )
            for width, pixels in zip(names, figure.widths, strict=True)
        ]
        return Drawn(figure.title, figure.subtitle, figure.table, pictures)

    def _name(self, name: str, pixels: int) -> str:
        """With the version that draws it: after an upgrade pictures are drawn anew."""
        return f"{self.heading}/{name}/{pixels}/{__version__}"

    def _one(self, name: str, figure: Figure, pixels: int, *, put_off: bool) -> SafeString:
        text = self.known.get(name, "" if put_off else None)
        if text is None:
            text = str(svg(figure.draw(pixels), f"{figure.title}. {figure.subtitle}"))
            if self.may_keep:
                Picture.objects.get_or_create(run=self.run, name=name, defaults={"svg": text})
        return mark_safe(text)  # drawn by us, every word in it escaped by `figures.svg`

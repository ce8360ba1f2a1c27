"""Pictures of actors, drawn by the server as the report draws them, and kept because drawing takes its time.

A page does not wait for a drawing: it shows what is kept, keeps the place free for the rest, and asks for that by
itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

from entrepot import __version__
from entrepot.report.figures import Figure, Table, svg
from entrepot.web.discovery.models import Picture
from entrepot.web.runs.models import Run

NAMES = ("wide", "narrow")
ONLY = ("only",)


@dataclass(frozen=True)
class Drawing:
    """One drawing of a figure: `name` is its width's (`wide`, `narrow`, or `only`).

    Where it was put off `svg` is empty, and the page keeps `width` by `height` pixels free for it.
    """

    name: str
    svg: SafeString
    width: int
    height: int


@dataclass(frozen=True)
class Drawn:
    """A figure with its drawings, some of which may be put off."""

    title: str
    subtitle: str
    table: Table
    drawings: Sequence[Drawing]

    @property
    def waits(self) -> bool:
        """Whether a drawing was put off."""
        return any(not one.svg for one in self.drawings)

    def of(self, width: str) -> Drawing:
        """The drawing of that width, else the last, which is the narrowest."""
        return next((one for one in self.drawings if one.name == width), self.drawings[-1])


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

    def drawn(
        self, name: str, figure: Figure | None, *, now: Collection[str] = (*NAMES, *ONLY)
    ) -> Drawn | None:
        """`figure` with its drawings: what is not kept is drawn where its width is in `now`, else put off."""
        if figure is None:
            return None
        names = ONLY if len(figure.widths) == 1 else NAMES
        widths = zip(names, figure.widths, strict=True)
        drawings = [self._one(name, figure, width, pixels, now=width in now) for width, pixels in widths]
        return Drawn(figure.title, figure.subtitle, figure.table, drawings)

    def _one(self, name: str, figure: Figure, width: str, pixels: int, *, now: bool) -> Drawing:
        key = f"{self.heading}/{name}/{pixels}/{__version__}"  # after an upgrade pictures are drawn anew
        text = self.known.get(key)
        if text is None and now:
            text = str(svg(figure.draw(pixels), f"{figure.title}. {figure.subtitle}"))
            if self.may_keep:
                Picture.objects.get_or_create(run=self.run, name=key, defaults={"svg": text})
        beside, height = figure.around
        # what is drawn by us has every word in it escaped by `figures.svg`
        return Drawing(width, mark_safe(text or ""), pixels + beside, height)

"""The form that asks for a run: which tables, how to read them, what to look for, why and for how long.

Files that came with the form are rows by then (`files.keep`), so that a mistake elsewhere costs nobody a second upload.
What is wrong is told by the rooms themselves, every mistake, beside the field that it is about.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from entrepot.errors import InputError, Mistake
from entrepot.orders import presets, sources
from entrepot.settings import PURPOSE, Settings
from entrepot.web.runs.files import TABLES, there
from entrepot.web.runs.limits import limits
from entrepot.web.runs.looking import missing
from entrepot.web.runs.models import DONE, Run, Upload

PRESETS = ("shopify", "woocommerce", "adobe-commerce", "online-retail", "complete-journey")
SHOWN_FILES = 20
MOST_MAPPED = 100
ABOUT: Mapping[str, tuple[str | Promise, str | Promise]] = {
    "orders": (_("Orders"), _("One row a line: order_id, ordered_at, product_id, quantity, unit_price.")),
    "customers": (
        _("Customers"),
        _("customer_id, and what tells who is who: name, e-mail, telephone, address."),
    ),
    "products": (_("Products"), _("product_id, with name, category, list price, unit cost.")),
    "events": (_("Events"), _("Launches, restrictions, holidays: event_id, kind, starts_on.")),
    "offers": (_("Prices elsewhere"), _("product_id, market, price, currency, seen_on.")),
    "labels": (_("Labels from elsewhere"), _("Cases of another tool or a block list: verdict, reviewed_at.")),
    "rates": (_("Exchange rates"), _("currency, rate; only where orders come in several currencies.")),
    "targets": (_("Targets of stores"), _("store_id, month, amount, currency; for what a stop would cost.")),
    "sellout": (
        _("Receipts of partners"),
        _("partner, store_id, receipt_id, sold_at, product_id, quantity."),
    ),
}
SHARES = ("fdr", "max_bad", "placeholder_share")
"""What is asked for as a number of 100 and kept as a share of one."""


class Asking(forms.Form):
    """Everything that one run can be asked for. Shares are entered as a number of 100."""

    ticket = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)
    preset = forms.ChoiceField(
        label=_("Known export"), required=False, choices=[("", _("none of these")), *((p, p) for p in PRESETS)],
        help_text=_("Maps the columns of a shop's own export to ours."),
    )  # fmt: skip
    mapping = forms.CharField(
        label=_("Columns of the orders with other names"), required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("One a line: ours=theirs, such as quantity=Menge."),
    )  # fmt: skip
    timezone = forms.CharField(
        label=_("Time zone of times that name none"), required=False, max_length=60,
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
        help_text=_("Such as Asia/Seoul; also where the firm's days begin."),
    )  # fmt: skip
    encoding = forms.CharField(
        label=_("Encoding of CSV files"), initial="utf-8", max_length=30,
        help_text=_("utf-8, or cp949, gb18030, shift_jis, latin-1 …"),
    )  # fmt: skip
    time_format = forms.CharField(
        label=_("How dates are written"), required=False, max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Such as %d.%m.%Y or %m/%d/%Y %H:%M. Empty: year, month, day."),
    )  # fmt: skip
    decimal = forms.ChoiceField(
        label=_("What parts the decimals of numbers"), initial="point", required=False,
        choices=[("point", _("a point: 1,234.50")), ("comma", _("a comma: 1.234,50"))],
    )  # fmt: skip
    max_bad = forms.FloatField(
        label=_("Stop when more than so many of 100 rows cannot be used"), initial=1, min_value=0, max_value=100,
    )  # fmt: skip
    anonymous = forms.CharField(
        label=_("Customer ids that stand for nobody"), required=False, max_length=500,
        help_text=_("Separated by commas, such as 0, GUEST."),
    )  # fmt: skip
    placeholder_share = forms.FloatField(
        label=_("Stop when one customer id stands on more than so many of 100 rows"), required=False,
        min_value=0.01, max_value=100, help_text=_("Empty: 50. Such an id mostly stands for nobody."),
    )  # fmt: skip
    fdr = forms.FloatField(
        label=_("How many of 100 listed may be ordinary customers"), initial=5, min_value=0.01, max_value=50,
        help_text=_("The false discovery rate. Fewer means a shorter, surer list."),
    )  # fmt: skip
    as_of = forms.DateField(
        label=_("Read nothing after"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty: the day of the last order."),
    )  # fmt: skip
    fuzzy = forms.BooleanField(
        label=_("Also join records that agree only nearly"), initial=True, required=False,
        help_text=_("A letter more in a name, a flat missing in an address."),
    )  # fmt: skip
    hindsight_months = forms.IntegerField(
        label=_("Month ends to look back"), initial=12, min_value=0, max_value=120,
        help_text=_("For the day on which each was first evident; each takes time."),
    )  # fmt: skip
    recognised_on = forms.DateField(
        label=_("The day on which the firm noticed"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("If known: it is compared with the day from which it could be known."),
    )  # fmt: skip
    previous = forms.ModelChoiceField(
        label=_("Earlier run, whose actor ids are kept"), queryset=Run.objects.none(), required=False,
        empty_label=_("none"), to_field_name="name",
        help_text=_("So that reviews and comparisons find the same actor again."),
    )  # fmt: skip
    learn = forms.BooleanField(
        label=_("Learn from our reviews up to now"), required=False,
        help_text=_("What reviewers concluded becomes the labels of this run."),
    )  # fmt: skip
    purpose = forms.CharField(
        label=_("Why this is done"), initial=PURPOSE, max_length=300,
        help_text=_("It stands in the run and in the report."),
    )  # fmt: skip
    retain_until = forms.DateField(
        label=_("Kept until"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Then the run is purged. Empty: six months from now."),
    )  # fmt: skip

    def __init__(self, *args: Any, came: Sequence[Upload] = (), refused: Mapping[str, Sequence[Mistake]] | None = None,
                 **kwargs: Any) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self._came, self._refused = list(came), dict(refused or {})
        self.folders = limits().data_folders
        whole = Run.objects.filter(state=DONE).order_by("-ended_at")
        self.fields["previous"].queryset = whole
        if not self.is_bound:
            latest = next((run for run in whole[:SHOWN_FILES] if run.is_there), None)
            usual: dict[str, Any] = {"previous": latest and latest.name, "learn": bool(latest)}
            given: Mapping[str, Any] = kwargs.get("initial") or {}
            self.initial = {**usual, **given, "ticket": secrets.token_hex(16)}
        for table in TABLES:
            self._add_sources(table)

    def _add_sources(self, table: str) -> None:
        """The two fields that say where `table` comes from: files that were sent in, and a path of the server."""
        sent = Upload.objects.filter(table=table).order_by("-at", "-pk")
        own = [upload.pk for upload in sent[:SHOWN_FILES] if there(upload)]
        field = forms.ModelMultipleChoiceField(
            queryset=sent.filter(pk__in=own), required=False, widget=forms.CheckboxSelectMultiple,
            label=_("Files that were sent in"),
        )  # fmt: skip
        field.label_from_instance = described
        self.fields[f"{table}_files"] = field
        if self.folders:
            self.fields[f"{table}_path"] = forms.CharField(
                label=_("or a path on the server"), required=False, max_length=1000,
                widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
            )  # fmt: skip

    @property
    def tables(self) -> list[Table]:
        """Each table as the page shows it."""
        return [Table(self, name) for name in TABLES]

    @property
    def zones(self) -> list[str]:
        return sorted(available_timezones())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for table, mistakes in self._refused.items():
            self._tell(f"{table}_files", mistakes)
        cleaned["inputs"] = self._inputs(cleaned)
        cleaned["asked"] = self._asked(cleaned)
        if not (cleaned["inputs"].get("orders") or self.errors or self._brings_orders(cleaned)):
            self.add_error("orders_files", gettext("Give the orders: send a file, tick one, or name a path."))
        previous = cleaned.get("previous")
        if previous and not previous.is_there:
            self.add_error("previous", gettext("The folder of this run is gone. Choose another, or none."))
        return cleaned

    def _tell(self, field: str, mistakes: Sequence[Mistake]) -> None:
        for mistake in mistakes:
            self.add_error(field, str(mistake))

    def _try(self, field: str, attempt: Callable[[], Any]) -> Any:
        """What `attempt` gives; its mistakes go beside `field`."""
        try:
            return attempt()
        except InputError as error:
            self._tell(field if field in self.fields else "__all__", error.mistakes)
            return None

    def _inputs(self, cleaned: Mapping[str, Any]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for table in TABLES:
            picked = {upload.pk: upload for upload in cleaned.get(f"{table}_files") or ()}
            picked |= {upload.pk: upload for upload in self._came if upload.table == table}
            paths = [upload.path for upload in sorted(picked.values(), key=lambda u: u.pk)]
            given = (cleaned.get(f"{table}_path") or "").strip()
            if given:
                paths += self._try(f"{table}_path", partial(on_the_server, table, given, self.folders)) or []
            if paths:
                found[table] = paths
            self._stop_if_columns_missing(table, list(picked.values()), cleaned)
        if len(found.get("rates", ())) > 1:
            self.add_error("rates_files", gettext("One table of exchange rates is enough."))
        return found

    def _stop_if_columns_missing(
        self, table: str, picked: Sequence[Upload], cleaned: Mapping[str, Any]
    ) -> None:
        """Tell now what the run would tell in a minute; a preset or a mapping may name the columns otherwise."""
        if cleaned.get("preset") or (cleaned.get("encoding") or "utf-8").lower() not in ("utf-8", "utf8"):
            return
        mapped = {line.partition("=")[0].strip() for line in (cleaned.get("mapping") or "").splitlines()}
        for upload in picked:
            lacking = [name for name in missing(table, tuple(upload.columns)) if name not in mapped]
            if upload.columns and lacking:
                self._tell(f"{table}_files", [lacks(table, upload, lacking)])

    def _asked(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        asked: dict[str, Any] = {
            "preset": cleaned.get("preset") or None,
            "mapping": self._try("mapping", lambda: mapping(cleaned.get("mapping") or "")) or {},
            "timezone": (cleaned.get("timezone") or "").strip() or None,
            "encoding": cleaned.get("encoding") or "utf-8",
            "time_format": (cleaned.get("time_format") or "").strip() or None,
            "decimal": cleaned.get("decimal") or "point",
            "anonymous": [one.strip() for one in (cleaned.get("anonymous") or "").split(",") if one.strip()],
            "fuzzy": bool(cleaned.get("fuzzy")),
            "purpose": cleaned.get("purpose") or PURPOSE,
            **{n: cleaned[n] for n in ("hindsight_months", "as_of", "retain_until") if cleaned.get(n) is not None},
            **{n: cleaned[n] / 100 for n in SHARES if cleaned.get(n) is not None},
        }  # fmt: skip
        self._try("timezone", lambda: check_zone(asked["timezone"]))
        self._try("time_format", lambda: check_format(asked["time_format"]))
        self._try("encoding", lambda: check_encoding(asked["encoding"]))
        self._try("__all__", lambda: Settings.checked(**asked))
        return {**asked, "recognised_on": cleaned.get("recognised_on")}

    def _brings_orders(self, cleaned: Mapping[str, Any]) -> bool:
        name = str(cleaned.get("preset") or "")
        return bool(name) and "orders" in (self._try("preset", lambda: presets.find(name).data()) or {})

    def clean_retain_until(self) -> Any:
        day = self.cleaned_data.get("retain_until")
        if day and day <= timezone.localdate():
            raise forms.ValidationError(_("This day has passed; the run would be purged at once."))
        return day

    @property
    def labels_until(self) -> Any:
        """Up to when reviews teach the run; None where none shall."""
        return timezone.now() if self.cleaned_data.get("learn") else None


@dataclass(frozen=True)
class Table:
    """One table of the form: its fields, and what it is for."""

    form: Asking
    name: str

    @property
    def title(self) -> str | Promise:
        return ABOUT[self.name][0]

    @property
    def help(self) -> str | Promise:
        return ABOUT[self.name][1]

    @property
    def files(self) -> forms.BoundField:
        return self.form[f"{self.name}_files"]

    @property
    def path(self) -> forms.BoundField | None:
        return self.form[f"{self.name}_path"] if self.form.folders else None

    @property
    def is_open(self) -> bool:
        """Whether something was chosen or is wrong, so that it must be seen."""
        chosen = self.files.value() or (self.path and self.path.value())
        return bool(chosen or self.files.errors or (self.path and self.path.errors))


def like(run: Run) -> dict[str, Any]:
    """What the form shows to ask for a run like `run`."""
    asked = run.asked
    shares = {name: round(100 * asked[name], 6) for name in SHARES if name in asked}
    mapped = "\n".join(f"{ours}={theirs}" for ours, theirs in (asked.get("mapping") or {}).items())
    sent = {upload.path: upload for upload in Upload.objects.all()}
    files = {
        f"{table}_files": [sent[path].pk for path in paths if path in sent]
        for table, paths in run.inputs.items()
    }
    named = {
        f"{table}_path": path for table, paths in run.inputs.items() for path in paths if path not in sent
    }
    return {
        **asked, **shares, "mapping": mapped, "anonymous": ", ".join(asked.get("anonymous") or ()), **files, **named,
        "previous": run.previous and run.previous.name, "learn": bool(run.labels_until),
    }  # fmt: skip


def described(upload: Upload) -> str:
    """A file in a list: name, size, when it came."""
    return f"{upload.name} · {size(upload.size_bytes)} · {timezone.localtime(upload.at):%-d %b %Y %H:%M}"


def size(number: int) -> str:
    """Bytes as people read them.

    >>> size(2_500_000)
    '2.5 MB'
    """
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if number >= factor:
            return f"{number / factor:.1f} {unit}"
    return f"{number} bytes"


def lacks(table: str, upload: Upload, columns: Sequence[str]) -> Mistake:
    do = "add a line ours=theirs under “Columns with other names”, or choose the export that it is"
    there_are = f"{upload.name} with the columns {', '.join(upload.columns[:20])}"
    return Mistake("columns are missing", f"the table {table}", ", ".join(columns), there_are,
                   do if table == "orders" else "rename its columns and send it again")  # fmt: skip


def mapping(text: str) -> dict[str, str]:
    """Lines of ours=theirs; raises `InputError` with every line that is none."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    wrong = [line for line in lines if not all(part.strip() for part in line.partition("="))]
    if wrong or len(lines) > MOST_MAPPED:
        wanted = "one a line, ours=theirs, such as quantity=Menge"
        raise InputError(
            *(Mistake("a line cannot be read", expected=wanted, got=line[:80]) for line in wrong or lines[:1])
        )
    return {ours.strip(): theirs.strip() for ours, _is, theirs in (line.partition("=") for line in lines)}


def check_zone(name: str | None) -> None:
    from entrepot.orders import instants

    instants.check_zone(name)


def check_format(time_format: str | None) -> None:
    from entrepot.orders import instants

    instants.check_format(time_format)


def check_encoding(name: str) -> None:
    import codecs

    try:
        codecs.lookup(name)
    except LookupError as error:
        wanted = "utf-8, cp949, gb18030, shift_jis, latin-1 …"
        raise InputError(Mistake("an encoding is unknown", expected=wanted, got=name[:30])) from error


def on_the_server(table: str, given: str, allowed: Sequence[Path]) -> list[str]:
    """The path as it is, if all that it leads to lies below a folder that the server may read.

    A path outside is refused before anybody looks whether it exists.
    """
    path = Path(given)
    fixed = Path(*path.parts[: _first_pattern(path)])
    if not path.is_absolute() or ".." in path.parts or not _below(fixed, allowed):
        raise InputError(_outside(table, given))
    try:
        found = sources.find(table, given)
    except OSError as error:
        raise InputError(_outside(table, given)) from error
    if not all(_below(each, allowed) for each in found.paths):
        raise InputError(_outside(table, given))
    return [given]


def _first_pattern(path: Path) -> int:
    return next(
        (n for n, part in enumerate(path.parts) if any(mark in part for mark in "*?[")), len(path.parts)
    )


def _below(path: Path, allowed: Sequence[Path]) -> bool:
    real = path.resolve()
    return any(real.is_relative_to(folder) for folder in allowed)


def _outside(table: str, given: str) -> Mistake:
    return Mistake(
        "a path may not be read",
        f"the table {table}",
        "a path below a folder that server.toml allows",
        given[:200],
        "ask whoever runs the server to add the folder to data_folders, or send the file",
    )

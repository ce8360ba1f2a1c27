"""The filters of the page of records."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from entrepot.web.records import queries, words


class Filters(forms.Form):
    """Kind, author, days; all may be empty."""

    kind = forms.ChoiceField(label=_("Kind"), required=False)
    by = forms.CharField(label=_("By"), max_length=60, required=False, help_text=_("for example colleague:3"))
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["kind"].choices = [
            ("", _("all")),
            *sorted(((kind, words.happened(kind)) for kind in queries.kinds()), key=lambda choice: choice[1]),
        ]

    def chosen(self) -> queries.Filters:
        """What was chosen; nothing where it cannot be read."""
        return queries.Filters(**self.cleaned_data) if self.is_valid() else queries.Filters()

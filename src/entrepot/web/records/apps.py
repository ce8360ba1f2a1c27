"""The app of the records."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "entrepot.web.records"
    label = "records"

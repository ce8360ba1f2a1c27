"""The app of runs and uploads."""

from django.apps import AppConfig


class RunsConfig(AppConfig):
    name = "entrepot.web.runs"
    label = "runs"

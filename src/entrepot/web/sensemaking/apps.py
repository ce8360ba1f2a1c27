"""The app of questions, rounds and accounts."""

from django.apps import AppConfig


class SensemakingConfig(AppConfig):
    name = "entrepot.web.sensemaking"
    label = "sensemaking"

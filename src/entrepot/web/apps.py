"""The app that holds what all others share: base templates, styles, template tags."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "entrepot.web"
    label = "web"

"""The app of coded testimony."""

from django.apps import AppConfig


class CodingConfig(AppConfig):
    name = "entrepot.web.coding"
    label = "coding"

"""The app of data protection."""

from django.apps import AppConfig


class ProtectionConfig(AppConfig):
    name = "entrepot.web.protection"
    label = "protection"

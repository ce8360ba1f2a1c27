"""The app of findings, reviews and observations."""

from django.apps import AppConfig


class DiscoveryConfig(AppConfig):
    name = "entrepot.web.discovery"
    label = "discovery"

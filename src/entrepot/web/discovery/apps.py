"""The app of findings, reviews and observations."""

from django.apps import AppConfig


class DiscoveryConfig(AppConfig):
    name = "entrepot.web.discovery"
    label = "discovery"

    def ready(self) -> None:
        from entrepot.web.discovery import receivers  # noqa: F401

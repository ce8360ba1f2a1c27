"""The app of the measures of dependence."""

from django.apps import AppConfig


class InterdependenceConfig(AppConfig):
    name = "entrepot.web.interdependence"
    label = "interdependence"

    def ready(self) -> None:
        from entrepot.web.interdependence import receivers  # noqa: F401

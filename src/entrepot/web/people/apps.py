"""The app of colleagues, roles and keys."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "entrepot.web.people"
    label = "people"

    def ready(self) -> None:
        from entrepot.web.people import receivers  # noqa: F401

"""The app of colleagues, roles and keys."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "entrepot.web.people"
    label = "people"

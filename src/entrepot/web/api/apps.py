"""The app of the HTTP API."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "entrepot.web.api"
    label = "api"

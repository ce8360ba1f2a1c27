"""The app of corrections to who is who."""

from django.apps import AppConfig


class ActorsConfig(AppConfig):
    name = "entrepot.web.actors"
    label = "actors"

"""The addresses of `protection`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []

"""The addresses of `actors`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []

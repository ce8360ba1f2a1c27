"""The addresses of `discovery`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []

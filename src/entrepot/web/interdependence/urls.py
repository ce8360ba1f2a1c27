"""The addresses of `interdependence`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []

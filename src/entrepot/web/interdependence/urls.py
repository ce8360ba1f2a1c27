"""The addresses of `interdependence`."""

from django.urls import URLPattern, path

from entrepot.web.interdependence import looking

urlpatterns: list[URLPattern] = [
    path("interdependence/", looking.interdependence, name="interdependence"),
    path("interdependence/<slug:name>.<slug:kind>", looking.download, name="interdependence_download"),
]

"""The addresses of `discovery`."""

from django.urls import URLPattern, path

from entrepot.web.discovery import observing

urlpatterns: list[URLPattern] = [
    path("observations/", observing.observations, name="observations"),
    path("observations/new/", observing.add, name="observations_add"),
    path("observations/<int:number>/", observing.one, name="observations_one"),
    path("observations/<int:number>/change/", observing.change, name="observations_change"),
    path("observations/<int:number>/erase/", observing.erase, name="observations_erase"),
    path("observations/<int:number>/file/", observing.file, name="observations_file"),
]

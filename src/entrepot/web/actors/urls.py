"""The addresses of `actors`."""

from django.urls import URLPattern, path

from entrepot.web.actors import views

urlpatterns: list[URLPattern] = [
    path("corrections", views.corrections, name="findings_corrections"),
    path(
        "corrections/<int:correction>/withdraw",
        views.corrections_withdraw,
        name="findings_corrections_withdraw",
    ),
    path("corrections/join/<int:finding>", views.join, name="join"),
    path("corrections/part/<int:finding>", views.part, name="part"),
]

"""All addresses: each app brings its own."""

from django.urls import include, path

from entrepot.web import front

urlpatterns = [
    path("", front.home, name="home"),
    path("theme.css", front.theme, name="theme"),
    path("", include("entrepot.web.people.urls")),
    path("sign-in/", include("allauth.urls")),
    path("", include("entrepot.web.api.urls")),
    path("", include("entrepot.web.records.urls")),
    path("", include("entrepot.web.runs.urls")),
    path("", include("entrepot.web.discovery.urls")),
    path("", include("entrepot.web.actors.urls")),
    path("", include("entrepot.web.interdependence.urls")),
    path("", include("entrepot.web.coding.urls")),
    path("", include("entrepot.web.protection.urls")),
    path("", include("entrepot.web.sensemaking.urls")),
]

handler400 = "entrepot.web.failing.bad_request"
handler403 = "entrepot.web.failing.not_allowed"
handler404 = "entrepot.web.failing.not_there"
handler500 = "entrepot.web.failing.our_fault"

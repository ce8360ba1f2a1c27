"""The addresses of `people`; and those of the sign-in library that are closed here.

Nobody registers, and an address is what an administrator wrote: were it changed by hand, an identity provider would
let in somebody else. So these pages of the library are not there. Nor is the one by which a provider signs somebody
out: it believes what nobody signed, and sends on to wherever that says.
"""

from django.apps import apps
from django.urls import path, re_path

from entrepot.web.people import closed, own, providers, views

CLOSED = r"^sign-in/(?:(?:signup|email|confirm-email|social|login/code)(?:/.*)?|3rdparty/(?:signup/)?|saml/[^/]+/sls/)$"

urlpatterns = [
    re_path(CLOSED, closed.closed, name="closed"),
    path("me/", own.me, name="me"),
    path("me/sessions", own.sessions, name="me_sessions"),
    path("invitation/<str:link>", own.invitation, name="invitation"),
    path("colleagues/", views.colleagues, name="colleagues"),
    path("colleagues/add", views.add, name="colleagues_add"),
    path("colleagues/<int:colleague>/", views.one, name="colleagues_one"),
    path("colleagues/<int:colleague>/roles", views.roles, name="colleagues_roles"),
    path("colleagues/<int:colleague>/suspension", views.suspension, name="colleagues_suspension"),
    path("colleagues/<int:colleague>/invitation", views.invitation, name="colleagues_invitation"),
    path("colleagues/<int:colleague>/renewal", views.renewal, name="colleagues_renewal"),
    path("keys/", views.api_keys, name="keys"),
    path("keys/<int:key>/revocation", views.revocation, name="keys_revocation"),
]

if apps.is_installed(providers.SAML_APP):
    from entrepot.web.people import saml

    urlpatterns += saml.addresses

"""The addresses of `discovery`."""

from django.urls import URLPattern, path

from entrepot.web.discovery import actor_pages, findings, taken_out

urlpatterns: list[URLPattern] = [
    path("findings", findings.findings, name="findings"),
    path("findings.csv", taken_out.findings_csv, name="findings_csv"),
    path("findings/views", taken_out.findings_keep, name="findings_keep"),
    path("findings/views/<int:view>/forget", taken_out.findings_forget, name="findings_forget"),
    path("findings/<str:run>/<str:actor>", actor_pages.findings_actor, name="findings_actor"),
    path("findings/<str:run>/<str:actor>/around", actor_pages.findings_around, name="findings_around"),
    path("findings/<str:run>/<str:actor>/names", actor_pages.findings_names, name="findings_names"),
]

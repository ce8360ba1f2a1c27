"""The addresses of `records`."""

from django.urls import path

from entrepot.web.records import views

urlpatterns = [
    path("records/", views.records, name="records"),
    path("records/check", views.check, name="records_check"),
    path("records/export", views.download, name="records_export"),
    path("records/everything", views.everything, name="records_everything"),
]

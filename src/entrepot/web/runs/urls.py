"""The addresses of `runs`."""

from django.urls import path

from entrepot.web.runs import sending, views

urlpatterns = [
    path("runs/", views.history, name="runs"),
    path("runs/new", sending.new, name="runs_new"),
    path("runs/files", sending.sent, name="runs_files"),
    path("runs/files/<int:number>/forget", sending.forget, name="runs_forget"),
    path("runs/compare", views.compare, name="runs_compare"),
    path("runs/run/<str:name>", views.run, name="runs_run"),
    path("runs/run/<str:name>/progress", views.progress, name="runs_progress"),
    path("runs/run/<str:name>/cancel", views.cancel, name="runs_cancel"),
    path("runs/run/<str:name>/again", views.again, name="runs_again"),
    path("runs/run/<str:name>/report", views.report, name="runs_report"),
    path("runs/run/<str:name>/table/<path:table>", views.table, name="runs_table"),
]

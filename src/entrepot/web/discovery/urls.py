"""The addresses of `discovery`."""

from django.urls import URLPattern, path

from entrepot.web.discovery import (
    actor_pages,
    appeal_views,
    findings,
    label_views,
    observing,
    review_views,
    taken_out,
)

urlpatterns: list[URLPattern] = [
    path("observations/", observing.observations, name="observations"),
    path("observations/new/", observing.add, name="observations_add"),
    path("observations/<int:number>/", observing.one, name="observations_one"),
    path("observations/<int:number>/change/", observing.change, name="observations_change"),
    path("observations/<int:number>/erase/", observing.erase, name="observations_erase"),
    path("observations/<int:number>/file/", observing.file, name="observations_file"),
    path("findings", findings.findings, name="findings"),
    path("findings.csv", taken_out.findings_csv, name="findings_csv"),
    path("findings/views", taken_out.findings_keep, name="findings_keep"),
    path("findings/views/<int:view>/forget", taken_out.findings_forget, name="findings_forget"),
    path("findings/<str:run>/<str:actor>", actor_pages.findings_actor, name="findings_actor"),
    path("findings/<str:run>/<str:actor>/around", actor_pages.findings_around, name="findings_around"),
    path(
        "findings/<str:run>/<str:actor>/purchases", actor_pages.findings_purchases, name="findings_purchases"
    ),
    path("findings/<str:run>/<str:actor>/names", actor_pages.findings_names, name="findings_names"),
    path("review", review_views.review, name="review"),
    path("review/next", review_views.review_next, name="review_next"),
    path("review/again", review_views.review_again, name="review_again"),
    path("review/agreement", review_views.review_agreement, name="review_agreement"),
    path("review/changes/<str:run>", review_views.review_changes, name="review_changes"),
    path("review/labels", label_views.review_labels, name="review_labels"),
    path("review/labels.csv", label_views.review_labels_csv, name="review_labels_csv"),
    path("review/labels/bring", label_views.review_labels_bring, name="review_labels_bring"),
    path(
        "review/labels/<int:batch>/withdraw",
        label_views.review_labels_withdraw,
        name="review_labels_withdraw",
    ),
    path("review/findings/<int:finding>", review_views.review_finding, name="review_finding"),
    path("review/turns/<int:turn>", review_views.review_turn, name="review_turn"),
    path("review/turns/<int:turn>/take", review_views.review_take, name="review_take"),
    path("review/turns/<int:turn>/verdict", review_views.review_verdict, name="review_verdict"),
    path("review/turns/<int:turn>/keep", review_views.review_keep, name="review_keep"),
    path("review/turns/<int:turn>/back", review_views.review_back, name="review_back"),
    path("review/turns/<int:turn>/hand-over", review_views.review_hand_over, name="review_hand_over"),
    path("review/turns/<int:turn>/escalate", review_views.review_escalate, name="review_escalate"),
    path("appeals", appeal_views.appeal_list, name="appeals"),
    path("appeals/link/<int:finding>", appeal_views.appeal_link, name="appeal_link"),
    path("appeals/<int:appeal>/document", appeal_views.appeals_document, name="appeals_document"),
    path("appeal/<str:code>", appeal_views.appeal_open, name="appeal"),
]

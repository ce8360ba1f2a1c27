"""The addresses of `coding`. A row is named by its number: the ids of a study may hold any sign."""

from django.urls import URLPattern, path

from entrepot.web.coding import log_views, structure_views, study_views, text_views

urlpatterns: list[URLPattern] = [
    path("coding", study_views.coding, name="coding"),
    path("coding/new", study_views.coding_new, name="coding_new"),
    path("coding/<int:study>", study_views.coding_study, name="coding_study"),
    path("coding/<int:study>/bring", study_views.coding_bring, name="coding_bring"),
    path("coding/<int:study>/export", study_views.coding_export, name="coding_export"),
    path("coding/<int:study>/erase", study_views.coding_erase, name="coding_erase"),
    path("coding/<int:study>/people", study_views.coding_people, name="coding_people"),
    path("coding/<int:study>/people/<int:row>/withdraw", study_views.coding_withdraw, name="coding_withdraw"),
    path("coding/<int:study>/texts/<int:row>", text_views.coding_text, name="coding_text"),
    path("coding/<int:study>/texts/<int:row>/code", text_views.coding_code, name="coding_code"),
    path("coding/<int:study>/texts/<int:row>/read", text_views.coding_read, name="coding_read"),
    path("coding/<int:study>/texts/<int:row>/open", text_views.coding_open, name="coding_open"),
    path("coding/<int:study>/texts/<int:row>/close", text_views.coding_close, name="coding_close"),
    path("coding/<int:study>/texts/<int:row>/name", text_views.coding_name, name="coding_name"),
    path("coding/<int:study>/segments/<int:row>/away", text_views.coding_uncode, name="coding_uncode"),
    path("coding/<int:study>/segments/<int:row>/quote", text_views.coding_quote, name="coding_quote"),
    path("coding/<int:study>/structure", structure_views.coding_structure, name="coding_structure"),
    path("coding/<int:study>/codes/new", structure_views.coding_code_new, name="coding_code_new"),
    path(
        "coding/<int:study>/codes/<int:row>/change",
        structure_views.coding_code_change,
        name="coding_code_change",
    ),
    path(
        "coding/<int:study>/codes/<int:row>/decide",
        structure_views.coding_code_decide,
        name="coding_code_decide",
    ),
    path("coding/<int:study>/evidence", log_views.coding_evidence, name="coding_evidence"),
    path("coding/<int:study>/note/<str:table>", log_views.coding_note, name="coding_note"),
    path("coding/<int:study>/tables", log_views.coding_tables, name="coding_tables"),
]

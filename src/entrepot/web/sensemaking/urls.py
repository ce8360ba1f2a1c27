"""The addresses of making sense."""

from django.urls import URLPattern, path

from entrepot.web.sensemaking import accounting, answering, asking, running

urlpatterns: list[URLPattern] = [
    path("ballot/", answering.ballot, name="ballot"),
    path("questions/", asking.questions, name="questions"),
    path("questions/new", asking.new, name="questions_new"),
    path("questions/<int:number>/", asking.one, name="questions_one"),
    path("questions/<int:number>/change", asking.change, name="questions_change"),
    path("questions/<int:number>/people", asking.people, name="questions_people"),
    path("questions/<int:number>/people/<int:pk>/left", asking.left, name="questions_left"),
    path("questions/<int:number>/evidence", asking.evidence, name="questions_evidence"),
    path(
        "questions/<int:number>/evidence/<int:pk>/away", asking.evidence_away, name="questions_evidence_away"
    ),
    path("questions/<int:number>/rounds/new", running.round_new, name="questions_round_new"),
    path("questions/<int:number>/acts", accounting.acts, name="questions_acts"),
    path("questions/<int:number>/account", accounting.account, name="questions_account"),
    path("questions/<int:number>/account/write", accounting.writing, name="questions_writing"),
    path("questions/<int:number>/account/versions", accounting.history, name="questions_history"),
    path("questions/<int:number>/account/card", accounting.card, name="questions_card"),
    path("questions/<int:number>/account/<int:pk>/signature", accounting.sign, name="questions_sign"),
    path("rounds/<int:pk>/", running.round_one, name="questions_round"),
    path("rounds/<int:pk>/letters", running.round_letters, name="questions_round_letters"),
    path("rounds/<int:pk>/poster", running.round_poster, name="questions_round_poster"),
    path("rounds/<int:pk>/codes", running.round_codes, name="questions_round_codes"),
    path("rounds/<int:pk>/longer", running.round_longer, name="questions_round_longer"),
    path("rounds/<int:pk>/close", running.round_close, name="questions_round_close"),
    path("rounds/<int:pk>/off", running.round_off, name="questions_round_off"),
    path("rounds/<int:pk>/results", running.results, name="questions_results"),
    path("rounds/<int:pk>/answer", answering.answer, name="questions_answer"),
]

"""The addresses of `protection`."""

from django.urls import URLPattern, path

from entrepot.web.protection import protecting

urlpatterns: list[URLPattern] = [
    path("protection/", protecting.protection, name="protection"),
    path("protection/purge/", protecting.purge, name="protection_purge"),
    path("protection/requests/", protecting.ask, name="protection_ask"),
    path("protection/requests/<int:number>/", protecting.finish, name="protection_finish"),
    path("protection/objections/lift/", protecting.lift, name="protection_lift"),
    path("protection/fairness/", protecting.fairness, name="fairness"),
    path("protection/fairness/basis/", protecting.enter_basis, name="protection_basis"),
    path("protection/fairness/withdraw/", protecting.withdraw_basis, name="protection_withdraw"),
]

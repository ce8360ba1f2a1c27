"""What colleagues do with their own way in is on record too: signed in, password, passkeys, second factor.

And what an identity provider tells beyond who came (telephone, groups) is not kept.
"""

from __future__ import annotations

from typing import Any

from allauth.account import signals as door
from allauth.mfa import signals as factors
from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.http import HttpRequest

from entrepot.web.records.models import append


def _note(kind: str, user: Any, **body: Any) -> None:
    with transaction.atomic():
        append(kind, by=user.mark, body=body)


@receiver(door.user_logged_in)
def signed_in(request: HttpRequest, user: Any, **given: Any) -> None:
    methods = [each["method"] for each in request.session.get("account_authentication_methods", [])]
    _note("signed in", user, methods=methods)


@receiver([door.password_changed, door.password_set, door.password_reset])
def password_chosen(user: Any, **given: Any) -> None:
    _note("password chosen", user)


@receiver(factors.authenticator_added)
def factor_added(user: Any, authenticator: Any, **given: Any) -> None:
    _note("factor added", user, factor=authenticator.type)


@receiver(factors.authenticator_reset)
def factor_reset(user: Any, authenticator: Any, **given: Any) -> None:
    _note("factor reset", user, factor=authenticator.type)


@receiver(factors.authenticator_removed)
def factor_removed(user: Any, authenticator: Any, **given: Any) -> None:
    _note("factor removed", user, factor=authenticator.type)


@receiver(pre_save, sender=SocialAccount)
def told_by_a_provider(instance: SocialAccount, **given: Any) -> None:
    """The sign-in library would keep all of it, and anew each time."""
    instance.extra_data = {}

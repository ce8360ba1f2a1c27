"""Colleagues, their roles, invitations, and API keys.

A colleague signs in by e-mail address; there is no other name to guess. Roles are those of `permissions.ROLES`. A key
or the link of an invitation is shown once and kept as a digest; a key carries scopes, which are names of actions.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property

from entrepot.web.permissions import ACTIONS, ROLES, actions_of

KEY_PREFIX = "ek_"


class Colleagues(BaseUserManager["Colleague"]):
    """Makes colleagues; one without a password signs in by an invitation."""

    def add(
        self, email: str, *, name: str = "", roles: Sequence[str] = (), password: str | None = None
    ) -> Colleague:
        """A new colleague with `roles`; raises `ValueError` where a role is unknown."""
        unknown = [role for role in roles if role not in ROLES]
        if unknown:
            raise ValueError(f"no such role: {', '.join(unknown)}")
        colleague = self.model(email=self.normalize_email(email).lower(), name=name)
        colleague.set_password(password)
        colleague.save()
        colleague.give(roles)
        return colleague


class Colleague(AbstractBaseUser):
    """Somebody of the firm who may sign in."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=10, blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)
    sessions_stamp = models.CharField(max_length=32, blank=True)  # another stamp ends every session

    objects = Colleagues()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return self.name or self.email

    by_key = ""  # the mark of the key by which a program acts for the colleague, in this request
    scopes: frozenset[str] | None = None  # of that key: the program may no more than they name

    @property
    def mark(self) -> str:
        """What records call the colleague: a number, no name; or the key that acts for them."""
        return self.by_key or f"colleague:{self.pk}"

    @cached_property
    def role_names(self) -> frozenset[str]:
        return frozenset(self.roles.values_list("role", flat=True))

    @cached_property
    def actions(self) -> frozenset[str]:
        """The names of all that the colleague may do."""
        return actions_of(self.role_names) if self.is_active else frozenset()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session must carry to hold: it ends with the password and with the stamp."""
        value = f"{self.password}\n{self.sessions_stamp}"
        salt = "entrepot.web.people.session"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()

    def give(self, roles: Sequence[str]) -> None:
        """Have exactly `roles` from now on."""
        self.roles.exclude(role__in=roles).delete()
        Role.objects.bulk_create([Role(colleague=self, role=role) for role in roles], ignore_conflicts=True)
        for known in ("role_names", "actions"):
            self.__dict__.pop(known, None)


class Role(models.Model):
    """One role of one colleague."""

    colleague = models.ForeignKey(Colleague, models.CASCADE, related_name="roles")
    role = models.CharField(max_length=40, choices=[(name, name) for name in ROLES])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["colleague", "role"], name="a_role_once")]

    def __str__(self) -> str:
        return self.role


class Invitation(models.Model):
    """A link by which a colleague comes in for the first time and chooses how to sign in; it serves once."""

    colleague = models.ForeignKey(Colleague, models.CASCADE, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"invitation of {self.colleague.mark}"

    @classmethod
    def make(cls, colleague: Colleague, *, expires_at: datetime) -> tuple[Invitation, str]:
        """A new invitation and the text of its link; those before it serve no more."""
        cls.objects.filter(colleague=colleague, used_at=None).delete()
        text = secrets.token_urlsafe(32)
        return cls.objects.create(colleague=colleague, digest=digest_of(text), expires_at=expires_at), text

    @classmethod
    def of(cls, text: str, *, at: datetime) -> Invitation | None:
        """The invitation whose link this is, if it still serves at `at`."""
        open_ones = cls.objects.filter(used_at=None, expires_at__gt=at, colleague__is_active=True)
        return open_ones.select_related("colleague").filter(digest=digest_of(text)).first()


class ApiKey(models.Model):
    """A program's way in. `digest` is SHA-256 of the key: it has 256 random bits, so that no salt is needed."""

    colleague = models.ForeignKey(Colleague, models.CASCADE, related_name="keys")
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    made_at = models.DateTimeField(default=timezone.now)
    expires_on = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    @property
    def mark(self) -> str:
        """What records call the key."""
        return f"key:{self.pk}"

    @classmethod
    def make(cls, colleague: Colleague, name: str, scopes: Sequence[str], **more: Any) -> tuple[ApiKey, str]:
        """A new key and its text, which nobody can read again; `ValueError` where a scope is no action."""
        unknown = [scope for scope in scopes if scope not in ACTIONS]
        if unknown:
            raise ValueError(f"no such scope: {', '.join(unknown)}")
        text = KEY_PREFIX + secrets.token_urlsafe(32)
        key = cls.objects.create(
            colleague=colleague, name=name, digest=digest_of(text), scopes=list(scopes), **more
        )
        return key, text

    @classmethod
    def of(cls, text: str, *, at: datetime) -> ApiKey | None:
        """The key whose text this is, if it may be used at `at`."""
        key = cls.objects.select_related("colleague").filter(digest=digest_of(text), revoked_at=None).first()
        if key is None or not key.colleague.is_active or (key.expires_on and key.expires_on <= at.date()):
            return None
        return key

    def may(self, action: str) -> bool:
        """Whether the key's scopes and its owner's roles allow `action`."""
        return action in self.scopes and action in self.colleague.actions


def digest_of(text: str) -> str:
    """What is kept of a secret that is shown once."""
    return hashlib.sha256(text.encode()).hexdigest()

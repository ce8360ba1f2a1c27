"""Colleagues: who adds, raises and suspends whom, what is on record, and that somebody is always left to administer."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import timezone

from entrepot.web.people import keeping, keys
from entrepot.web.people.models import ApiKey, Colleague, Invitation
from entrepot.web.permissions import ROLES
from entrepot.web.records.models import Record

pytestmark = pytest.mark.django_db
EVERYTHING = list(ROLES)


@pytest.fixture
def administrator(signed_in):
    return signed_in("administrator", email="admin@firm.example")


def link(letter) -> str:
    return re.search(r"/invitation/[\w-]+", letter.body)[0]


def invited(administrator, **more):
    administrator.post("/colleagues/add", {"email": "New@Firm.example", "roles": ["viewer"], **more})
    return Colleague.objects.get(email="new@firm.example")


def kinds():
    return list(Record.objects.values_list("kind", flat=True))


def test_somebody_added_gets_a_link_and_nobody_else_does(administrator):
    invited(administrator)
    assert [letter.to for letter in mail.outbox] == [["new@firm.example"]]
    assert kinds() == ["colleague added", "colleague invited"]


def test_the_link_serves_once(administrator):
    invited(administrator)
    new, chosen = Client(), {"new_password1": "eleven blue herons", "new_password2": "eleven blue herons"}
    assert new.get(link(mail.outbox[0])).status_code == 200
    assert new.post(link(mail.outbox[0]), chosen)["Location"] == "/"
    assert new.get("/me/").status_code == 200
    assert Client().post(link(mail.outbox[0]), chosen).status_code == 410


def test_a_weak_password_is_refused_and_the_link_still_serves(administrator):
    invited(administrator)
    refused = Client().post(link(mail.outbox[0]), {"new_password1": "12345678", "new_password2": "12345678"})
    assert refused.status_code == 422
    assert Client().get(link(mail.outbox[0])).status_code == 200


def test_a_passkey_can_be_chosen_instead(administrator):
    invited(administrator)
    answer = Client().post(link(mail.outbox[0]), {"way": "passkey"}, follow=True)
    assert answer.redirect_chain == [("/sign-in/2fa/webauthn/add/", 302)]
    assert answer.status_code == 200


def test_an_old_link_serves_no_more(administrator):
    invited(administrator)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().get(link(mail.outbox[0])).status_code == 410


def test_a_second_letter_ends_the_first(administrator):
    new = invited(administrator)
    administrator.post(f"/colleagues/{new.pk}/invitation")
    first, second = mail.outbox
    assert Client().get(link(first)).status_code == 410
    assert Client().get(link(second)).status_code == 200


def test_without_a_mail_server_letters_lie_in_the_servers_folder():
    assert str(settings.ENTREPOT.mail) == settings.EMAIL_FILE_PATH
    assert Path(settings.EMAIL_FILE_PATH).stat().st_mode & 0o077 == 0


def test_the_last_administrator_cannot_be_taken_away(administrator, colleague):
    admin = colleague(email="admin@firm.example")
    administrator.post(f"/colleagues/{admin.pk}/roles", {"roles": ["viewer"]})
    administrator.post(f"/colleagues/{admin.pk}/suspension", {"to": "suspended"})
    assert Colleague.objects.get(pk=admin.pk).role_names == {"administrator"}
    assert Colleague.objects.get(pk=admin.pk).is_active
    assert kinds() == []


def test_a_suspended_administrator_does_not_count(administrator, colleague):
    other = colleague("administrator", email="other@firm.example")
    keeping.suspend(other, by="terminal")
    with pytest.raises(keeping.LastAdministrator):
        keeping.suspend(colleague(email="admin@firm.example"), by="terminal")


def test_who_raises_themselves_is_seen_by_the_others(administrator, colleague):
    colleague("administrator", email="other@firm.example")
    admin = colleague(email="admin@firm.example")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.transaction.on_commit", lambda then: then())
        administrator.post(f"/colleagues/{admin.pk}/roles", {"roles": ["administrator", "reviewer"]})
    assert kinds() == ["own roles raised"]
    assert [letter.to for letter in mail.outbox] == [["other@firm.example"]]


def test_roles_of_others_change_with_a_record(administrator, colleague):
    other = colleague("viewer", email="v@firm.example")
    administrator.post(f"/colleagues/{other.pk}/roles", {"roles": ["analyst", "reviewer"]})
    assert Colleague.objects.get(pk=other.pk).role_names == {"analyst", "reviewer"}
    assert kinds() == ["roles changed"]


def test_an_unknown_role_is_refused(administrator, colleague):
    other = colleague("viewer", email="v@firm.example")
    assert administrator.post(f"/colleagues/{other.pk}/roles", {"roles": ["king"]}).status_code == 422


def test_somebody_suspended_is_out_at_once(administrator, signed_in, colleague):
    client = signed_in("viewer", email="v@firm.example")
    assert client.get("/").status_code == 200
    administrator.post(f"/colleagues/{colleague(email='v@firm.example').pk}/suspension", {"to": "suspended"})
    assert client.get("/").status_code == 302


def test_signing_out_everywhere_else_leaves_this_one_in(colleague, signed_in):
    here, there = signed_in("viewer", email="v@firm.example"), signed_in("viewer", email="v@firm.example")
    here.post("/me/sessions")
    assert (here.get("/").status_code, there.get("/").status_code) == (200, 302)


def test_what_somebody_lost_opens_nothing_any_more(administrator, colleague):
    other = colleague("viewer", email="v@firm.example")
    administrator.post(f"/colleagues/{other.pk}/renewal")
    sent = {"login": "v@firm.example", "password": "a long enough phrase"}
    assert Client().post("/sign-in/login/", sent).status_code == 200
    assert kinds() == ["sign-in renewed", "colleague invited"]


def test_a_language_of_ones_own_is_spoken(signed_in):
    client = signed_in("viewer")
    client.post("/me/", {"name": "Anna", "language": "ko"})
    assert client.get("/me/")["Content-Language"] == "ko"


def test_a_key_is_shown_once(administrator):
    made = administrator.post("/keys/", {"name": "nightly", "scopes": ["keep colleagues"]}).content.decode()
    text = re.search(r"ek_[\w-]{40,}", made)[0]
    assert text not in administrator.get("/keys/").content.decode()
    assert ApiKey.of(text, at=timezone.now()).scopes == ["keep colleagues"]


def test_a_key_may_no_more_than_who_makes_it(administrator, colleague):
    assert administrator.post("/keys/", {"name": "x", "scopes": ["see names"]}).status_code == 422
    admin = colleague(email="admin@firm.example")
    with pytest.raises(keys.MoreThanOwn):
        keys.make(admin, "x", ["see names"], expires_on=None, at_most=admin.actions)


def test_a_revoked_key_opens_nothing(administrator, colleague):
    admin = colleague(email="admin@firm.example")
    key, text = keys.make(admin, "x", ["keep keys"], expires_on=None, at_most=admin.actions)
    administrator.post(f"/keys/{key.pk}/revocation")
    assert ApiKey.of(text, at=timezone.now()) is None
    assert kinds() == ["key made", "key revoked"]

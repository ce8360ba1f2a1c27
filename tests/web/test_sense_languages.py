"""The pages of those who are asked speak English, Korean and simplified Chinese, without a word left out."""

import gettext
import importlib.util
import re
import string

import pytest
from django.test import Client

from entrepot.web.sensemaking import leading
from entrepot.web.sensemaking.models import Stakeholder
from tests.docs.pages import ROOT
from tests.web.sense_fixtures import (
    address_of,
    asked,
    code_of,
    facilitator,
    leads,
    opened,
    put,
    scores,
    staff,
    text,
)

spec = importlib.util.spec_from_file_location("catalogues", ROOT / "tools" / "catalogues.py")
catalogues = importlib.util.module_from_spec(spec)
spec.loader.exec_module(catalogues)
EACH = pytest.mark.parametrize("language", catalogues.LANGUAGES)
CODES = {"ko": "ko", "zh-hans": "zh_Hans"}
IN = pytest.mark.parametrize("code", CODES)
FIELD = re.compile(r"%\((\w+)\)s")


def kept(language):
    return catalogues.read(catalogues.catalogue(language))


@EACH
def test_no_text_of_these_pages_is_untranslated_and_none_is_kept_for_nothing(language):
    translated = {key for key, value in kept(language).items() if value} - {""}
    assert translated == catalogues.wanted()
    assert len(translated) > 100


@EACH
def test_the_compiled_catalogue_is_what_its_text_says(language):
    path = catalogues.catalogue(language).with_suffix(".mo")
    assert path.read_bytes() == catalogues.compiled(kept(language))
    with path.open("rb") as file:
        read = gettext.GNUTranslations(file)._catalog
    assert read == kept(language)


@EACH
def test_what_is_filled_in_is_the_same_in_each_language(language):
    for key, value in kept(language).items():
        assert sorted(FIELD.findall(key)) == sorted(FIELD.findall(value)), key


@EACH
def test_a_translation_is_in_its_own_script(language):
    script = r"[가-힣]" if language == "ko" else r"[一-鿿]"
    assert [key for key, value in kept(language).items() if key and not re.search(script, value)] == []


def english_left_in(page: str) -> list[str]:
    """Texts of the catalogue that stand on a page as they are in English."""
    shown = re.sub(r"<[^>]+>", " ", page)
    texts = [key for key in kept("ko") if len(key) > 12 and "%(" not in key]
    return [key for key in texts if key in shown]


@IN
@pytest.mark.django_db
def test_the_invitation_speaks_the_language_of_the_one_who_is_asked(opened, leads, code, mailoutbox):
    here = opened()
    Stakeholder.objects.filter(question=here.question).update(language=code)
    leads.post(f"/rounds/{here.pk}/letters")
    leads.post(f"/rounds/{here.pk}/letters", {"again": "yes"})
    known = kept(CODES[code])
    assert mailoutbox[0].subject == known["Your view is asked for"]
    assert mailoutbox[-1].subject == known["A reminder: your view is asked for"]
    assert all(english_left_in(letter.body) == [] for letter in mailoutbox)


@IN
@pytest.mark.django_db
def test_the_whole_way_of_a_ballot_is_in_the_language_of_the_invitation(opened, signed_in, code):
    here = opened()
    Stakeholder.objects.filter(question=here.question).update(language=code)
    client = signed_in("stakeholder", email=address_of("sales", "staff", 0))
    pages = [text(client.get(f"/rounds/{here.pk}/answer"))]
    drawn = code_of(client, here)
    browser = Client()
    said = f"/ballot/?language={code}"
    pages += [
        text(browser.get(said)),
        text(browser.post(said, {"code": "no"})),
        text(browser.post(said, {"code": drawn})),
    ]
    pages += [
        text(browser.post(said, {"code": drawn, **scores((1, 1))})),
        text(client.get(f"/rounds/{here.pk}/answer")),
    ]
    assert [left for page in pages for left in english_left_in(page)] == []
    assert all(f'lang="{code}"' in page for page in pages)


@IN
@pytest.mark.django_db
def test_a_leader_switches_the_language_at_the_top(opened, signed_in, code):
    here = opened()
    client = signed_in("stakeholder", email=address_of("sales", "leader", 0))
    address = f"/rounds/{here.pk}/answer"
    assert english_left_in(text(client.get(address)))
    switched = text(client.get(f"{address}?language={code}"))
    assert english_left_in(switched) == [] and kept(CODES[code])["In the long run"] in switched


@pytest.mark.django_db
def test_a_language_that_we_do_not_speak_changes_nothing(opened, signed_in):
    here = opened()
    client = signed_in("stakeholder", email=address_of("sales", "leader", 0))
    assert "In the long run" in text(client.get(f"/rounds/{here.pk}/answer?language=tlh"))
    assert "Answer with your code" in text(Client().get("/ballot/?language=%3Cb%3E"))


@IN
@pytest.mark.django_db
def test_printed_invitation_and_codes_are_translated_too(asked, opened, leads, facilitator, code):
    question = asked()
    leading.add(question, [leading.Newcomer("sales", "staff", name="Kim")], by=facilitator)
    here = opened(question=question)
    poster = text(leads.get(f"/rounds/{here.pk}/poster?language={code}"))
    slips = text(leads.post(f"/rounds/{here.pk}/codes", {"language": code}))
    assert english_left_in(poster) == english_left_in(slips) == []
    assert "<svg" in poster and len(re.findall('class="slip"', slips)) == 1
    assert set(re.search(r'class="code">([^<]+)<', slips)[1]) <= set(
        string.ascii_uppercase + string.digits + "-"
    )


@pytest.mark.django_db
def test_a_code_on_paper_is_answered_and_those_printed_before_serve_no_more(
    asked, opened, leads, facilitator
):
    question = asked()
    leading.add(question, [leading.Newcomer("sales", "staff", name=n) for n in ("Kim", "Li")], by=facilitator)
    here = opened("blind", question=question)
    codes = [
        re.findall(r'class="code">([^<]+)<', text(leads.post(f"/rounds/{here.pk}/codes"))) for _ in range(2)
    ]
    assert [len(each) for each in codes] == [2, 2]
    assert put(codes[0][0], scores((1, 1))).status_code == 409
    assert put(codes[1][0].lower().replace("-", " "), scores((1, 1))).status_code == 200
    assert len(re.findall('class="code"', text(leads.post(f"/rounds/{here.pk}/codes")))) == 1

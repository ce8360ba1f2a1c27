import json
from datetime import date

import pytest

from entrepot.errors import InputError
from entrepot.settings import Settings


def test_every_wrong_setting_is_told_at_once():
    with pytest.raises(InputError) as caught:
        Settings.checked(fdr=2, max_bad=-1, engine="spark", colour="red")
    whats = {mistake.what for mistake in caught.value.mistakes}
    assert whats == {f"{name} cannot be used" for name in ("fdr", "max_bad", "engine", "colour")}


def test_settings_can_be_made_again_from_their_record():
    settings = Settings.checked(
        fdr=0.01, as_of=date(2026, 3, 1), mapping={"quantity": "Menge"}, anonymous=("0",)
    )
    again = Settings.checked(**json.loads(json.dumps(settings.for_the_record())))
    assert again == settings


def test_settings_do_not_change():
    with pytest.raises(ValueError, match="frozen"):
        Settings().fdr = 0.5

"""The ground of the web app: who comes in, what errors say, and what no answer may lack."""

import pytest

pytestmark = pytest.mark.django_db


def test_who_is_not_signed_in_is_sent_to_sign_in(client):
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/login/")


def test_home_says_what_will_stand_here_before_the_first_run(signed_in):
    assert "Nothing has been analysed yet" in signed_in("viewer").get("/").content.decode()


def test_only_who_may_start_runs_is_shown_the_button(signed_in):
    assert "Start the first run" not in signed_in("viewer").get("/").content.decode()
    assert "Start the first run" in signed_in("analyst").get("/").content.decode()


def test_nobody_signs_up(client):
    assert "password1" not in client.get("/sign-in/signup/").content.decode()


def test_a_password_opens_the_door(client, colleague):
    colleague("viewer", email="anna@firm.example")
    answer = client.post(
        "/sign-in/login/", {"login": "anna@firm.example", "password": "a long enough phrase"}
    )
    assert answer["Location"] == "/"


def test_a_slash_too_many_at_the_end_leads_on_and_never_to_another_house(signed_in):
    client = signed_in("viewer")
    answer = client.get("/findings/?shown=listed")
    assert (answer.status_code, answer["Location"]) == (301, "/findings?shown=listed")
    assert client.post("/findings/").status_code == 404
    for path in ("//evil.example/findings/", "/findings/nothing/like/this/", "/nothing/"):
        assert client.get("/", PATH_INFO=path).status_code == 404


def test_a_page_that_is_not_there_says_so_and_names_the_request(signed_in):
    answer = signed_in("viewer").get("/nowhere")
    assert answer.status_code == 404
    assert answer["X-Request"] in answer.content.decode()


def test_no_page_runs_foreign_or_inline_code(client):
    policy = client.get("/sign-in/login/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_theme_is_that_of_the_report(client):
    from entrepot.report.theme import style_sheet

    assert client.get("/theme.css").content.decode() == style_sheet()


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/findings/0001/%00", 404),
        ("/findings?q=%00", 400),
        ("/observations/99999999999999999999999/", 404),
        ("/review/turns/99999999999999999999999", 404),
        ("/findings?page=99999999999999999999999", 200),
    ],
)
def test_what_no_database_can_hold_is_told_so(signed_in, address, status):
    answer = signed_in("reviewer").get(address)
    assert answer.status_code == status
    if status != 200:
        assert answer["X-Request"] in answer.content.decode()

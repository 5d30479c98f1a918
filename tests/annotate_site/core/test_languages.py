from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories.accounts import PersonFactory

pytestmark = pytest.mark.django_db

URL = reverse("language")


def test_choosing_keeps_the_language_with_the_person_and_in_a_cookie(client):
    person = PersonFactory()
    client.force_login(person)

    response = client.post(URL, {"language": "de", "next": "/judge/"})

    assert (response.status_code, response.url) == (302, "/judge/")
    assert response.cookies["django_language"].value == "de"
    person.refresh_from_db()
    assert person.language == "de"
    assert '<html lang="de">' in client.get("/judge/").content.decode()


def test_a_persons_language_goes_before_the_browsers(client):
    client.force_login(PersonFactory(language="de"))

    content = client.get("/judge/", headers={"Accept-Language": "en"}).content.decode()

    assert "Noch nichts zu beurteilen" in content


def test_strangers_choose_too_and_the_browsers_language_is_the_first_guess(client):
    guessed = client.get("/sign-in/", headers={"Accept-Language": "de-AT,fr"}).content.decode()
    client.post(URL, {"language": "en"})
    chosen = client.get("/sign-in/", headers={"Accept-Language": "de-AT,fr"}).content.decode()

    assert '<html lang="de">' in guessed
    assert '<html lang="en">' in chosen


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", ""])
def test_choosing_leads_nowhere_else(client, target):
    assert client.post(URL, {"language": "de", "next": target}).url == "/"


@pytest.mark.parametrize("language", ["", "xx", "../de", "d" * 1000])
def test_unknown_languages_are_refused(client, language):
    response = client.post(URL, {"language": language})

    assert response.status_code == 400
    assert "django_language" not in response.cookies


def test_choosing_needs_a_post(client):
    assert client.get(URL).status_code == 405

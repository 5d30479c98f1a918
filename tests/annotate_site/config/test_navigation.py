from __future__ import annotations

import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client

from annotate_site.accounts.models import Person, Role
from annotate_site.accounts.services import create_person

pytestmark = pytest.mark.django_db


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(create_person(username=role.value, role=role).person)
    return client


@pytest.mark.parametrize(
    ("role", "page"),
    [
        (Role.ANNOTATOR, "/judge/"),
        (Role.MANAGER, "/circle/"),
        (Role.RESEARCHER, "/snapshots/"),
        (Role.ADMIN, "/circle/"),
    ],
)
def test_home_leads_each_role_to_its_work(role: Role, page: str) -> None:
    answer = signed_in(role).get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, page)


def menu_of(role: Role) -> list[str]:
    return [item.label for item in signed_in(role).get("/judge/").context["navigation"]]


def test_menu_shows_what_the_role_may_do() -> None:
    assert menu_of(Role.ANNOTATOR) == ["Judge", "Your work"]
    assert menu_of(Role.RESEARCHER) == [
        "Judge",
        "Your work",
        "Runs",
        "Clips",
        "Snapshots",
        "Tokens",
    ]
    everything = [
        "Judge",
        "Your work",
        "Project",
        "The circle",
        "Runs",
        "Clips",
        "Snapshots",
        "Tokens",
    ]
    assert menu_of(Role.MANAGER) == menu_of(Role.ADMIN) == everything


def test_visitors_are_sent_to_sign_in() -> None:
    for page in ("/", "/judge/", "/circle/", "/runs/", "/clips/", "/snapshots/", "/tokens/"):
        answer = Client().get(page)
        assert answer.headers["Location"] == f"/sign-in/?next={page}"
    assert Person.objects.count() == 0


def test_pages_carry_a_strict_policy() -> None:
    policy = Client().get("/sign-in/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_web_process_loads_no_model_library() -> None:
    script = (
        "import django, sys; django.setup(); import annotate_site.config.wsgi;"
        "from django.urls import get_resolver; get_resolver().url_patterns;"
        "from django.test import Client; Client().get('/sign-in/');"
        "heavy = {'torch', 'diffusers', 'transformers', 'faiss', 'librosa', 'sklearn', 'trl'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=settings.BASE_DIR,
        env={
            "DJANGO_SETTINGS_MODULE": "annotate_site.config.settings",
            "MUSEPAINTER_HOME": str(settings.HOME),
            "PATH": "",
        },
    )
    assert answer.stdout == "[]\n"


def test_pages_that_are_not_for_somebody_or_not_there_lead_home() -> None:
    client = signed_in(Role.ANNOTATOR)
    for page, status, title in (("/runs/", 403, "Not for you"), ("/nowhere/", 404, "Not here")):
        answer = client.get(page)
        assert answer.status_code == status
        assert f"<h1>{title}</h1>" in answer.content.decode()
        assert 'href="/"' in answer.content.decode()

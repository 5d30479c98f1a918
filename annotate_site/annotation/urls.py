from __future__ import annotations

from django.urls import path

from annotate_site.annotation import views
from annotate_site.annotation.onboarding import training_views
from annotate_site.annotation.onboarding import views as onboarding
from annotate_site.annotation.own_work import views as own_work

app_name = "annotation"

urlpatterns = [
    path("judge/", views.judge, name="judge"),
    path("judge/ahead/", views.ahead, name="ahead"),
    path("judge/answer/", views.answer, name="answer"),
    path("judge/strength/", views.strength, name="strength"),
    path("judge/undo/", views.undo, name="undo"),
    path("judge/skip/", views.skip, name="skip"),
    path("welcome/consent/", onboarding.consent, name="onboarding_consent"),
    path("welcome/instructions/", onboarding.instructions, name="onboarding_instructions"),
    path("welcome/sound/", onboarding.sound, name="onboarding_sound"),
    path("welcome/sound/tone.wav", onboarding.sound_tone, name="onboarding_tone"),
    path("welcome/practice/", training_views.practice, name="onboarding_practice"),
    path(
        "welcome/practice/<uuid:judgement_id>/",
        training_views.feedback,
        name="onboarding_feedback",
    ),
    path("welcome/test/", training_views.test, name="onboarding_test"),
    path("welcome/done/", onboarding.done, name="onboarding_done"),
    path("welcome/closed/", onboarding.closed, name="onboarding_closed"),
    path("you/", own_work.overview, name="own_work"),
    path("you/export/", own_work.export, name="own_export"),
    path("you/delete/", own_work.delete, name="delete_account"),
    path("goodbye/", own_work.goodbye, name="goodbye"),
]

from __future__ import annotations

from django.urls import path

from annotate_site.annotation import views

app_name = "annotation"

urlpatterns = [
    path("judge/", views.judge, name="judge"),
    path("judge/ahead/", views.ahead, name="ahead"),
    path("judge/answer/", views.answer, name="answer"),
    path("judge/strength/", views.strength, name="strength"),
    path("judge/undo/", views.undo, name="undo"),
    path("judge/skip/", views.skip, name="skip"),
]

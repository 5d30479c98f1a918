from __future__ import annotations

from django.urls import path

from annotate_site.annotation import views

app_name = "annotation"

urlpatterns = [
    path("judge/", views.judge, name="judge"),
    path("judge/answer/", views.answer, name="answer"),
    path("judge/undo/", views.undo, name="undo"),
]

from __future__ import annotations

from django.urls import path

from annotate_site.catalog import media_views, views

app_name = "catalog"

urlpatterns = [
    path("clips/", views.clips, name="clips"),
    path("clips/new/", views.upload, name="upload"),
    path("clips/<uuid:clip_id>/", views.clip, name="clip"),
    path("credits/", views.credits, name="credits"),
    path("media/audio/<uuid:clip_id>", media_views.audio, name="audio"),
    path("media/image/<uuid:candidate_id>", media_views.image, name="image"),
]

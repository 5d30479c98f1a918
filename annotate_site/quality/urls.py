from __future__ import annotations

from django.urls import path

from annotate_site.quality.views import (
    cohorts,
    disagreements,
    gold,
    invitations,
    log,
    overview,
    people,
    project_settings,
    quality,
    skipped,
    texts,
)

app_name = "quality"

urlpatterns = [
    path("project/", overview.overview, name="overview"),
    path("project/quality/", quality.quality, name="quality"),
    path("project/disagreements/", disagreements.disagreements, name="disagreements"),
    path("project/disagreements/<uuid:comparison_id>/", disagreements.settle, name="settle"),
    path("project/skipped/", skipped.skipped, name="skipped"),
    path("project/skipped/<uuid:comparison_id>/", skipped.resolve, name="review_skips"),
    path("project/known-answers/", gold.questions, name="gold"),
    path("project/known-answers/new/<uuid:comparison_id>/", gold.create, name="create_gold"),
    path("project/known-answers/<uuid:question_id>/", gold.change, name="change_gold"),
    path("project/people/", people.people, name="people"),
    path("project/people/<int:person_id>/", people.person, name="person"),
    path("project/people/<int:person_id>/change/", people.change, name="change_person"),
    path("project/people/invitations/", invitations.invitations, name="invitations"),
    path(
        "project/people/invitations/<int:invitation_id>/revoke/",
        invitations.revoke,
        name="revoke_invitation",
    ),
    path("project/people/cohorts/", cohorts.cohorts, name="cohorts"),
    path("project/people/cohorts/<int:cohort_id>/", cohorts.change, name="change_cohort"),
    path("project/texts/", texts.texts, name="texts"),
    path("project/texts/preview/", texts.preview, name="preview_text"),
    path("project/texts/<str:kind>/", texts.edit, name="edit_text"),
    path("project/texts/<str:kind>/<int:version>/", texts.version, name="text_version"),
    path("project/settings/", project_settings.project_settings, name="settings"),
    path("project/log/", log.log, name="log"),
]

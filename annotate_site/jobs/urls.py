from __future__ import annotations

from django.urls import path

from annotate_site.jobs.views import circle, compare, launch, runs

app_name = "jobs"

urlpatterns = [
    path("circle/", circle.circle, name="circle"),
    path("circle/<slug:step>/launch/", circle.launch_step, name="launch_step"),
    path("runs/", runs.runs, name="runs"),
    path("runs/compare/", compare.compare, name="compare"),
    path("runs/new/<slug:kind>/", launch.launch, name="launch"),
    path("runs/<uuid:run_id>/", runs.run, name="run"),
    path("runs/<uuid:run_id>/cancel/", runs.cancel, name="cancel"),
    path("runs/<uuid:run_id>/again/", runs.again, name="again"),
    path(
        "runs/<uuid:run_id>/disagreements/<uuid:comparison_id>/refer/",
        runs.refer_disagreement,
        name="refer_disagreement",
    ),
    path("runs/<uuid:run_id>/files/<path:name>", runs.artifact, name="artifact"),
]

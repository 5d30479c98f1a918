from __future__ import annotations

from django.urls import path

from annotate_site.datasets import views

app_name = "datasets"

urlpatterns = [
    path("snapshots/", views.snapshots, name="snapshots"),
    path("snapshots/<slug:name>/<int:version>/", views.snapshot, name="snapshot"),
    path("snapshots/<slug:name>/<int:version>/zip/", views.snapshot_zip, name="snapshot_zip"),
]

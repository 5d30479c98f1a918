from __future__ import annotations

from django.urls import include, path

from annotate_site.config.navigation import home

urlpatterns = [
    path("api/v1/", include("annotate_site.api.urls")),  # First: asked most often.
    path("", home, name="home"),
    path("", include("annotate_site.accounts.urls")),
    path("", include("annotate_site.catalog.urls")),
    path("", include("annotate_site.annotation.urls")),
    path("", include("annotate_site.quality.urls")),
    path("", include("annotate_site.datasets.urls")),
    path("", include("annotate_site.jobs.urls")),
]

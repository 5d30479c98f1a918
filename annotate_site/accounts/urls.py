from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from annotate_site.accounts import views

app_name = "accounts"

urlpatterns = [
    path(
        "sign-in/",
        login_not_required(
            LoginView.as_view(
                template_name="accounts/sign_in.html", redirect_authenticated_user=True
            )
        ),
        name="sign_in",
    ),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<str:digest>/revoke/", views.revoke_token, name="revoke_token"),
]

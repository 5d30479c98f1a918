from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from annotate_site.accounts import views

app_name = "accounts"

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("join/<str:token>/", views.join, name="join"),
    path("you/password/", views.ChangePassword.as_view(), name="change_password"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<str:digest>/revoke/", views.revoke_token, name="revoke_token"),
]

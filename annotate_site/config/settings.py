"""All settings. The environment is read here, once, and nowhere else in the site.

MUSEPAINTER_HOME           data folder: database, media, runs, snapshots (./var)
MUSEPAINTER_SECRET_KEY     or ..._FILE; made once under the data folder when absent
MUSEPAINTER_HOSTS          host names that the site answers to
MUSEPAINTER_HTTPS          yes behind TLS: secure cookies and HSTS
MUSEPAINTER_DEBUG          yes for error pages with tracebacks
MUSEPAINTER_PROFILE        mini or sdxl: the models of this installation
MUSEPAINTER_OVERLAP        how many annotators judge a comparison in a new project (3)
MUSEPAINTER_LEASE_SECONDS  how long a comparison stays with an annotator (1800)
MUSEPAINTER_LISTEN_SECONDS how long to listen before the first answer in a new project (5)
DATABASE_URL               postgresql://user:password@host:port/name; else embedded
MUSEPAINTER_DATABASE       another database of the same server
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF

from annotate_site.config import environment
from annotate_site.config.databases import database_settings

BASE_DIR = Path(__file__).resolve().parents[2]
SITE_DIR = BASE_DIR / "annotate_site"
HOME = Path(environment.text("MUSEPAINTER_HOME", str(BASE_DIR / "var"))).resolve()


def _secret_key() -> str:
    """The key from the environment, else one that is made once and kept under the data folder."""
    if key := environment.text("MUSEPAINTER_SECRET_KEY"):
        return key
    path = HOME / "secret_key"
    if not path.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50), encoding="utf-8")
    return path.read_text(encoding="utf-8")


SECRET_KEY = _secret_key()
DEBUG = environment.flag("MUSEPAINTER_DEBUG", default=False)
HTTPS = environment.flag("MUSEPAINTER_HTTPS", default=False)
ALLOWED_HOSTS = environment.words("MUSEPAINTER_HOSTS", "127.0.0.1,localhost,[::1]")
PROFILE = environment.text("MUSEPAINTER_PROFILE", "mini")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "template_partials",
    "csp",
    "rest_framework",
    "knox",
    "django_filters",
    "drf_spectacular",
    "procrastinate.contrib.django",
    "annotate_site.core",
    "annotate_site.accounts",
    "annotate_site.catalog",
    "annotate_site.annotation",
    "annotate_site.quality",
    "annotate_site.datasets",
    "annotate_site.studies",
    "annotate_site.jobs",
    "annotate_site.api",
    "annotate_site.config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "annotate_site.core.compressed_static.CompressedStatic",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "annotate_site.core.languages.person_language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "annotate_site.config.urls"
WSGI_APPLICATION = "annotate_site.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [SITE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "annotate_site.config.navigation.navigation",
            ],
        },
    }
]

DATABASES = {
    "default": database_settings(
        environment.text("DATABASE_URL"), HOME, environment.text("MUSEPAINTER_DATABASE")
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Person"
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [SITE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [SITE_DIR / "static"]
# Served straight from the source tree: no collecting step, nothing to forget after an update.
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = HOME / "media"
RUNS_ROOT = HOME / "runs"
SNAPSHOTS_ROOT = HOME / "snapshots"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 20

SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "PAGE_SIZE": 50,
}
REST_KNOX = {"TOKEN_TTL": timedelta(days=90), "TOKEN_PREFIX": "mp_"}
SPECTACULAR_SETTINGS = {"TITLE": "MusePainter", "VERSION": "1", "SERVE_INCLUDE_SCHEMA": False}

PROCRASTINATE_WORKER_DEFAULTS = {"delete_jobs": "never"}

LEASE_SECONDS = environment.whole_number("MUSEPAINTER_LEASE_SECONDS", 1800, least=30, most=86_400)
LISTEN_SECONDS = environment.whole_number("MUSEPAINTER_LISTEN_SECONDS", 5, least=0, most=600)
OVERLAP = environment.whole_number("MUSEPAINTER_OVERLAP", 3, least=1, most=50)
# How long a process works with the project's settings before it reads them again.
PROJECT_CACHE_SECONDS = 1.0

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "annotate_site": {"level": "INFO"},
        # A page that is not for somebody, or not there, is no event for the operator.
        "django.request": {"level": "ERROR"},
    },
}

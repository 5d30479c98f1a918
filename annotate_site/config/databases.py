"""Which PostgreSQL the site uses: the one of DATABASE_URL, else the embedded one."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def database_settings(url: str, home: Path, name: str = "") -> dict[str, Any]:
    """Django's settings for `url`, or for the server embedded under `home` when it is empty.

    `name` overrides the database's name on either server.
    """
    common: dict[str, Any] = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    # Statements that are bound on the server (core.statements) are planned once per connection.
    options: dict[str, Any] = {"prepare_threshold": 0}
    if not url:
        return common | {
            "ENGINE": "annotate_site.config.embedded_postgresql",
            "NAME": name or "musepainter",
            "OPTIONS": options | {"home": str(home)},
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            f"DATABASE_URL begins with {parts.scheme!r}; "
            "expected postgresql://user:password@host:port/name"
        )
    return common | {
        "ENGINE": "annotate_site.config.external_postgresql",
        "NAME": name or unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": options | {"connect_timeout": 5},
    }

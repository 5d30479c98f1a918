from __future__ import annotations

from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.utils import OperationalError


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        try:
            return super().get_new_connection(conn_params)
        except psycopg.OperationalError as error:
            place = (
                f"{conn_params.get('host') or 'the local socket'}:{conn_params.get('port', 5432)}"
            )
            reason = " ".join(str(error).split())
            raise OperationalError(
                f"PostgreSQL at {place} cannot be reached ({reason}); start it, mend DATABASE_URL, "
                "or unset DATABASE_URL to use the embedded server"
            ) from error

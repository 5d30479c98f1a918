from __future__ import annotations

import uuid

from django.db import models


class Identified(models.Model):
    """A row whose id may be shown: it tells nothing about order or number."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

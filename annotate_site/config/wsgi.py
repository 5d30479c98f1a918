from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotate_site.config.settings")
_site = get_wsgi_application()

from annotate_site.api.door import LoopDoor  # noqa: E402  the views need the apps

application = LoopDoor(_site)

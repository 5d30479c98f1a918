"""The site's settings with a data folder and an embedded PostgreSQL of this test session's own.

pytest-django reads the settings before any conftest.py, so the folder must be chosen here: tests
never touch the data of the person who runs them.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_home = tempfile.mkdtemp(prefix="musepainter-tests-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ["MUSEPAINTER_HOME"] = _home
os.environ.pop("DATABASE_URL", None)
# Before anything loads torch; `musepainter.py` says why.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Nothing may ask a hub for weights.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

from annotate_site.config.settings import *  # noqa: E402, F403

# Fast on purpose: the strength of the hash is Django's matter, not these tests'.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# A test that changes the project's settings sees the change at once.
PROJECT_CACHE_SECONDS = 0.0

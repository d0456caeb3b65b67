"""The web process's application (granian, synchronous WSGI)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongtang.config.settings")
application = get_wsgi_application()

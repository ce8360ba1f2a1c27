"""What a WSGI server loads: `entrepot.web.wsgi:application`, for the home that ENTREPOT_HOME names."""

from __future__ import annotations

from typing import Any

from entrepot.web.configuring import configure
from entrepot.web.home import Home


def made() -> Any:
    """The application of the home in the environment, all of it loaded: the first who asks does not wait for it."""
    configure(Home.from_environment())
    from django.core.wsgi import get_wsgi_application
    from django.urls import get_resolver

    application = get_wsgi_application()
    get_resolver().url_patterns  # noqa: B018 - reading it loads every page
    return application

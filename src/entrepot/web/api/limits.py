"""How often a program may ask: so many requests a minute for each key or session, counted by each process."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from ninja.throttling import SimpleRateThrottle


class ByWhoAsks(SimpleRateThrottle):
    """One count for each key, one for each colleague's sessions."""

    scope = "api"

    def __init__(self) -> None:
        super().__init__("1/m")

    def allow_request(self, request: HttpRequest) -> bool:
        self.num_requests = settings.REQUESTS_A_MINUTE
        return bool(super().allow_request(request))

    def get_cache_key(self, request: HttpRequest) -> str | None:
        return f"api:{request.auth.mark}"

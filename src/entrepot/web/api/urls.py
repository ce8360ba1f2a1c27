"""The addresses of the API, and of what watches the server."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from entrepot.web.access import open_to_all
from entrepot.web.api import health
from entrepot.web.api.service import api


@require_safe
@open_to_all
@cache_control(max_age=3600, public=True)
def schema(request: HttpRequest) -> JsonResponse:
    """The OpenAPI schema."""
    return JsonResponse(api.get_openapi_schema(path_prefix="/api/"))


urlpatterns = [
    path("health", health.health, name="health"),
    path("metrics", health.metrics, name="metrics"),
    path("api/openapi.json", schema, name="api_schema"),
    path("api/", api.urls),
]

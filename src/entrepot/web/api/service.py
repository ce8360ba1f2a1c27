"""The API as one thing: every router, every error, and the page of its schema."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

import entrepot
from entrepot.web.api import (
    of_actors,
    of_appeals,
    of_coding,
    of_comparing,
    of_fairness,
    of_files,
    of_observations,
    of_people,
    of_protection,
    of_quality,
    of_questions,
    of_reviews,
    of_rounds,
    of_runs,
    of_sensemaking,
    of_taking,
    of_testimony,
    of_turns,
    of_views,
    of_work,
    problems,
)
from entrepot.web.api.limits import ByWhoAsks
from entrepot.web.api.routing import router

PROBLEM = "application/problem+json"
ABOUT = """What the pages do, for programs. Send `Authorization: Bearer ek_…` with a key that an administrator made;
each operation says which scope it needs. Lists come in pages: `next` is the `after` of the following one. Errors are
problem+json (RFC 9457). Actors are called by pseudonymous ids."""


class Api(NinjaAPI):
    """Says of each operation which scope it needs, and of each error how it is written."""

    @property
    def urls(self) -> Any:
        """The addresses, without the library's empty page at the root."""
        patterns, kind, space = super().urls
        return [pattern for pattern in patterns if pattern.name != "api-root"], kind, space

    def get_openapi_schema(self, *given: Any, **more: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(*given, **more)
        actions = {op["operationId"]: op for op in _operations(schema)}
        for operation in self.operations():
            said = actions[self.get_openapi_operation_id(operation)]
            action = operation.auth_callbacks[0].action
            said["x-scope"] = action
            said["description"] = f"{said.get('description', '')}\n\nScope: `{action}`.".strip()
        return schema

    def operations(self) -> list[Any]:
        """Every operation."""
        views = [view for router in self._get_bound_routers() for view in router.path_operations.values()]
        return [operation for view in views for operation in view.operations]


def _operations(schema: Any) -> list[dict[str, Any]]:
    """Every operation of the schema, with its errors written as problems."""
    found = [op for methods in schema["paths"].values() for op in methods.values()]
    for op in found:
        for status, response in op["responses"].items():
            if int(status) >= 400 and "application/json" in response.get("content", {}):
                response["content"] = {PROBLEM: response["content"]["application/json"]}
    return found


api = Api(
    title="Entrepot",
    version=entrepot.__version__,
    description=ABOUT,
    openapi_url=None,
    docs_url=None,
    urls_namespace="api",
    throttle=[ByWhoAsks()],
)
OPERATIONS = (
    of_runs,
    of_files,
    of_work,
    of_turns,
    of_reviews,
    of_actors,
    of_observations,
    of_appeals,
    of_protection,
    of_people,
    of_sensemaking,
    of_comparing,
    of_quality,
    of_fairness,
    of_questions,
    of_views,
    of_taking,
    of_coding,
    of_testimony,
    of_rounds,
)  # imported, they stand in the router
api.add_router("", router)
problems.add_to(api)

"""The API against its own schema: whatever a program sends, no 500, and each answer as the schema says.

Not checked is that all which fits the schema is accepted: an upload that is not there, a day that is past or a cursor
of nobody's is refused, and no schema can say so.
"""

import pytest
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, given, settings

from entrepot.web.people.models import ApiKey
from entrepot.web.permissions import ACTIONS, ROLES

schemathesis = pytest.importorskip("schemathesis")
positive_data_acceptance = pytest.importorskip("schemathesis.specs.openapi.checks").positive_data_acceptance
pytestmark = pytest.mark.django_db

EXAMPLES = 5
SCHEMA = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]
EACH = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
HOST = {"Host": "testserver"}


def tries(number: int):
    return settings(
        max_examples=number, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )


@pytest.fixture
def key(colleague, settings):
    """A key of somebody who may everything."""
    settings.REQUESTS_A_MINUTE = 1_000_000
    return ApiKey.make(colleague(*ROLES, email="all@firm.example"), "schema", list(ACTIONS))[1]


@EACH
def test_whatever_is_sent_is_answered_as_the_schema_says(operation, key):
    @tries(EXAMPLES)
    @given(case=operation.as_strategy())
    def holds(case):
        case.call_and_validate(
            headers={"Authorization": f"Bearer {key}", **HOST}, excluded_checks=[positive_data_acceptance]
        )

    holds()


@EACH
def test_without_a_key_nothing_is_answered(operation):
    @tries(2)
    @given(case=operation.as_strategy())
    def holds(case):
        assert case.call(headers=HOST).status_code == 401

    holds()

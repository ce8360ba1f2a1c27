"""The API against its own schema: whatever a program sends, no 500, and each answer as the schema says."""

import pytest
from hypothesis import HealthCheck, settings

from entrepot.web.people.models import ApiKey
from entrepot.web.permissions import ACTIONS, ROLES
from tests.web.conftest import PASSWORD

schemathesis = pytest.importorskip("schemathesis")
pytestmark = pytest.mark.django_db
EXAMPLES = 12


@pytest.fixture
def described(settings):
    """The schema, with the application behind it."""
    from django.core.wsgi import get_wsgi_application

    settings.REQUESTS_A_MINUTE = 1_000_000
    return schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())


schema = schemathesis.pytest.from_fixture("described")


@pytest.fixture
def key(colleague):
    """A key of somebody who may everything."""
    owner = colleague(*ROLES, email="all@firm.example")
    assert owner.check_password(PASSWORD)
    return ApiKey.make(owner, "schema", list(ACTIONS))[1]


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_sent_is_answered_as_the_schema_says(case, key):
    case.call_and_validate(headers={"Authorization": f"Bearer {key}", "Host": "testserver"})


@schema.parametrize()
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
def test_without_a_key_nothing_is_answered(case):
    assert case.call(headers={"Host": "testserver"}).status_code == 401

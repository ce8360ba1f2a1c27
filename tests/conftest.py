"""What takes longest begins first, so that no worker waits at the end for a file that another has just begun."""

FIRST = ("tests/web/test_runs_server.py",)


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: not item.nodeid.startswith(FIRST))

import pytest

from gateway.audit.seal import KeyPair, keygen


@pytest.fixture(scope="session")
def auditor() -> KeyPair:
    return keygen()

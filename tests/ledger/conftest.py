import pytest

from gateway.ledger.encryption import KeyPair, keygen


@pytest.fixture(scope="session")
def auditor() -> KeyPair:
    return keygen()

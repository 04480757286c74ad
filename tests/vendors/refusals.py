"""How a test says that something is refused, and why."""

from contextlib import contextmanager

import pytest

from gateway.errors import Refusal


@contextmanager
def refused(reason, *, field=None, note=None):
    """What happens inside is refused for this reason, naming this field of ours (and, if given, with this note)."""
    with pytest.raises(Refusal) as caught:
        yield caught
    assert (caught.value.reason, caught.value.field) == (reason, field)
    if note is not None:
        assert caught.value.note == note

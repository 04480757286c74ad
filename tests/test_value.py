"""Frozen values."""

from dataclasses import dataclass

import pytest

from gateway.value import Hidden, Value, asdict, astuple, replace


class Sample(Value, frozen=True, kw_only=True):
    """A value with something to hide."""

    name: str
    secret: Hidden[str]
    note: Hidden[str | None] = None


@dataclass(frozen=True)
class Plain:
    """A dataclass."""

    name: str


SAMPLE = Sample(name="a", secret="FNA579")


def test_a_value_cannot_be_changed():
    with pytest.raises(AttributeError):
        SAMPLE.name = "b"


def test_what_is_hidden_does_not_stand_in_the_repr():
    assert repr(SAMPLE) == "Sample(name='a')"


def test_every_field_is_asked_for_by_name():
    with pytest.raises(TypeError, match="secret"):
        Sample(name="a")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Sample("a", "b")


def test_a_value_with_other_fields_is_another_value():
    assert replace(SAMPLE, name="b") == Sample(name="b", secret="FNA579") != SAMPLE


def test_a_dataclass_can_be_replaced_by_the_same_word():
    assert replace(Plain("a"), name="b") == Plain("b")


def test_a_value_gives_its_fields_in_their_order():
    assert astuple(SAMPLE) == ("a", "FNA579", None)
    assert asdict(SAMPLE) == {"name": "a", "secret": "FNA579", "note": None}

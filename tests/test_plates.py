import json
import sqlite3
from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import settings as examined
from hypothesis import strategies as st

from gateway import plates
from gateway.plates import (
    FoldedPlate,
    IssuedPlate,
    MaskedPlate,
    NormalPlate,
    PlatePattern,
    ReadPlate,
    TypedPlate,
    fits_pattern,
    fold,
    in_clear,
    normalize,
    normalize_sought,
    read_sought,
)
from tests.properties import examples

MESSAGE = "%s"
FORMS = (TypedPlate, IssuedPlate, ReadPlate, NormalPlate, FoldedPlate, PlatePattern)
TEXTS = st.text(ascii_letters + digits + " -*", min_size=1, max_size=32).filter(str.strip)
ACCEPTED = st.text(ascii_letters + digits + " -", min_size=1, max_size=32).filter(plates.is_accepted)


def test_every_form_of_a_plate_is_among_those_examined_here():
    assert set(MaskedPlate.__subclasses__()) == set(FORMS)


@pytest.mark.parametrize("form", FORMS)
@examined(max_examples=examples(50))
@given(text=TEXTS, width=st.integers(0, 40))
def test_no_form_shows_the_plate_however_it_is_printed(form, text, width):
    plate = form(text)
    shown = {str(plate), repr(plate), f"{plate}", f"{plate!r}", f"{plate:>{width}}", format(plate, "s")}
    shown |= {MESSAGE % plate, MESSAGE % (plate,), str([plate])[1:-1], str({"": plate})[5:-1]}
    assert shown == {f"<{form.__name__}>"}


@pytest.mark.parametrize("form", FORMS)
@examined(max_examples=examples(50))
@given(text=TEXTS)
def test_every_form_gives_its_characters_to_who_asks_for_them_in_clear(form, text):
    plate = form(text)
    assert (in_clear(plate), type(in_clear(plate))) == (text, str)


@pytest.mark.parametrize("form", FORMS)
def test_a_form_compares_binds_and_encodes_as_its_text(form):
    plate = form("ABC12O")
    [found] = sqlite3.connect(":memory:").execute("SELECT ?", (plate,)).fetchone()
    assert (plate == "ABC12O", hash(plate), found) == (True, hash("ABC12O"), "ABC12O")
    assert (plate.encode(), json.loads(json.dumps(plate))) == (b"ABC12O", "ABC12O")


@examined(max_examples=examples(100))
@given(typed=ACCEPTED)
def test_the_normal_form_and_its_fold_stay_what_they_are(typed):
    normal = normalize(TypedPlate(typed))
    again = normalize(TypedPlate(in_clear(normal)))
    assert (type(normal), again) == (NormalPlate, normal)
    assert type(fold(normal)) is FoldedPlate
    assert "O" not in in_clear(fold(normal))


@examined(max_examples=examples(100))
@given(typed=st.text(ascii_letters + digits + " -*", min_size=1, max_size=32).filter(plates.is_sought))
def test_what_is_sought_has_one_normal_form_and_no_two_wildcards_side_by_side(typed):
    sought = normalize_sought(TypedPlate(typed))
    assert type(sought) is (PlatePattern if plates.WILDCARD in typed else NormalPlate)
    assert normalize_sought(TypedPlate(in_clear(sought))) == sought
    assert "**" not in in_clear(sought)


@examined(max_examples=examples(100))
@given(typed=ACCEPTED, at=st.integers(0, 32))
def test_a_plate_fits_itself_and_every_pattern_cut_out_of_it_folded_or_not(typed, at):
    normal = normalize(TypedPlate(typed))
    pattern = read_sought(normal[:at] + plates.WILDCARD)
    assert type(pattern) is PlatePattern
    assert fits_pattern(normal, normal)
    assert fits_pattern(pattern, normal)
    assert fits_pattern(fold(pattern), fold(normal))


def test_what_is_sought_is_a_pattern_only_with_the_wildcard():
    assert [type(read_sought(text)) for text in ("ABC120", "ABC*")] == [NormalPlate, PlatePattern]

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import plates
from gateway.facts import csv_values as cells


@given(st.dates())
def test_every_iso_date_is_read_as_it_is_written(day):
    assert cells.day(day.isoformat()) == day.isoformat()


@given(st.text(max_size=12))
def test_what_a_date_cell_accepts_is_a_date_in_that_one_form(cell):
    try:
        read = cells.day(cell)
    except cells.Mistake:
        return
    assert (read is None) if cell == "" else date.fromisoformat(cell).isoformat() == cell


@pytest.mark.parametrize("cell", ["20261122", "2026-W47-7", "2026-02-30", "22.11.2026", "2026-11-22 ", "٢٠٢٦-11-22"])
def test_other_forms_of_dates_are_mistakes(cell):
    with pytest.raises(cells.Mistake):
        cells.day(cell)


def test_times_are_kept_in_utc_with_milliseconds():
    assert cells.instant("2026-11-22T16:00:00+02:00") == "2026-11-22T14:00:00.000Z"


@pytest.mark.parametrize("cell", ["2026-11-22", "2026-11-22T14:00:00", "2026-11-22 14:00:00Z", "now"])
def test_other_forms_of_times_are_mistakes(cell):
    with pytest.raises(cells.Mistake):
        cells.instant(cell)


@pytest.mark.parametrize("cell", ["1", "yes", " true", "wahr", "t"])
def test_only_true_and_false_are_truth_values(cell):
    with pytest.raises(cells.Mistake):
        cells.flag(cell)


@pytest.mark.parametrize(("cell", "value"), [("true", True), ("TRUE", True), ("False", False), ("", None)])
def test_a_truth_value_may_be_in_capitals_as_spreadsheets_write_it(cell, value):
    assert cells.flag(cell) is value


def test_a_word_of_a_closed_list_that_is_nearly_right_is_suggested():
    with pytest.raises(cells.Mistake, match="did you mean open"):
        cells.one_of(frozenset({"open", "closed"}))("Open")
    with pytest.raises(cells.Mistake, match="did you mean officer, supervisor"):
        cells.several_of(frozenset({"officer", "supervisor"}))("Officer,supervisors")


@pytest.mark.parametrize("cell", ["", "AB*", "ABC_1", "ÄBC1", "-", "A" * 33])
def test_what_no_plate_looks_like_is_a_mistake_and_one_too_long_is_told_to_be(cell):
    with pytest.raises(cells.Mistake) as told:
        cells.plate(cell)
    assert ("at most 32 characters" in str(told.value)) is (len(cell) > 32)


@pytest.mark.parametrize("cell", ["ar", "XX", "Arkansas", " AR"])
def test_what_is_no_state_is_a_mistake(cell):
    with pytest.raises(cells.Mistake):
        cells.state(cell)


@pytest.mark.parametrize("read", [cells.flag, cells.day, cells.instant, cells.plate, cells.state])
@given(cell=st.text(max_size=40))
def test_no_mistake_repeats_its_cell(read, cell):
    with pytest.raises(cells.Mistake) as caught:
        read(f"#{cell}#")
    assert f"#{cell}#" not in str(caught.value)


@pytest.mark.parametrize("cell", ["officer,supervisor", "officer; supervisor", "officer;", ";", "king", "Officer"])
def test_a_list_has_only_words_of_its_vocabulary(cell):
    with pytest.raises(cells.Mistake):
        cells.several_of(frozenset({"officer", "supervisor"}))(cell)


def test_empty_is_unknown():
    for read in (cells.text, cells.flag, cells.day, cells.instant, cells.state, cells.plate_or_any):
        assert read("") is None


def test_every_state_is_read():
    assert {cells.state(state) for state in plates.STATES} == plates.STATES


@pytest.mark.parametrize("cell", ["21-Jun", "4-Dec", "Mar-21", "Dec-2024"])
@pytest.mark.parametrize("read", [cells.plate, cells.case_number, cells.name])
def test_a_plate_or_number_that_a_spreadsheet_made_a_date_of_is_a_mistake(read, cell):
    with pytest.raises(cells.Mistake, match="is written as a spreadsheet writes a date"):
        read(cell)
    assert read(cell.upper()) == cell.upper()

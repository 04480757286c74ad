import pytest

from gateway.auditing.person_names import name_words


@pytest.mark.parametrize(
    ("written", "on_record"),
    [
        ("Núñez, José", "Jose Nunez"),
        ("jose nunez", "José Núñez"),
        ("STONE", "Avery Stone"),
        ("jose\u0301", "José"),
        ("O'Neil", "Pat O'Neil"),
    ],
)
def test_a_name_is_found_by_its_words_in_whatever_capitals_order_and_accents(written, on_record):
    assert name_words(written) <= name_words(on_record)


def test_another_name_is_not_found_by_a_part_of_a_word():
    assert not name_words("Ston") <= name_words("Avery Stone")

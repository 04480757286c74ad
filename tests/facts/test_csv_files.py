import hashlib

import pytest

from gateway.facts import schema
from gateway.facts.csv_files import CsvFile
from gateway.facts.problems import Problems
from tests.facts.agency import HEADERS


def read(tmp_path, content, table=schema.CASE_MEMBERS):
    path = tmp_path / f"{table.name}.csv"
    path.write_bytes(content)
    problems = Problems()
    file = CsvFile(path, table, problems)
    return list(file.rows()), problems.sentences(), file


def test_rows_carry_the_row_of_the_file_and_derived_columns(tmp_path):
    content = f"{HEADERS['subject_plates']}\ns1,abc-12o,AR,,\n".encode()
    rows, problems, _ = read(tmp_path, content, schema.SUBJECT_PLATES)
    assert rows == [(2, "s1", "abc-12o", "AR", None, None, "ABC12O", "ABC120")]
    assert problems == []


def test_the_hash_is_of_the_bytes_read_and_rows_are_counted(tmp_path):
    content = b"case_number,user_id\n" + b"c,u\n" * 40_000
    rows, _, file = read(tmp_path, content)
    assert (len(rows), file.count) == (40_000, 40_000)
    assert file.sha256 == hashlib.sha256(content).hexdigest()


def test_a_row_with_a_bad_cell_stays_without_it_so_that_nothing_seems_to_refer_to_nobody(tmp_path):
    rows, problems, _ = read(tmp_path, f"{HEADERS['users']}\nu1,N,ERO,BAL,officer,maybe\n".encode(), schema.USERS)
    assert rows == [(2, "u1", "N", "ERO", "BAL", "officer", None)]
    assert problems == ["users.csv row 2, column active: must be true, false or empty"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "case_members.csv row 1: the header must name exactly case_number,user_id"),
        (b"case_number\nc\n", "case_members.csv row 1: the header must name exactly case_number,user_id"),
        (b"case_number,user_id,x\n", "case_members.csv row 1: the header must name exactly case_number,user_id"),
        (b"case_number,user_id,user_id\n", "case_members.csv row 1: the header must name exactly case_number,user_id"),
        (b"case_number,user_id\nc,u\nc\n", "case_members.csv row 3: must have 2 cells"),
        (b"case_number,user_id\nc,u,x\n", "case_members.csv row 2: must have 2 cells"),
        (b"case_number,user_id\nc,\xff\n", "case_members.csv row 1: the file is not UTF-8 here or a little below"),
        (b'case_number,user_id\nc,"u\n', "case_members.csv row 2: is not well-formed CSV; reading stopped here"),
        (b'case_number,user_id\nc,"u"x\n', "case_members.csv row 2: is not well-formed CSV; reading stopped here"),
        (b"case_number,user_id\nc,u\x00\n", "case_members.csv row 2, column user_id: has characters that cannot be printed"),
        (b"case_number,user_id\nc, u\n", "case_members.csv row 2, column user_id: has spaces before or after it"),
        (b"case_number,user_id\nc,\n", "case_members.csv row 2, column user_id: must not be empty"),
    ],
)  # fmt: skip
def test_what_is_not_as_it_must_be_is_named_by_row_and_column(tmp_path, content, sentence):
    assert sentence in read(tmp_path, content)[1]

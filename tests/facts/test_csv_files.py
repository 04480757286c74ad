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


def test_a_file_that_cannot_be_read_is_told_with_the_reason(tmp_path):
    problems = Problems()
    (tmp_path / "users.csv").mkdir()
    assert list(CsvFile(tmp_path / "users.csv", schema.USERS, problems).rows()) == []
    assert problems.sentences() == ["users.csv: cannot be read (Is a directory)"]


def test_the_hash_is_of_the_bytes_read_and_rows_are_counted(tmp_path):
    content = b"case_number,user_id\n" + b"c,u\n" * 40_000
    rows, _, file = read(tmp_path, content)
    assert (len(rows), file.count) == (40_000, 40_000)
    assert file.sha256 == hashlib.sha256(content).hexdigest()


def test_a_row_with_a_bad_cell_stays_without_it_so_that_nothing_seems_to_refer_to_nobody(tmp_path):
    rows, problems, _ = read(tmp_path, f"{HEADERS['users']}\nu1,N,ERO,BAL,officer,maybe\n".encode(), schema.USERS)
    assert rows == [(2, "u1", "N", "ERO", "BAL", "officer", None)]
    assert problems == ["users.csv row 2, column active: must be true, false or empty (found 'maybe')"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "case_members.csv row 1: the header must name exactly case_number,user_id"),
        (b"case_number\nc\n", "case_members.csv row 1: the header must name exactly case_number,user_id; it lacks user_id"),
        (b"case_number,user_id,x\n", "case_members.csv row 1: the header must name exactly case_number,user_id; it also has 'x'"),
        (b"case_number,user_id,user_id\n", "case_members.csv row 1: the header must name exactly case_number,user_id; it repeats user_id"),
        (b"Case Number,User_ID\n", "case_members.csv row 1: the header must name exactly case_number,user_id; it has 'Case Number' for case_number, 'User_ID' for user_id"),
        (b"case_number;user_id\nc;u\n", "case_members.csv row 1: the cells are separated by semicolons; they must be separated by commas"),
        (b"case_number\tuser_id\nc\tu\n", "case_members.csv row 1: the cells are separated by tabs; they must be separated by commas"),
        ("case_number,user_id\n".encode("utf-16"), "case_members.csv: is UTF-16 (“Unicode text”); save it as “CSV UTF-8”"),
        ("case_number,user_id\n".encode("utf-16-be"), "case_members.csv: is UTF-16 (“Unicode text”); save it as “CSV UTF-8”"),
        (b"PK\x03\x04rest", "case_members.csv: is a spreadsheet, not CSV; save it as “CSV UTF-8”"),
        (b"case_number,user_id\n#c,u\n", "case_members.csv row 2, column case_number: must be letters, digits, spaces and . _ / - (at most 64, beginning with a letter or digit, ending with no space), or no request can cite it (found '#c')"),
        ("case_number,user_id\nc,jos\u00e9\n".encode(), "case_members.csv row 2, column user_id: must be of ASCII characters, for it is sent in headers (found 'jos\\xe9')"),
        (b"case_number,user_id\nc,u\nc\n", "case_members.csv row 3: must have 2 cells, and has 1"),
        (b"case_number,user_id\nc,u,x\n", "case_members.csv row 2: must have 2 cells, and has 3: a comma within a cell needs quotation marks around the cell"),
        (b"case_number,user_id\nc,\xff\n", "case_members.csv row 1: the file is not UTF-8 here or a little below; if it comes from a spreadsheet, save it as “CSV UTF-8” there"),
        (b'case_number,user_id\nc,"u\n', "case_members.csv row 2: is not well-formed CSV; reading stopped here"),
        (b'case_number,user_id\nc,"u"x\n', "case_members.csv row 2: is not well-formed CSV; reading stopped here"),
        (b"case_number,user_id\nc,u\x00\n", "case_members.csv row 2, column user_id: has characters that cannot be printed; character 2 (U+0000) cannot be seen (found 'u\\x00')"),
        ("case_number,user_id\n25\u200b1,u\n".encode(), "case_members.csv row 2, column case_number: has characters that cannot be printed; character 3 (ZERO WIDTH SPACE, U+200B) cannot be seen (found '25\\u200b1')"),
        (b"case_number,user_id\nc, u\n", "case_members.csv row 2, column user_id: has spaces before or after it (found ' u')"),
        (b"case_number,user_id\nc,\n", "case_members.csv row 2, column user_id: must not be empty"),
    ],
)  # fmt: skip
def test_what_is_not_as_it_must_be_is_named_by_row_and_column(tmp_path, content, sentence):
    assert sentence in read(tmp_path, content)[1]


def test_a_character_of_a_plate_that_nobody_sees_is_named_without_the_plate(tmp_path):
    content = f"{HEADERS['subject_plates']}\ns1,ABC\u00ad123,,,\n".encode()
    _, problems, _ = read(tmp_path, content, schema.SUBJECT_PLATES)
    assert "character 4 (SOFT HYPHEN, U+00AD) cannot be seen" in " ".join(problems)
    assert "ABC" not in " ".join(problems)


def test_a_mistake_in_a_file_that_has_plates_shows_no_cell(tmp_path):
    content = f"{HEADERS['subject_plates']}\ns1,ABC120,ABC121,ABC122,\n".encode()
    _, problems, _ = read(tmp_path, content, schema.SUBJECT_PLATES)
    assert len(problems) == 2
    assert not any(plate in sentence for sentence in problems for plate in ("ABC120", "ABC121", "ABC122"))


def test_what_is_shown_of_a_cell_is_one_short_line(tmp_path):
    content = f'{HEADERS["users"]}\nu1,N,ERO,BAL,officer,"x\n\x1b[31m{"y" * 300}"\n'.encode()
    _, problems, _ = read(tmp_path, content, schema.USERS)
    [sentence] = problems
    assert "\n" not in sentence
    assert "\x1b" not in sentence
    assert len(sentence) < 220

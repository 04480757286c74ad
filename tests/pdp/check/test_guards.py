"""A value of unknown type is never compared, counted or searched before somebody has looked at its type."""

import pytest

from tests.pdp.check.test_subset import findings


@pytest.mark.parametrize(
    "body",
    [
        "a if input.days <= 365",
        "a if 0 < input.days",
        "a if {\n\tx := input.days\n\tx > 1\n}",
        "a if {\n\tsome x in input.days\n\tx > 1\n}",
        "a if input.days <= data.tables.t.value",
        "a if {\n\tis_number(input.days)\n\tinput.days <= data.tables.t.value\n}",
        "a if {\n\tinput.days <= 3\n\tis_number(input.days)\n}",
        "a if {\n\tis_string(input.days)\n\tinput.days <= 3\n}",
        "a if {\n\tis_number(input.other)\n\tinput.days <= 3\n}",
        "a if {\n\tnot is_number(input.days)\n\tinput.days <= 3\n}",
        "a := input.days + 1",
        "a := min([input.days, 3])",
        "a := min([x | some x in input.days])",
        "a := [1 | input.days > 1]",
        "a if every x in input.l { x > 1 }",
        "a if count(input.l) > 1",
        'a if startswith(input.x, "a")',
        'a := sprintf("%s", [input.x])',
        "b := input.days\n\na if b > 1",
        "b := x if x := input.days\n\na if b > 1",
        "f(x) if x > 1",
        "a if input.x == 1\nelse := 2 if input.days > 1",
    ],
)
def test_an_unchecked_value_is_found(opa_bin, tmp_path, body):
    assert "guard" in dict(findings(opa_bin, tmp_path, body))


@pytest.mark.parametrize(
    "body",
    [
        "a if {\n\tis_number(input.days)\n\tinput.days <= 365\n}",
        "a if {\n\tmost := data.tables.t.value\n\tis_number(most)\n\tis_number(input.days)\n\tinput.days <= most\n}",
        "a if {\n\tis_number(input.days)\n\tis_number(data.tables.t.value)\n\tinput.days <= data.tables.t.value\n}",
        "a if {\n\tsome x in input.l\n\tis_number(x)\n\tx > 1\n}",
        "a := min([input.days, 3]) if is_number(input.days)",
        "a := min([x | some x in input.days; is_number(x)])",
        "a := [1 | is_number(input.days); input.days > 1]",
        "a := [1 | input.days > 1] if is_number(input.days)",
        "a if every x in input.l { is_number(x); x > 1 }",
        "a if {\n\tis_array(input.l)\n\tcount(input.l) > 1\n}",
        "a if count({x | some x in input.l}) > 1",
        'a if {\n\tis_string(input.x)\n\tstartswith(input.x, "a")\n}',
        'a := sprintf("%s", [input.x]) if is_string(input.x)',
        "b := input.days if is_number(input.days)\n\na if b > 1",
        "b contains 1 if input.x == 1\n\na if count(b) > 0",
        "import data.lpr.other\n\na if count(other.things) > 0",
        "f(x) if {\n\tis_number(x)\n\tx > 1\n}",
        "a if input.x == 1\nelse := 2 if {\n\tis_number(input.days)\n\tinput.days > 1\n}",
    ],
)
def test_a_checked_value_is_accepted(opa_bin, tmp_path, body):
    assert findings(opa_bin, tmp_path, body) == []

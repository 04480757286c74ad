"""What rules read of a table, however they come to it; and what they read of something else that is called the same."""

import pytest

from gateway.pdp.check.entry_reads import read_entries

OTHER = "package lpr.other\n\n"


def reads(*bodies):
    """What these files' rules read; the first is of the package `lpr.own`."""
    first, *others = bodies
    found = read_entries([f"package lpr.own\n\n{first}\n", *others])
    assert found is not None
    return found


@pytest.mark.parametrize(
    "rules",
    [
        ("ok if data.tables.purposes[input.query.purpose].most > 3",),
        ('ok if data["tables"].purposes.fraud["most"] > 3',),
        ("_row := data.tables.purposes[input.query.purpose]\n\nok if _row.most > 3",),
        ("ok if {\n\trow := data.tables.purposes.fraud\n\trow.most > 3\n}",),
        ("ok if {\n\trow = data.tables.purposes.fraud\n\trow.most > 3\n}",),
        ("ok if {\n\tsome row in data.tables.purposes\n\trow.most > 3\n}",),
        ("ok if {\n\tsome name, row in data.tables.purposes\n\tname == input.query.purpose\n\trow.most > 3\n}",),
        ("ok if {\n\tevery row in data.tables.purposes {\n\t\trow.most > 3\n\t}\n}",),
        ("ok if [row | some row in data.tables.purposes; row.most > 3] != []",),
        ('ok if object.get(data.tables.purposes, ["fraud", "most"], 0) > 3',),
        ('ok if object.get(data.tables.purposes.fraud, "most", 0) > 3',),
        ("import data.tables.purposes as listed\n\nok if listed.fraud.most > 3",),
        ("import data.tables\n\nok if tables.purposes.fraud.most > 3",),
        ("ok if _within(data.tables.purposes.fraud)\n\n_within(row) if row.most > 3",),
        ("ok if _row(input.query.purpose).most > 3\n\n_row(name) := data.tables.purposes[name]",),
        ("default _row := null\n\n_row := data.tables.purposes.fraud\n\nok if data.lpr.other.enough",
         f"{OTHER}import data.lpr.own\n\nenough if own._row.most > 3\n"),
        ("ok if data.lpr.other.within(data.tables.purposes.fraud)", f"{OTHER}within(row) if row.most > 3\n"),
        ("ok if walk(data.tables.purposes.fraud, [[_], 3])",),
        ("ok if data.tables.purposes.fraud[input.query.purpose] > 3",),
        ("ok if data.tables[input.query.purpose].fraud.most > 3",),
        ("row := data.tables.purposes.fraud", f"{OTHER}ok if data.lpr[input.query.purpose].row.most > 3\n"),
        ("ok if {} else := data.tables.purposes.fraud.most",),
    ],
)  # fmt: skip
def test_an_entry_is_read_however_a_rule_comes_to_it(rules):
    assert reads(*rules).touches(("purposes", "fraud", "most"))


@pytest.mark.parametrize(
    "rules",
    [
        ("ok if data.tables.purposes.fraud.components",),
        ("ok if data.tables.purposes.smuggling.most > 3",),
        ("ok if data.tables.operations[input.operation.name].most > 3",),
        ("ok if {\n\tinput.facts.case.most > 3\n\tdata.tables.purposes[input.query.purpose]\n}",),
        ("most := 3\n\nok if most > count(data.tables.purposes.fraud.components)",),
        (
            "_row := data.tables.purposes.fraud\n\nok if {\n\tis_object(_row)\n\tgrant := input.grant\n\tgrant.most > 3\n}",
        ),
        ('ok if {\n\tdata.tables.purposes.fraud.components\n\t"most" in input.names\n}',),
        ("ok if input.query.purpose in object.keys(data.tables.purposes)",),
        ("_own(row) if row.components\n\nok if _own(data.tables.purposes.fraud)\n\nno if input.row.most",),
        ("default _row := null\n\n_row := data.tables.purposes.fraud\n\nok if _row.components",),
    ],
)
def test_an_entry_is_not_read_by_whatever_else_is_called_so(rules):
    assert not reads(*rules).touches(("purposes", "fraud", "most"))


def test_what_is_used_whole_is_read_with_all_that_is_in_it():
    found = reads("ok if data.tables.purposes.fraud == input.row")
    assert found.takes(("purposes", "fraud"))
    assert found.touches(("purposes", "fraud", "most", "value"))
    assert not found.touches(("purposes", "other"))


def test_rules_that_the_engine_cannot_read_are_judged_by_others():
    assert read_entries(["package lpr.own\n\nok if {"]) is None

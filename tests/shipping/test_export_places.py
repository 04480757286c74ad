from gateway.ledger.verification.report import Break, BreakReason, Finding, FindingKind, VerifyReport
from gateway.shipping.export_places import place_report


def report(*breaks, findings=()):
    return VerifyReport(
        records=9, bytes=0, checkpoints=0, seconds=0, chains={}, breaks=breaks, findings=tuple(findings)
    )


def broken(line, sentence="changed", file="export"):
    return Break(file=file, line=line, reason=BreakReason.WRONG_HASH, sentence=sentence)


def in_halves(number):
    """The first ten lines are in one file, and the others in the next."""
    return ("a", number) if number is None or number <= 10 else ("b", number - 10)


def told(*breaks):
    return [(item.file, item.line, item.sentence) for item in place_report(report(*breaks), in_halves).breaks]


def test_a_place_is_told_by_its_file_and_the_number_there():
    assert told(broken(3), broken(12)) == [("a", 3, "changed"), ("b", 2, "changed")]
    assert told(broken(None)) == [("a", None, "changed")]


def test_the_same_fault_in_several_rows_of_a_file_is_told_once_with_the_rows():
    found = told(*(broken(line) for line in (9, 2, 3, 4, 11, 20)), broken(5, "another"))
    assert found == [
        ("a", 2, "changed (4 such: 2 to 4, 9)"),
        ("b", 1, "changed (2 such: 1, 10)"),
        ("a", 5, "another"),
    ]


def test_of_many_scattered_rows_the_first_are_named_and_all_counted():
    [(_, _, sentence)] = told(*(broken(line, file="other") for line in range(1, 60, 3)))
    assert sentence == "changed (20 such: 1, 4, 7, 10, 13, 16, 19, 22, …)"


def test_what_is_not_said_of_the_lines_keeps_its_place():
    finding = Finding(kind=FindingKind.DUPLICATES, count=2, sentence="twice")
    cited = Finding(kind=FindingKind.CITED_BEYOND, count=1, sentence="beyond", file="export", line=15)
    placed = place_report(report(broken(None, file="manifest.json"), findings=[finding, cited]), in_halves)
    assert placed.breaks[0].file == "manifest.json"
    assert placed.findings[0] == finding
    assert (placed.findings[1].file, placed.findings[1].line) == ("b", 5)

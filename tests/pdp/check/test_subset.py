"""Each construct that the engines judge differently is refused by name, and its agreed form is not."""

import pytest

from gateway.pdp.check.source import RegoSource, parse_source
from gateway.pdp.check.subset import subset_findings


def findings(opa_bin, folder, *bodies):
    """The rules that a package of these files breaks, with their lines."""
    sources = []
    for number, body in enumerate(bodies):
        (folder / f"{number}.rego").write_text(f"package lpr.topic\n{body}\n")
        source = parse_source(folder, f"{number}.rego", opa_bin)
        assert isinstance(source, RegoSource), source
        sources.append(source)
    return [(finding.rule, finding.line) for finding in subset_findings(sources)]


@pytest.mark.parametrize(
    "body",
    [
        'a if not startswith(input.x, "a")',
        "a if not input.n > 10",
        "a if not input.flag",
        "a if not data.tables.t[input.k]",
        "a if not count(input.x) > 2",
        "f(x) if x == 1\n\na if not f(input.x)",
        "a if {\n\tx := input.y\n\tnot x\n}",
        "a if not data.lpr.other.is_so",
        "import data.lpr.other\n\na if not other.is_so",
        "b contains 1 if input.x == 1\n\na if not b[input.x]",
    ],
)
def test_only_a_bare_rule_of_the_same_package_may_be_negated(opa_bin, tmp_path, body):
    assert "negation" in dict(findings(opa_bin, tmp_path, body))


def test_a_misspelt_name_behind_a_not_is_told_as_such_with_the_one_that_was_meant(opa_bin, tmp_path):
    (tmp_path / "0.rego").write_text("package lpr.topic\n\nis_valid if input.x == 1\n\na if not is_vaild\n")
    source = parse_source(tmp_path, "0.rego", opa_bin)
    assert isinstance(source, RegoSource)
    [finding] = subset_findings([source])
    assert finding.sentence.startswith("`is_vaild` is no rule of this topic: is it misspelt? Did you mean `is_valid`?")


def test_a_bare_rule_of_another_file_of_the_package_may_be_negated(opa_bin, tmp_path):
    assert findings(opa_bin, tmp_path, "a if not is_so", "is_so if input.x == 1") == []


@pytest.mark.parametrize(
    "call",
    [
        'http.send({"method": "get", "url": "x"})',
        "time.now_ns()",
        'rand.intn("x", 5)',
        'uuid.rfc4122("x")',
        "opa.runtime()",
        "rego.metadata.rule()",
        'crypto.sha256("x")',
        'io.jwt.decode("x")',
        'net.cidr_contains("10.0.0.0/8", "10.1.1.1")',
        'graphql.is_valid("x", "y")',
        "json.match_schema({}, {})",
        'json.filter({}, ["a"])',
        'strings.replace_n({"a": "b"}, "a")',
        'strings.count("a", "a")',
        "numbers.range(1, input.n)",
        "walk(input)",
        "input.n / 2",
        "input.n % 2",
        'time.parse_rfc3339_ns("2026-01-01T00:00:00Z")',
        'lower("X")',
        'upper("x")',
        'regex.match("a", "a")',
        'to_number("1")',
    ],
)
def test_a_builtin_that_is_not_listed_is_refused_wherever_it_stands(opa_bin, tmp_path, call):
    for body in (f"a if {{\n\tx := {call}\n\tis_null(x)\n}}", f"a := {call}", f"a := [x | x := {call}]"):
        assert "builtin" in dict(findings(opa_bin, tmp_path, body))


def test_what_looks_outside_is_told_so(opa_bin, tmp_path):
    (tmp_path / "0.rego").write_text("package lpr.topic\n\na := time.now_ns()\n")
    (finding,) = subset_findings([parse_source(tmp_path, "0.rego", opa_bin)])
    assert (finding.file, finding.line, finding.rule) == ("0.rego", 3, "builtin")
    assert "looks outside" in finding.sentence


def test_an_equals_sign_that_may_mean_two_things_is_told_with_the_two(opa_bin, tmp_path):
    (tmp_path / "0.rego").write_text("package lpr.topic\n\na if input.x = 1\n")
    (finding,) = subset_findings([parse_source(tmp_path, "0.rego", opa_bin)])
    assert finding.sentence == "`=` may mean two things: write `==` to compare, and `:=` to give a name."


@pytest.mark.parametrize(
    ("rule", "body"),
    [
        ("interpolation", 'a := $"hello {input.x}"'),
        ("with", "b if input.x == 1\n\na if b with input.x as 1"),
        ("number", "a := 9007199254740993"),
        ("import", "import rego.v1\n\na := 1"),
        ("import", "import input.query\n\na := 1"),
        ("sprintf", 'a := sprintf("%05d", [1])'),
        ("sprintf", 'a := sprintf("%.2f", [1])'),
        ("sprintf", 'a := sprintf(b, [1])\n\nb := "%s"'),
        ("builtin", "a if x = 1"),
    ],
)
def test_constructs_on_which_engines_differ_are_refused(opa_bin, tmp_path, rule, body):
    assert rule in dict(findings(opa_bin, tmp_path, body))


@pytest.mark.parametrize(
    "body",
    [
        "b := 1\n\na if {\n\tsome b in [1, 2]\n\tb == 1\n}",
        "b := 1\n\na if {\n\tb := 2\n\tb == 2\n}",
        "b := 1\n\na := [b | some b in [1]]",
        "b := 1\n\na if every b in [1] { b == 1 }",
        "b := 1\n\na(b) := b",
        "b := 1\n\na if {\n\tsome b, x in [1]\n\tb == x\n}",
        "b := 1\n\na if {\n\t[b, x] := [1, 2]\n\tb == x\n}",
        "import data.lpr.other\n\na if {\n\tother := 1\n\tother == 1\n}",
    ],
)
def test_a_local_name_is_never_a_rules_or_a_topics(opa_bin, tmp_path, body):
    assert "shadowing" in dict(findings(opa_bin, tmp_path, body))


def test_a_local_name_is_not_a_rule_of_another_file_of_the_package_either(opa_bin, tmp_path):
    assert findings(opa_bin, tmp_path, "a if {\n\tb := 2\n\tb == 2\n}", "b := 1") == [("shadowing", 2)]


def test_the_agreed_language_is_accepted(opa_bin, tmp_path):
    body = """
import data.lpr.other

default a := false

a if {
	is_so
	not is_otherwise
	"x" in other.things
	some place, match in input.matches
	match.active == true
	count(things) > 0
	every thing in things { thing != "y" }
	within(input.days, 5)
}

is_so if input.x == 1

is_otherwise if input.x in {2, 3}

within(days, most) if {
	is_number(days)
	is_number(most)
	days <= most
}

things := {x | some x in input.things} | {"z"}

text := sprintf("%s of %d", ["a", count(things)])
"""
    assert findings(opa_bin, tmp_path, body) == []

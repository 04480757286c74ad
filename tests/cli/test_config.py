"""`config check`: every mistake at once, each with its setting, or that there is none."""

import json


def test_sound_settings_are_said_to_be_sound(gateway):
    result = gateway.run("config", "check")
    assert (result.exit_code, result.stdout) == (0, "the configuration is sound\n")
    assert gateway.run_json("config", "check") == {"ok": True, "vendors": ["flock"]}


def test_every_mistake_in_the_settings_is_told_with_its_place(gateway):
    text = gateway.config.read_text()
    text = text.replace("[paths]", "[paths]\nstat = 'x'").replace("timeout_s = 10", 'timeout_s = "soon"')
    gateway.config.write_text(text)
    result = gateway.run("config", "check")
    assert result.exit_code == 2
    problems = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert problems == [
        "error: [paths] stat: there is no such setting; did you mean state?",
        next(problem for problem in problems if problem.startswith("error: [vendors.0] timeout_s: ")),
    ]


def test_what_the_settings_name_and_is_not_there_is_told_all_at_once(gateway):
    gateway.config.write_text(gateway.config.read_text().replace("/policies", "/nowhere"))
    (gateway.folder / "secrets" / "vendor").unlink()
    result = gateway.run("config", "check")
    assert result.exit_code == 2
    problems = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert any("[paths] policies: there is no folder" in problem for problem in problems)
    assert any("The secret file vendor cannot be read" in problem for problem in problems)


def test_a_secret_that_others_can_read_is_warned_of_and_no_mistake(gateway):
    secret = gateway.folder / "secrets" / "vendor"
    secret.chmod(0o644)
    result = gateway.run("config", "check")
    assert result.exit_code == 0
    assert f"warning: {secret} can be read by others" in result.stderr


def test_json_is_all_that_standard_output_holds(gateway):
    (gateway.folder / "secrets" / "vendor").chmod(0o644)
    assert json.loads(gateway.run("config", "check", "--json").stdout)["ok"] is True


def test_a_file_that_is_not_there_is_told(gateway):
    gateway.config.unlink()
    result = gateway.run("config", "check")
    assert result.exit_code == 2
    assert str(gateway.config) in result.stderr

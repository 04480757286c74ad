"""What a refusal tells beside its remedy: where the credential belongs, which values there are, which operations."""

import re
from urllib.parse import urlencode

import pytest

from gateway.demo.agency import CASE, CLOSED_CASE, LOOKALIKE_PLATE, OFFICER, UNSIGNED
from tests.http.asking import CLAIMS, LOOKUP, PLATES, ask, days_ago, parameters, search

CIRCLE = {"radius": {"latitude": 39.3, "longitude": -76.6, "radius": 2}}
_CORNERS = [[-76.6, 39.3], [-76.5, 39.3], [-76.5, 39.4], [-76.6, 39.3]]
SQUARE = {"area": {"type": "Polygon", "coordinates": [_CORNERS]}}


def hint_of(reply):
    """The first reason's remedy, as a tool's user reads it."""
    return reply.document["reasons"][0]["fix"]


@pytest.mark.parametrize(
    ("method", "target", "told"),
    [("POST", LOOKUP, "Authorization: Bearer."), ("GET", PLATES, "the parameter api_key=.")],
)
def test_who_sent_no_credential_is_told_where_this_vendors_tools_put_it(world, method, target, told):
    assert hint_of(ask(world.port, method, target)).endswith(f"Here that is: {told}")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"state": "New York"}, "Did you mean new_york?"),
        ({"state": "AR"}, "Did you mean arkansas?"),
        ({"state": "District of Columbia"}, "Did you mean washington_dc?"),
        ({"state": "mexico"}, "API. Allowed: the vendor's names of states"),
        ({"caseNumber": CASE.replace("-", "")}, "Did you mean 25-001234?"),
        ({"reason": "document fraud ring"}, "In the vendor's reason field it comes first, with a colon after it"),
        (
            {"state": "N.Y."},
            "API. Allowed: the vendor's names of states, in full, in small letters, with _ for a blank. For a plate of none of these leave it out.",
        ),
        ({"plate": "FNA5*"}, "This operation takes whole plates only, no wildcard."),
        ({"plate": "FNA579,QQX812"}, "One plate a search: ask for each by itself."),
        ({"plate": " "}, "It is empty: give the plate."),
        ({"limit": "5"}, "Allowed: a whole number."),
        (dict.fromkeys(("startDate", "endDate"), days_ago(3)), "It must be another moment than the start"),
        ({"plate": ["FNA579"]}, "Allowed: a text."),
        ({"radius": CIRCLE, "area": SQUARE}, "Give radius or area, not both."),
        ({"radius": {"miles": 3}}, "Its form is radius: {radius: {latitude, longitude, radius}}."),
        (
            {"reason": "civil_immigration_enforcement: no purpose of this component"},
            "Yours are: criminal_investigation,",
        ),
    ],
)
def test_a_value_that_is_not_taken_is_met_with_what_is(officer, changes, told):
    assert told in hint_of(officer.ask("POST", LOOKUP, body=search(**changes)))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"plate": "FNA\u200b579"}, "character 4 (ZERO WIDTH SPACE, U+200B)"),
        ({"plate": "FNA\u2013579"}, "a dash that is no plain hyphen, character 4 (EN DASH, U+2013)"),
        ({"caseNumber": f"{CASE}\u00a0"}, f"character {len(CASE) + 1} (NO-BREAK SPACE, U+00A0)"),
        ({"state": "arkansas\u200e"}, "character 9 (LEFT-TO-RIGHT MARK, U+200E)"),
        ({"startDate": f"{days_ago(3)}\ufeff"}, "(ZERO WIDTH NO-BREAK SPACE, U+FEFF)"),
        ({"reason": "\ufeffcriminal_investigation: fraud"}, "character 1 (ZERO WIDTH NO-BREAK SPACE, U+FEFF)"),
        ({"reason": "criminal_investigation\u200b: fraud"}, "character 23 (ZERO WIDTH SPACE, U+200B)"),
    ],
)
def test_a_character_that_nobody_sees_is_named_with_its_place_and_nothing_of_the_value_is(officer, changes, told):
    refused = officer.ask("POST", LOOKUP, body=search(**changes))
    assert told in hint_of(refused)
    assert "FNA" not in str(refused.document)


@pytest.mark.parametrize("header", ["X-LPR-Purpose", "X-LPR-Case"])
def test_a_header_with_a_character_that_nobody_sees_is_told_which(officer, header):
    value = "a_purpose\u202e".encode().decode("latin-1")
    refused = officer.ask("POST", LOOKUP, body=search(), headers={header: value})
    assert "character 10 (RIGHT-TO-LEFT OVERRIDE, U+202E)" in hint_of(refused)


@pytest.mark.parametrize(
    ("path", "changes", "told"),
    [
        ("approvals", {"plate": "FNA\u00ad5*"}, "character 4 (SOFT HYPHEN, U+00AD)"),
        ("approvals", {"case_number": f"{CASE}\u200b"}, "(ZERO WIDTH SPACE, U+200B)"),
        ("contexts", {"purpose": "criminal\u2060_investigation"}, "character 9 (WORD JOINER, U+2060)"),
        ("contexts", {"case_number": f"\u2066{CASE}"}, "character 1 (LEFT-TO-RIGHT ISOLATE, U+2066)"),
        ("contexts", {"mount": "rekor\u200b"}, "character 6 (ZERO WIDTH SPACE, U+200B)"),
    ],
)
def test_requests_and_contexts_are_told_of_a_character_that_nobody_sees_too(officer, path, changes, told):
    bodies = {
        "approvals": {"case_number": CASE, "scope": "partial_plate", "hours": 1, "reason": "two letters seen"},
        "contexts": {"purpose": "criminal_investigation", "case_number": CASE, "mount": "rekor"},
    }
    refused = officer.ask("POST", f"/gateway/{path}", body=bodies[path] | changes)
    assert told in hint_of(refused)
    assert "FNA" not in str(refused.document)


@pytest.mark.parametrize("reason", ["criminal_investigation: fraud", "exigent_circumstances: kidnapping: a child"])
def test_a_search_too_far_back_is_told_the_first_day_and_is_allowed_from_that_day_on(officer, reason):
    refused = officer.ask("POST", LOOKUP, body=search(reason=reason, startDate=days_ago(5000), endDate=days_ago(0)))
    assert refused.codes == ["lookback_too_long"]
    first = re.search(r"t may start (?:on|at) (\d{4}-\d\d-\d\d)(\S*) or later", hint_of(refused))
    body = search(reason=reason, startDate=first[1] + (first[2] or "T00:00:00Z"), endDate=days_ago(0))
    assert officer.ask("POST", LOOKUP, body=body).status == 200


def test_a_page_asked_for_with_a_parameter_is_told_to_leave_it_out_and_is_answered_without_it(officer):
    page = f"{LOOKUP}/page/{officer.lookup(limit=1).document['nextPageId']}"
    refused = hint_of(officer.ask("GET", f"{page}?limit=10"))
    assert refused == "Leave it out. A page is asked for by its id alone: the limit is that of the search."
    assert officer.ask("GET", page).status == 200


def test_a_query_string_is_told_to_be_left_out_and_a_body_is_named_where_there_is_one(officer):
    assert hint_of(officer.ask("GET", "/gateway/whoami?a=1")) == "Leave it out."
    assert hint_of(officer.ask("POST", "/gateway/contexts?a=1", body={})).endswith("goes into the body.")
    assert hint_of(officer.ask("POST", f"{LOOKUP}?a=1", body=search())).endswith("Send the fields in the body.")


def test_an_operation_that_is_not_listed_is_met_with_those_that_are(officer):
    assert "POST /api/v3/reads/lookup" in hint_of(officer.ask("POST", "/flock/api/v3/hotlists", body={}))
    assert hint_of(officer.ask("GET", "/gateway/explain")).endswith("Here there is: POST.")
    assert "/gateway/whoami" in hint_of(officer.ask("GET", "/gateway/who"))


def test_a_reader_of_reviews_who_reviews_none_is_not_told_of_searches(officer):
    assert officer.ask("GET", "/gateway/reviews").codes == ["review_role"]


def test_explaining_tells_what_the_search_would_be_told(officer):
    body = search(reason="Criminal Investigation: no code")
    asked = {"mount": "flock", "method": "POST", "path": "/api/v3/reads/lookup", "body": body}
    reply = officer.ask("POST", "/gateway/explain", body=asked)
    assert hint_of(reply).endswith("Did you mean criminal_investigation?")


def test_a_code_without_its_colon_an_empty_header_and_an_emergency_without_a_call_are_told_what_lacks(world, officer):
    def told(headers=None, **changes):
        return hint_of(officer.ask("POST", LOOKUP, body=search(**changes), headers=headers))

    right_after = "A colon or | comes right after the code: criminal_investigation: and the reason in words."
    assert told(reason="criminal_investigation - ring").endswith(right_after)
    assert told({"X-LPR-Case": ""}).endswith("It is empty: give a value, or leave it out.")
    assert "Allowed: letters, digits" in told({"X-LPR-Case": "25-001234;"})
    urgent = told(reason="exigent_circumstances: kidnapping: child taken", caseNumber=None)
    assert urgent.endswith("In an emergency the number of the call will do.")
    unsigned = hint_of(world.person(UNSIGNED).ask("POST", LOOKUP, body=search()))
    assert unsigned.endswith("Their text is at GET /gateway/acknowledgements/current.")


def test_an_emergency_without_its_kind_is_told_of_the_kinds_first(officer):
    asked = search(reason="exigent_circumstances: help")
    reply = officer.ask("POST", LOOKUP, body=asked)
    assert reply.codes[0] == "emergency_circumstance"
    assert "The circumstances are: life_in_danger," in hint_of(reply)


def test_whoever_gave_two_purposes_or_cases_is_told_in_which_places_they_stand(officer):
    other = {"X-LPR-Purpose": "criminal_investigation"}
    reply = officer.ask("POST", LOOKUP, body=search(reason="note: a written reason"), headers=other)
    assert reply.codes == ["purpose_ambiguous"]
    told = "They stand in: the header X-LPR-Purpose; the vendor's reason field, before its first colon or | or as its only word."
    assert hint_of(reply).endswith(f"{told} Where the reason is words alone, write it without a colon or |.")
    reply = officer.ask("POST", LOOKUP, body=search(), headers={"X-LPR-Case": "26-000410"})
    assert hint_of(reply).endswith("They stand in: the header X-LPR-Case; the vendor's case field.")


@pytest.mark.parametrize(
    ("reason", "status", "codes"),
    [
        ("burglary", 200, []),
        ("hit_and_run", 200, []),
        ("fugitive_or_warrant", 400, ["purpose_ambiguous"]),
        ("fugitive_or_warant", 400, ["purpose_ambiguous"]),
        ("burglary: ring", 400, ["purpose_ambiguous"]),
    ],
)
def test_a_reason_of_one_word_is_words_where_the_header_gives_the_purpose_and_the_word_is_like_no_other_code(
    officer, reason, status, codes
):
    reply = officer.ask("POST", LOOKUP, body=search(reason=reason), headers={"X-LPR-Purpose": "criminal_investigation"})
    assert (reply.status, reply.codes) == (status, codes)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"purpose": "Fugitive or warrant"}, "Did you mean fugitive_or_warrant?"),
        ({"purpose": "Traffic Stop"}, "Allowed: the code of a purpose, as criminal_investigation."),
        (
            {"purpose": "other"},
            "Searches at rekor have no field for a written reason: search at a vendor whose searches have one.",
        ),
        ({"purpose": "exigent_circumstances"}, "Searches at rekor have no field for a written reason"),
    ],
)
def test_a_context_that_could_serve_no_search_is_refused_with_what_could(officer, changes, told):
    body = {"purpose": "criminal_investigation", "case_number": CASE, "mount": "rekor"} | changes
    assert told in hint_of(officer.ask("POST", "/gateway/contexts", body=body))


@pytest.mark.parametrize(
    ("changes", "code", "told"),
    [
        (
            {"hours": None},
            "request_missing_field",
            "Allowed: a whole number, 1 to 72.",
        ),
        ({"hours": "4"}, "request_wrong_type", "Allowed: a whole number, 1 to 72."),
        ({"case_number": CLOSED_CASE}, "case_not_assigned", "ask to be assigned to the case."),
        ({"plate": "FN*"}, "request_out_of_range", "Allowed: at least 4 fixed characters."),
        ({"case_number": "25-999999"}, "case_not_assigned", "ask to be assigned to the case."),
    ],
)
def test_an_approval_that_could_never_count_is_not_asked_for(officer, changes, code, told):
    body = {
        "case_number": CASE,
        "scope": "partial_plate",
        "plate": "FNA5*",
        "hours": 4,
        "reason": "a witness",
    } | changes
    reply = officer.ask(
        "POST", "/gateway/approvals", body={name: value for name, value in body.items() if value is not None}
    )
    assert (reply.codes, told in hint_of(reply)) == ([code], True)


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("approvals?status=", "Allowed: approved, denied,"),
        ("approvals?status=open", "Allowed: approved, denied,"),
        ("me/decisions?limit=", "Allowed: a whole number, 1 to 200."),
        ("me/decisions?limit=1,5", "Allowed: a whole number, 1 to 200."),
    ],
)
def test_what_a_list_may_be_asked_for_is_told_also_of_a_value_that_is_empty(officer, target, told):
    reply = officer.ask("GET", f"/gateway/{target}")
    assert (reply.codes, told in hint_of(reply)) == (["request_out_of_range"], True)


def test_an_approval_in_a_closed_case_of_ones_own_is_refused_as_a_context_is(world):
    wanted = {"case_number": CLOSED_CASE, "scope": "partial_plate", "hours": 4, "reason": "a witness"}
    assert world.person(OFFICER).ask("POST", "/gateway/approvals", body=wanted).codes == ["case_closed"]


def test_a_whole_plate_without_an_approval_for_look_alikes_is_told_where_it_is_searched_alone(officer):
    reply = officer.plates(target="/rekor/api/search/platecandidate")
    assert hint_of(reply).endswith("Without one, search at /api/search/plate.")
    assert "characters must be fixed" not in hint_of(reply)


def test_ones_own_decisions_keep_what_stood_beside_the_remedies_and_tell_a_question_from_a_search(world, officer):
    body = search(reason="Criminal Investigation: no code")
    asked = {"mount": "flock", "method": "POST", "path": "/api/v3/reads/lookup"}
    officer.ask("POST", "/gateway/explain", body=asked | {"body": search()})
    officer.ask("POST", LOOKUP, body=body)

    def listed():
        found = officer.ask("GET", "/gateway/me/decisions").document["decisions"]
        return found if len(found) == 2 else None

    refused, question = world.ledger.wait(listed)
    assert refused["reasons"][0]["fix"].endswith("Did you mean criminal_investigation?")
    assert (question["verdict"], question["explain"], "explain" in refused) == ("allow", True, False)


def test_a_day_that_does_not_exist_is_told_to_be_none(officer):
    refused = officer.ask("POST", LOOKUP, body=search(endDate="2026-11-31T00:00:00Z"))
    assert (refused.codes, "there is no such day" in hint_of(refused)) == (["request_bad_time"], True)
    assert "no such day" not in hint_of(officer.ask("POST", LOOKUP, body=search(endDate="2026-11-30")))


@pytest.mark.parametrize("target", ["/flock/oauth/token/", "/flock/api/v3/oauth/token"])
def test_whoever_misses_the_token_url_is_told_it(world, target):
    told = ask(world.port, "POST", target, body=b"grant_type=client_credentials")
    assert (told.codes, hint_of(told).endswith("The token URL here is /flock/oauth/token.")) == (
        ["unknown_operation"],
        True,
    )


def test_a_digest_and_a_polygon_that_are_none_are_met_with_what_one_is(officer):
    body = {"document": "rules_of_behavior", "version": "1", "sha256": "abc"}
    assert "64 hexadecimal digits" in hint_of(officer.ask("POST", "/gateway/acknowledgements", body=body))
    shape = {"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [1, 2]]]}
    refused = officer.ask("POST", LOOKUP, body=search(area={"area": shape}))
    assert (refused.codes, "at least 4" in hint_of(refused)) == (["request_out_of_range"], True)


def test_whoever_may_not_search_is_told_so_and_not_to_be_trained_for_it(world):
    privacy = world.person("u07")
    who = privacy.ask("GET", "/gateway/whoami").document
    assert (who["missing"], who["emergencies"]["ceiling"]) == (["role_may_not_query"], 0)
    body = {"purpose": "criminal_investigation", "case_number": CASE, "mount": "rekor"}
    refused = privacy.ask("POST", "/gateway/contexts", body=body)
    open_to = "It is open to these roles: officer, supervisor."
    assert (refused.codes, hint_of(refused).endswith(open_to)) == (["role_may_not_query"], True)
    searched = privacy.ask("POST", LOOKUP, body=search())
    assert (searched.codes[0], hint_of(searched).endswith(open_to)) == ("role_may_not_query", True)


def test_a_search_by_part_of_a_plate_is_told_how_many_characters_must_be_known_where_too_few_are(officer):
    sent = urlencode(parameters(plate="FNA*", api_key=officer.key))
    reply = ask(officer.port, "GET", f"/rekor/api/search/platecandidate?{sent}", headers=CLAIMS)
    assert reply.codes == ["partial_plate_not_approved"]
    assert hint_of(reply).startswith("At least 4 characters must be fixed, approval or not: give more")
    [kept] = officer.ask("GET", "/gateway/me/decisions?limit=1").document["decisions"]
    assert kept["reasons"] == reply.document["reasons"]
    enough = urlencode(parameters(plate="FNA5*", api_key=officer.key))
    told = hint_of(ask(officer.port, "GET", f"/rekor/api/search/platecandidate?{enough}", headers=CLAIMS))
    assert ("ask a supervisor" in told, "characters must be fixed" in told) == (True, False)


def test_where_a_vendors_searches_have_no_field_for_purpose_or_case_the_header_is_named(officer):
    told = "Searches at rekor have no field for it: send the header, or declare a context."
    no_purpose = officer.plates(headers={"X-LPR-Case": CASE})
    assert (no_purpose.codes, told in hint_of(no_purpose)) == (["purpose_missing"], True)
    neither = officer.plates(headers={}).document["reasons"]
    assert [(one["code"], told in one["fix"]) for one in neither] == [("purpose_missing", True), ("case_missing", True)]
    no_case = officer.plates(headers={"X-LPR-Purpose": "criminal_investigation"})
    assert (no_case.codes, hint_of(no_case).endswith(told)) == (["case_missing"], True)
    assert "no field" not in hint_of(officer.lookup(caseNumber=None))


def test_ones_own_refused_requests_name_the_field_that_was_wrong(officer):
    officer.lookup(limit="5")
    [reason] = officer.ask("GET", "/gateway/me/decisions?limit=1").document["decisions"][0]["reasons"]
    assert (reason["code"], reason["field"], reason["message"].endswith(": limit.")) == (
        "request_wrong_type",
        "limit",
        True,
    )


def test_a_parameter_that_an_address_does_not_take_is_met_with_the_one_it_does(officer):
    assert hint_of(officer.ask("GET", "/gateway/me/decisions?n=3")).endswith("There is: limit.")
    assert hint_of(officer.ask("GET", "/gateway/approvals?state=open")).endswith("There is: status.")


def test_a_body_to_be_explained_is_the_object_itself(officer):
    asked = {"mount": "flock", "method": "POST", "path": "/api/v3/reads/lookup", "body": "{}"}
    assert hint_of(officer.ask("POST", "/gateway/explain", body=asked)).endswith(
        "Allowed: the JSON object that the tool would send."
    )


def test_a_question_to_explain_without_a_mount_is_told_what_that_is(officer):
    reply = officer.ask("POST", "/gateway/explain", body={"method": "GET", "path": "/api/search/plate"})
    assert (reply.codes, hint_of(reply).endswith("Allowed: a vendor's, as flock or rekor.")) == (
        ["request_missing_field"],
        True,
    )


def test_an_emergency_where_no_statement_can_be_written_is_sent_to_a_vendor_where_it_can(officer):
    reply = officer.plates(headers={"X-LPR-Purpose": "exigent_circumstances", "X-LPR-Case": "CALL-4711"})
    assert "reason_missing" in reply.codes
    told = "Searches at rekor have no field for a written reason: search at a vendor whose searches have one."
    part = officer.plates(
        target="/rekor/api/search/platecandidate", plate="ESC2*", headers={"X-LPR-Purpose": "exigent_circumstances"}
    )
    assert {"emergency_not_allowed", "reason_missing"} < {*part.codes}
    about = {"reason_missing", "emergency_circumstance", "emergency_not_allowed", "partial_plate_not_approved"}
    reasons = (*reply.document["reasons"], *part.document["reasons"])
    assert {one["fix"] for one in reasons if one["code"] in about} == {told}


def test_whose_account_is_not_active_declares_no_context_asks_for_no_approval_and_renews_no_key(world):
    suspended = world.person("u06")
    context = {"purpose": "criminal_investigation", "case_number": CASE, "mount": "rekor"}
    approval = {"case_number": CASE, "scope": "partial_plate", "plate": "QQX8*", "reason": "seen", "hours": 1}
    for address, body in (("contexts", context), ("approvals", approval), ("keys/renew", {})):
        assert suspended.ask("POST", f"/gateway/{address}", body=body).codes == ["person_inactive"]


def test_an_empty_text_is_told_that_it_is_empty_and_not_that_it_is_of_another_type(officer):
    body = {"case_number": CASE, "scope": "geo_search", "plate": "", "reason": "x", "hours": 1}
    reply = officer.ask("POST", "/gateway/approvals", body=body)
    assert (reply.codes, hint_of(reply).endswith("and not empty.")) == (["request_out_of_range"], True)


def test_whoami_says_of_each_open_case_what_its_file_lacks(officer):
    cases = officer.ask("GET", "/gateway/whoami").document["cases"]
    assert {one["case_number"]: one["lacks"] for one in cases}[CASE] is None


def test_a_context_that_names_the_wrong_case_is_told_of_and_another_spelling_that_was_searched(officer):
    body = {"purpose": "criminal_investigation", "case_number": CASE, "mount": "rekor"}
    context = officer.ask("POST", "/gateway/contexts", body=body).document["context_id"]
    refused = officer.plates(headers={}, plate="XYZ999")
    assert refused.codes == ["target_unknown"]
    assert "The purpose and the case come of the context that you declared at " in hint_of(refused)
    told = officer.plates(headers={}, plate=LOOKALIKE_PLATE.replace("O", "0"))
    assert (told.status, told.headers.get("x-lpr-spelling")) == (200, "as-issued")
    assert officer.ask("DELETE", f"/gateway/contexts/{context}").status == 204
    assert "context that you" not in hint_of(officer.plates(plate="XYZ999"))

"""Whatever is asked, well or badly: no plate, credential or query string stays in any file of the gateway's."""

from tests.http.agency import MARKED_PLATE
from tests.http.asking import CLAIMS, LOOKUP, PLATES, days_ago, new_address, say, search
from tests.http.leaks import STRANGERS_PLATE, WORD, files, leaks
from tests.http.test_gateway_addresses import declare, explain
from tests.http.test_identity import bearing, token_of

_SPOILT = [
    f"GET /{WORD}/{STRANGERS_PLATE}?key={WORD} HTTP/1.1\r\nHost: gateway\r\n\r\n",
    f"GET /rekor/{WORD}?plate={STRANGERS_PLATE}&api_key={WORD} HTTP/1.1\r\nHost: gateway\r\n\r\n",
    f"GET /flock/../{WORD} HTTP/1.1\r\nHost: {WORD}\r\nAuthorization: Bearer {WORD}\r\n\r\n",
    f"GET /{WORD} {WORD} HTTP/1.1\r\nHost: gateway\r\n\r\n",
    f"{WORD} / HTTP/1.1\r\nHost: gateway\r\n\r\n",
    f"GET /gateway/{WORD} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Basic {WORD}\r\n\r\n",
    f"POST /flock/oauth/token HTTP/1.1\r\nHost: gateway\r\nContent-Type: {WORD}\r\nContent-Length: 0\r\n\r\n",
    f"GET / HTTP/1.1\r\nHost: gateway\r\n{WORD}_name: {WORD}\r\n\r\n",
]


def ask_everything(world, officer):
    """Allowed, denied, misunderstood and explained; gives the tokens that were issued meanwhile."""
    reply = officer.lookup(plate=MARKED_PLATE, reason=f"criminal_investigation: {WORD}")
    page = reply.document["nextPageId"]
    assert officer.ask("GET", f"{LOOKUP}/page/{page}").status == 200
    token = token_of(officer).document["access_token"]
    assert bearing(officer, token).lookup(plate=MARKED_PLATE.lower()).status == 200
    assert officer.plates(plate=MARKED_PLATE).status == 200
    for plate in (STRANGERS_PLATE, STRANGERS_PLATE.lower(), f"{STRANGERS_PLATE}%"):
        officer.lookup(plate=plate)
        officer.plates(plate=plate)
        officer.lookup(plate=plate, mount="/failing")
    for mount in ("failing", "garbage", "truncated", "nobody"):
        officer.lookup(plate=MARKED_PLATE, mount=f"/{mount}")
    officer.plates(**{WORD: STRANGERS_PLATE})
    officer.plates(start=WORD, order=WORD)
    officer.lookup(**{WORD: WORD})
    officer.ask("POST", f"{LOOKUP}?{WORD}={STRANGERS_PLATE}", body=search(plate=MARKED_PLATE))
    officer.ask("GET", f"{LOOKUP}/page/{WORD}{page}")
    officer.ask("GET", f"/flock/{WORD}", headers={"Cookie": WORD, "User-Agent": WORD, "Via": WORD, "Referer": WORD})
    officer.ask("GET", f"{PLATES}?plate={MARKED_PLATE}&start={days_ago(2)}&api_key={officer.key}")
    explain(officer, mount="flock", method="POST", path="/api/v3/reads/lookup", body=search(plate=STRANGERS_PLATE))
    explain(officer, mount="rekor", method="GET", path=f"/api/search/plate?plate={STRANGERS_PLATE}&{WORD}=1")
    declare(officer, purpose=WORD, mount=WORD)
    for plate in (MARKED_PLATE, STRANGERS_PLATE):  # as a case, by who mistakes the field
        officer.lookup(plate=MARKED_PLATE, caseNumber=plate)
        officer.plates(headers=CLAIMS | {"X-LPR-Case": plate})
        officer.lookup(caseNumber=plate, reason="exigent_circumstances: life_in_danger: shots", startDate=days_ago(2))
        declare(officer, case_number=plate)
        for scope, of in (("partial_plate", "ZQ7*"), ("protected_plate", plate), ("protected_plate", "AAA111")):
            asked = {
                "case_number": plate,
                "scope": scope,
                "plate": of,
                "mount": "/flock",
                "reason": "asked",
                "hours": 1,
            }
            officer.ask("POST", "/gateway/approvals", body=asked)
    for request in _SPOILT:
        say(world.port, request.encode(), source=new_address())
    return [page.encode(), token.encode()]


def test_nothing_that_must_be_kept_secret_lies_open_in_any_file_or_number(world, vendors, officer):
    tokens = ask_everything(world, officer)
    address = new_address()
    say(world.port, _SPOILT[0].encode(), source=address)
    world.ledger.one(event_type="refusal", src_ip=address)  # what the edge keeps for a second is on disk
    looked_at = {path.suffix for path in files(world)}
    assert {".jsonl", ".db", ".log", ".rego"} <= looked_at
    assert leaks(world, vendors.values(), tokens) == []


def test_the_same_would_be_found_if_it_lay_open(world, vendors, officer):
    stray = world.folder / "tmp" / "stray"
    for secret in (MARKED_PLATE, WORD, officer.key):
        stray.write_text(f"something {secret} something")
        found = leaks(world, vendors.values())
        stray.unlink()
        assert [one.partition(":")[0] for one in found] == [stray.as_posix()]


def test_commands_that_show_the_ledger_and_keys_show_none_of_it_either(world, officer):
    ask_everything(world, officer)
    shown = [
        world.run("keys", "list", "--json").stdout,
        world.run("audit", "tail", "-n", "500", "--no-follow", "--why", "test").stdout,
        world.run("audit", "search", "--json", "--limit", "0", "--person", officer.user_id, "--why", "test").stdout,
    ]
    for text in shown:
        assert officer.key_id in text or officer.user_id in text
        for secret in (MARKED_PLATE, STRANGERS_PLATE, WORD, officer.key.partition("_")[2]):
            assert secret not in text

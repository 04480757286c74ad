"""The page that explains an evidence package to somebody who has never seen the product.

It says nothing of the records: what stands in a page can be changed by whoever passes it on. What they say is shown by
the program that checks them, or by `audit check-package`.
"""

from gateway.auditing.reports.page import POLICY, STYLE
from gateway.media import for_html


def readme(shortcomings: tuple[str, ...], *, links: bool, opened: bool) -> str:
    """The HTML. `opened`: sealed fields were opened; `links`: the records between these and a signature are there."""
    chapters = [
        ("What this is", _WHAT),
        ("How to check it", _HOW),
        ("What the check proves", _PROVES if links else _BARE + _PROVES),
        ("Records of others", _OTHERS if links else "<p>There are none in this package.</p>"),
    ]
    told = "".join(f"<h2>{heading}</h2>{text}" for heading, text in chapters)
    files = f"<h2>What is in the folder</h2><dl class=files>{_files(links=links, opened=opened)}</dl>"
    return f"{_HEAD}{_list_shortcomings(shortcomings)}{told}{files}</main></body></html>\n"


_HEAD = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
    f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    f"<title>Evidence from the LPR audit record</title><style>{STYLE}</style></head>"
    "<body><main><header><h1>Evidence from the LPR audit record</h1></header>"
)
_WHAT = (
    "<p>An agency searches license plate readings of commercial vendors through a gateway. The gateway judges every "
    "request by the agency's written policy, and writes a record of it before anything is sent and again before anything "
    "is answered. Each record holds the hash (a digital fingerprint) of the record before it, and every minute or so the "
    "gateway signs the newest one. So no record can be changed, removed or put in later without breaking the chain of "
    "fingerprints before the next signature. Plate, written reason and query are sealed in the record, beside a "
    "commitment: whoever opens them cannot give out anything else than what was sealed.</p>"
)
_HOW = (
    "<p>You need a computer with Python 3.9 or later, nothing else, and no network. Open a terminal in this folder and "
    "type</p><pre>python3 verify.py --page ../checked.html</pre><p>It reads the files here, says in a sentence what it found at "
    "each step, and ends with <b>RESULT</b>; <code>checked.html</code> shows the records, made from what was proved and "
    "nothing else. This page and the program came with the package and could have been changed with it: have somebody you "
    "trust read the program, write your own (its first lines say what must hold), or have the agency's product check the "
    "package where it is installed: <code>lpr-gateway audit check-package</code>.</p>"
)
_PROVES = (
    "<p>A good result means: these records are as they were when the next checkpoint was signed, and what was opened is what "
    "was sealed in them. It does not mean that there are no others, nor who holds the signing key. For that, ask the agency, "
    "and its witnesses, where they publish their keys, and give these to the program: "
    "<code>python3 verify.py --key '…' --witness '…'</code>. A key that the agency changed since signed only what came before: "
    "give both. Keys that came with this package prove nothing.</p>"
)
_BARE = (
    "<p>This package was made without the records of others, so the records are not connected with a signature. The "
    "check only shows that each is in one piece. The agency can make a package with the links.</p>"
)
_OTHERS = (
    "<p>The folder <code>ledger</code> may hold records besides those asked for: the ones between each of these and the next "
    "signature. They are there because the chain can only be followed through whole records. They name other persons and "
    "cases; plates and written reasons in them are encrypted and cannot be read with anything in this package. Treat them "
    "as confidential, and do not pass them on where only the records asked for are needed.</p>"
)


def _list_shortcomings(sentences: tuple[str, ...]) -> str:
    items = "".join(f"<li>{for_html(sentence)}</li>" for sentence in sentences)
    return f"<h2>What this package does not hold</h2><ul>{items}</ul>" if items else ""


def _files(*, links: bool, opened: bool) -> str:
    listed = [
        ("records.jsonl", "the records asked for, one a line, exactly as they stand in the ledger"),
        ("opened.jsonl", "what was sealed in them, as far as an auditor's key opened it, with the salts that bind it")
        if opened
        else None,
        ("ledger/", "the runs of records that lead from these to a signature") if links else None,
        ("checkpoints/", "the signed statements, as text, with witnesses' cosignatures"),
        ("keys/", "the public keys that lie beside the ledger"),
        ("policies/", "the rules that decided, in full: for people to read, and their fingerprint is in each decision"),
        ("facts.json", "fingerprints of the data about people and cases that was used; the data stays with the agency"),
        (
            "verify.py",
            "the program that checks all this, with ed25519.py, listed_files.py, signed_ends.py, checked_page.py, roles.py and verdicts.py",
        ),
        ("manifest.json", "the fingerprint of every file, and what the maker says of the package: not proved"),
    ]
    return "".join(f"<dt><code>{item[0]}</code></dt><dd>{item[1]}</dd>" for item in listed if item)

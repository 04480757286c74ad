"""What a browser gets at `/`: a page that says what this is and whom to ask. Nothing in it is of this installation."""

from gateway.model import Answer, RawRequest

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>LPR gateway</title>
<style>
:root { color-scheme: light dark; font: 1rem/1.55 system-ui, sans-serif; }
main { max-width: 38rem; margin: 12vh auto; padding: 0 1.25rem; }
h1 { font-size: 1.4rem; } code { font-size: .95em; }
</style>
</head>
<body>
<main>
<h1>This is a gateway for license plate searches</h1>
<p>Search tools send their requests here instead of to the vendor. Each search is judged by your agency&#8217;s policy, and
each leaves a record. There is nothing to look at in a browser.</p>
<ul>
<li><strong>Officers:</strong> use your search tool as before. If it was refused, the answer names the reason and what to
do; ask your supervisor or the privacy office.</li>
<li><strong>Setting up a tool:</strong> ask the gateway&#8217;s operator for its address and your key.</li>
<li><strong>You came here by chance:</strong> you need nothing from here.</li>
</ul>
</main>
</body>
</html>
"""
_FRONT = Answer(
    status=200,
    headers=(
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
    ),
    body=_PAGE.encode(),
)


def front_page(request: RawRequest) -> Answer | None:
    """The page, for a browser that asks for `/`; None for anybody and anything else, who is told as everywhere."""
    wants_page = request.method in ("GET", "HEAD") and request.target == "/"
    return _FRONT if wants_page and "text/html" in (request.header("accept") or "") else None

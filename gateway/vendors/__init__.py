"""What is asked of a vendor, and what it answers: one engine that interprets profiles, the vendors' APIs as tables.

In order: `split_target`, `presented`, `recognise`, then (after the decision) `build`, `parse_answer`, `serialise`, with
`open_page` and `seal_page` for what has several pages. Nothing here decides, sends, or passes on what is not listed.
"""

from gateway.vendors.answers import parse_answer
from gateway.vendors.build import build
from gateway.vendors.credentials import bearer_token, presented
from gateway.vendors.headers import check_own_headers, ignored_headers
from gateway.vendors.pages import PAGE_LIFE, open_page, seal_page
from gateway.vendors.profile import Profile, credential_places, load_profile, problem_extensions
from gateway.vendors.recognise import recognise
from gateway.vendors.serialise import serialise
from gateway.vendors.strict_json import strict_json
from gateway.vendors.target import Target, split_target

__all__ = [
    "PAGE_LIFE",
    "Profile",
    "Target",
    "bearer_token",
    "build",
    "check_own_headers",
    "credential_places",
    "ignored_headers",
    "load_profile",
    "open_page",
    "parse_answer",
    "presented",
    "problem_extensions",
    "recognise",
    "seal_page",
    "serialise",
    "split_target",
    "strict_json",
]

"""What is asked of a vendor, and what it answers: one engine that interprets profiles, the vendors' APIs as tables.

In order: `split_target`, `presented`, `recognise`, then (after the decision) `build`, `parse_answer`, `serialise`, with
`open_page` and `seal_page` for what has several pages. Nothing here decides, sends, or passes on what is not listed.
"""

from gateway.vendors.answer.parse import parse_answer
from gateway.vendors.answer.serialise import serialise
from gateway.vendors.pages.tokens import PAGE_LIFE, is_pageable, open_page, seal_page
from gateway.vendors.profile.profile import Profile, list_operations, load_profile, problem_extensions
from gateway.vendors.request.build import build, fit_to_vendor
from gateway.vendors.request.credentials import bearer_token, find_credential
from gateway.vendors.request.headers import check_own_headers, note_ignored
from gateway.vendors.request.recognise import recognise
from gateway.vendors.request.target import RequestTarget, split_target
from gateway.vendors.strict_json import json_object

__all__ = [
    "PAGE_LIFE",
    "Profile",
    "RequestTarget",
    "bearer_token",
    "build",
    "check_own_headers",
    "find_credential",
    "fit_to_vendor",
    "is_pageable",
    "json_object",
    "list_operations",
    "load_profile",
    "note_ignored",
    "open_page",
    "parse_answer",
    "problem_extensions",
    "recognise",
    "seal_page",
    "serialise",
    "split_target",
]

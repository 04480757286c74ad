"""Every reason for a refusal: its code, HTTP status, sentence and remedy. What of it may be told: `disclosure`.

The sentences are for the officer at the other end. They come from here and never from an engine, a vendor or a request.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias


class Reason(StrEnum):
    """One closed vocabulary for refusals; the value is the code that records, answers and policies carry."""

    # A policy denies: 403
    PERSON_INACTIVE = "person_inactive"
    ROLE_MAY_NOT_QUERY = "role_may_not_query"
    SERVICE_NEEDS_PERSON = "service_needs_person"
    ON_BEHALF_OF_NOT_ALLOWED = "on_behalf_of_not_allowed"
    TRAINING_MISSING = "training_missing"
    TRAINING_LAPSED = "training_lapsed"
    RULES_NOT_ACCEPTED = "rules_not_accepted"
    PURPOSE_MISSING = "purpose_missing"
    PURPOSE_NOT_ALLOWED = "purpose_not_allowed"
    PURPOSE_CASE_MISMATCH = "purpose_case_mismatch"
    PURPOSE_NEEDS_APPROVAL = "purpose_needs_approval"
    EMERGENCY_CIRCUMSTANCE = "emergency_circumstance"
    REASON_MISSING = "reason_missing"
    CASE_MISSING = "case_missing"
    CASE_UNKNOWN = "case_unknown"
    CASE_CLOSED = "case_closed"
    CASE_NOT_ASSIGNED = "case_not_assigned"
    PLATE_MISSING = "plate_missing"
    TARGET_UNKNOWN = "target_unknown"
    TARGET_NOT_SUBJECT = "target_not_subject"
    TARGET_OTHER_CASE = "target_other_case"
    TARGET_PLATE_EXPIRED = "target_plate_expired"
    TARGET_PROTECTED = "target_protected"
    WINDOW_MISSING = "window_missing"
    WINDOW_OPEN_ENDED = "window_open_ended"
    WINDOW_INVERTED = "window_inverted"
    WINDOW_IN_FUTURE = "window_in_future"
    LOOKBACK_TOO_LONG = "lookback_too_long"
    PARTIAL_PLATE_NOT_APPROVED = "partial_plate_not_approved"
    GEO_SEARCH_NOT_APPROVED = "geo_search_not_approved"
    HOTLIST_TOO_LARGE = "hotlist_too_large"
    USAGE_CEILING = "usage_ceiling"
    SERVICE_CEILING = "service_ceiling"
    OFFICE_CEILING = "office_ceiling"
    VENDOR_CEILING = "vendor_ceiling"
    FACTS_STALE = "facts_stale"
    POLICY_EXPIRED = "policy_expired"
    ASSURANCE_TOO_LOW = "assurance_too_low"
    EMERGENCY_NOT_ALLOWED = "emergency_not_allowed"
    EMERGENCY_NEEDS_SECOND_PERSON = "emergency_needs_second_person"
    EMERGENCY_CEILING = "emergency_ceiling"
    REVIEW_OVERDUE = "review_overdue"
    # There is no such thing here: 403, 404
    UNKNOWN_OPERATION = "unknown_operation"
    PAGE_UNKNOWN = "page_unknown"
    MOUNT_UNKNOWN = "mount_unknown"
    CONTEXT_UNKNOWN = "context_unknown"
    DOCUMENT_UNKNOWN = "document_unknown"
    DECISION_UNKNOWN = "decision_unknown"
    APPROVAL_UNKNOWN = "approval_unknown"
    REVIEW_UNKNOWN = "review_unknown"
    # Not for this person, or not any more: 403, 409
    APPROVAL_NOT_NEEDED = "approval_not_needed"
    APPROVAL_OWN = "approval_own"
    APPROVAL_ROLE = "approval_role"
    APPROVAL_OFFICE = "approval_office"
    APPROVAL_DECIDED = "approval_decided"
    REVIEW_OWN = "review_own"
    REVIEW_ROLE = "review_role"
    REVIEW_DONE = "review_done"
    # No policy is in force: 403
    SEARCHES_STOPPED = "searches_stopped"
    # Who are you: 401
    CREDENTIAL_MISSING = "credential_missing"
    CREDENTIAL_INVALID = "credential_invalid"
    CREDENTIAL_EXPIRED = "credential_expired"
    CREDENTIAL_AMBIGUOUS = "credential_ambiguous"
    TOKEN_MALFORMED = "token_malformed"  # noqa: S105 - a code, not a secret
    TOKEN_ISSUER = "token_issuer"  # noqa: S105 - a code, not a secret
    TOKEN_SIGNATURE = "token_signature"  # noqa: S105 - a code, not a secret
    TOKEN_AUDIENCE = "token_audience"  # noqa: S105 - a code, not a secret
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - a code, not a secret
    TOKEN_NOT_YET_VALID = "token_not_yet_valid"  # noqa: S105 - a code, not a secret
    TOKEN_SUBJECT_UNKNOWN = "token_subject_unknown"  # noqa: S105 - a code, not a secret
    CERTIFICATE_UNTRUSTED = "certificate_untrusted"
    CERTIFICATE_INVALID = "certificate_invalid"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_REVOKED = "certificate_revoked"
    CERTIFICATE_UNMAPPED = "certificate_unmapped"
    # The request is not understood: 400, 413, 415
    REQUEST_MALFORMED = "request_malformed"
    REQUEST_FRAMING = "request_framing"
    REQUEST_DUPLICATE_FIELD = "request_duplicate_field"
    REQUEST_UNKNOWN_FIELD = "request_unknown_field"
    REQUEST_MISSING_FIELD = "request_missing_field"
    REQUEST_WRONG_TYPE = "request_wrong_type"
    REQUEST_OUT_OF_RANGE = "request_out_of_range"
    REQUEST_PATH_NOT_CANONICAL = "request_path_not_canonical"
    REQUEST_BAD_TIME = "request_bad_time"
    REQUEST_PLATE_CHARACTERS = "request_plate_characters"
    REQUEST_REASON_TOO_LONG = "request_reason_too_long"
    REQUEST_BODY_NOT_ALLOWED = "request_body_not_allowed"
    REQUEST_QUERY_NOT_ALLOWED = "request_query_not_allowed"
    REQUEST_HEADER_NOT_ALLOWED = "request_header_not_allowed"
    REQUEST_VENDOR_CREDENTIAL = "request_vendor_credential"
    REQUEST_TOO_LARGE = "request_too_large"
    REQUEST_MEDIA_TYPE = "request_media_type"
    REQUEST_CONTENT_ENCODING = "request_content_encoding"
    PURPOSE_AMBIGUOUS = "purpose_ambiguous"
    CASE_AMBIGUOUS = "case_ambiguous"
    # Too much of it: 429
    TOO_MANY_REQUESTS = "too_many_requests"
    # The gateway cannot decide or record: 503
    ENGINE_UNAVAILABLE = "engine_unavailable"
    ENGINE_LATE = "engine_late"
    ENGINE_UNDEFINED = "engine_undefined"
    ENGINES_DISAGREE = "engines_disagree"
    POLICY_REVISION_MISMATCH = "policy_revision_mismatch"
    OBLIGATION_NOT_POSSIBLE = "obligation_not_possible"
    AUDIT_UNAVAILABLE = "audit_unavailable"
    FACTS_UNAVAILABLE = "facts_unavailable"
    STORE_UNAVAILABLE = "store_unavailable"
    CLOCK_UNTRUSTED = "clock_untrusted"
    GATEWAY_BUSY = "gateway_busy"
    ISSUER_UNAVAILABLE = "issuer_unavailable"
    # The vendor fails: 502, 504, 429
    VENDOR_UNREACHABLE = "vendor_unreachable"
    VENDOR_LATE = "vendor_late"
    VENDOR_REFUSED = "vendor_refused"
    VENDOR_CREDENTIAL_REFUSED = "vendor_credential_refused"
    VENDOR_RATE_LIMITED = "vendor_rate_limited"
    VENDOR_ANSWER_UNUSABLE = "vendor_answer_unusable"
    VENDOR_ANSWER_TOO_LARGE = "vendor_answer_too_large"
    INTERNAL_ERROR = "internal_error"

    @property
    def text(self) -> "ReasonText":
        """How it is told."""
        return REASON_TEXTS[self]


@dataclass(frozen=True, slots=True)
class ReasonText:
    """How a reason is told: `status` is HTTP's, `sentence` says what is so, `fix` what to put right.

    `former` are sentences of earlier versions: a policy that has one of them in its rule may still be used.
    """

    status: int
    sentence: str
    fix: str
    former: tuple[str, ...] = ()

    @property
    def is_failure(self) -> bool:
        """Whether the gateway, or what it needs, failed: on record an error, and no denial."""
        return self.status >= 500  # noqa: PLR2004 - HTTP's number


_ASK_PRIVACY = "Ask your supervisor or the privacy office."
_ASK_OPERATOR = "Try again in a minute; if it stays so, call the gateway's operator."
_TRY_LATER = "Try again later; the vendor's service is at fault, not your request."
_SIGN_IN = "Sign in again to get a new token."
_NEW_CARD = "Use a valid card, or ask whoever issues the cards for a new one."
_SEE_API = "Compare the request with the description of the API."

R = Reason
_REASON_TEXTS = {
    R.PERSON_INACTIVE: ReasonText(403, "Your account is not active.", _ASK_PRIVACY),
    R.ROLE_MAY_NOT_QUERY: ReasonText(
        403,
        "Your role does not include this kind of search.",
        "Leave it to somebody whose role does, or have your role on file corrected.",
        former=("Your role does not include plate searches.",),
    ),
    R.SERVICE_NEEDS_PERSON: ReasonText(
        403,
        "This credential belongs to a service, and no person was named.",
        "Send X-LPR-On-Behalf-Of with the person's user id.",
    ),
    R.ON_BEHALF_OF_NOT_ALLOWED: ReasonText(
        403,
        "This credential may not act for the person named.",
        "Use the person's own key, or have the service's acts-for list changed.",
    ),
    R.TRAINING_MISSING: ReasonText(403, "No LPR training is on record for you.", "Complete the LPR training course."),
    R.TRAINING_LAPSED: ReasonText(403, "Your LPR training is too old.", "Repeat the LPR training course."),
    R.RULES_NOT_ACCEPTED: ReasonText(
        403, "You have not accepted the current rules of behavior.", "Accept them: POST /gateway/acknowledgements."
    ),
    R.PURPOSE_MISSING: ReasonText(
        403,
        "No purpose was given.",
        "Name one: header X-LPR-Purpose, the vendor's reason field, or a declared context (POST /gateway/contexts).",
    ),
    R.PURPOSE_NOT_ALLOWED: ReasonText(
        403, "This purpose is not one you may use.", "Use one of the purposes listed for your component."
    ),
    R.PURPOSE_CASE_MISMATCH: ReasonText(
        403,
        "This purpose does not fit this kind of case.",
        "Use the purpose that fits the case, or the right case number.",
    ),
    R.PURPOSE_NEEDS_APPROVAL: ReasonText(
        403,
        "This purpose needs a supervisor's approval, and none is in force.",
        "Ask a supervisor to approve it for this case.",
    ),
    R.REASON_MISSING: ReasonText(
        403, "This purpose needs a written reason.", "Write the reason in the vendor's reason field."
    ),
    R.CASE_MISSING: ReasonText(
        403, "No case number was given.", "Send it in X-LPR-Case, the vendor's case field, or a declared context."
    ),
    R.CASE_UNKNOWN: ReasonText(403, "This case does not exist.", "Check the case number."),
    R.CASE_CLOSED: ReasonText(
        403, "This case is closed.", "Have the case reopened, or cite the open case that this search serves."
    ),
    R.CASE_NOT_ASSIGNED: ReasonText(
        403, "You are not assigned to this case.", "Check the case number, or ask to be assigned to the case."
    ),
    R.PLATE_MISSING: ReasonText(
        403, "No plate was given.", "Search for one plate; searching by time or place alone is not allowed."
    ),
    R.TARGET_UNKNOWN: ReasonText(
        403,
        "This plate does not belong to a known subject of the case.",
        "Check the plate, its state and the case number.",
    ),
    R.TARGET_NOT_SUBJECT: ReasonText(
        403,
        "This plate belongs to somebody who is not a subject of the case.",
        "Only plates of the case's own subjects may be searched, not those of relatives or associates.",
    ),
    R.TARGET_OTHER_CASE: ReasonText(
        403, "This plate belongs to a subject of another case.", "Cite the case it belongs to."
    ),
    R.TARGET_PLATE_EXPIRED: ReasonText(
        403,
        "The subject does not hold this plate any more, or not yet.",
        "Only a plate that the subject holds today is searched: have the case file corrected if it is out of date.",
    ),
    R.TARGET_PROTECTED: ReasonText(403, "This plate is protected.", "Ask a supervisor to approve it for this case."),
    R.WINDOW_MISSING: ReasonText(403, "No time window was given.", "Give both a start and an end."),
    R.WINDOW_OPEN_ENDED: ReasonText(403, "The time window is open on one side.", "Give both a start and an end."),
    R.WINDOW_INVERTED: ReasonText(403, "The time window ends before it starts.", "Swap the start and the end."),
    R.WINDOW_IN_FUTURE: ReasonText(403, "The time window lies in the future.", "Search for times that have passed."),
    R.LOOKBACK_TOO_LONG: ReasonText(
        403, "The search goes further back than this case allows.", "Choose a later start for the time window."
    ),
    R.PARTIAL_PLATE_NOT_APPROVED: ReasonText(
        403,
        "A search by part of a plate needs a supervisor's approval and enough fixed characters.",
        "Search for the full plate alone, or ask a supervisor to approve a partial-plate search for this case.",
    ),
    R.GEO_SEARCH_NOT_APPROVED: ReasonText(
        403,
        "A search by place needs a supervisor's approval, and none is in force.",
        "Leave out the place, or ask a supervisor to approve it.",
    ),
    R.HOTLIST_TOO_LARGE: ReasonText(403, "The list holds more plates than allowed.", "Send fewer entries."),
    R.USAGE_CEILING: ReasonText(
        403, "You have reached the number of searches that one person may make.", "Wait, or ask the privacy office."
    ),
    R.SERVICE_CEILING: ReasonText(
        403,
        "The service that asks for you has reached the number of searches that one service may make.",
        "Wait, or search with your own credential.",
    ),
    R.OFFICE_CEILING: ReasonText(
        403,
        "Your office has reached the number of searches that one office may make.",
        "Wait, or ask the privacy office.",
    ),
    R.VENDOR_CEILING: ReasonText(
        403,
        "The agency has reached the number of searches that it may make of this vendor.",
        "Wait, or ask the privacy office.",
    ),
    R.FACTS_STALE: ReasonText(
        403,
        "What the gateway knows of cases and people is too old to decide on.",
        "Call the gateway's operator: the facts feed is late.",
    ),
    R.ASSURANCE_TOO_LOW: ReasonText(
        403,
        "You signed in with too little assurance for this search.",
        "Sign in again with a second factor or your card; where you did, call the privacy office.",
    ),
    R.EMERGENCY_CIRCUMSTANCE: ReasonText(
        403,
        "The statement does not say which kind of emergency it is.",
        "Begin the statement with one of the circumstances of the emergency procedure, as in kidnapping: and what happens.",
    ),
    R.EMERGENCY_NOT_ALLOWED: ReasonText(
        403,
        "An emergency search is not open to you, or not in this way.",
        "Give one whole plate, in an operation that the emergency procedure lists, or ask a supervisor.",
    ),
    R.EMERGENCY_NEEDS_SECOND_PERSON: ReasonText(
        403,
        "This emergency search needs a second person.",
        "Ask a supervisor to approve it for this case or call: POST /gateway/approvals.",
    ),
    R.EMERGENCY_CEILING: ReasonText(
        403, "You have reached the daily number of emergency searches.", "Wait, or ask the privacy office."
    ),
    R.REVIEW_OVERDUE: ReasonText(
        403,
        "The review of an earlier emergency search of yours is overdue.",
        "Ask a supervisor or the privacy office to review it: POST /gateway/emergencies/{id}/review.",
    ),
    R.POLICY_EXPIRED: ReasonText(
        403, "The policy in force has expired.", "Call the privacy office: a policy must be activated."
    ),
    R.UNKNOWN_OPERATION: ReasonText(
        403, "The gateway does not pass on this operation.", "Use one of the operations that are listed."
    ),
    R.PAGE_UNKNOWN: ReasonText(
        403,
        "This page does not belong to a search of yours, or has expired.",
        "Ask with the very key or card that the search was made with, for a renewed one is another, or repeat the search.",
    ),
    R.MOUNT_UNKNOWN: ReasonText(404, "Nothing is served at this address.", "Check the tool's base URL."),
    R.DECISION_UNKNOWN: ReasonText(
        404, "There is no such refusal of yours.", "List your last decisions: GET /gateway/me/decisions."
    ),
    R.APPROVAL_UNKNOWN: ReasonText(
        404, "There is no such request of yours, or for you to decide.", "List them: GET /gateway/approvals."
    ),
    R.REVIEW_UNKNOWN: ReasonText(404, "There is no such emergency search.", "List them: GET /gateway/emergencies."),
    R.APPROVAL_NOT_NEEDED: ReasonText(
        403, "An approval could not change this refusal.", "Put right what the refusal names, then search again."
    ),
    R.APPROVAL_OWN: ReasonText(403, "Nobody decides on a request of his or her own.", "Ask another supervisor."),
    R.APPROVAL_ROLE: ReasonText(403, "Only an active supervisor decides on requests.", "Ask a supervisor."),
    R.APPROVAL_OFFICE: ReasonText(
        403,
        "Only a supervisor of the office that a request comes from decides on it.",
        "Ask a supervisor of the office it comes from.",
    ),
    R.APPROVAL_DECIDED: ReasonText(
        409, "The request was decided already, or withdrawn.", "Look at it again: GET /gateway/approvals."
    ),
    R.REVIEW_OWN: ReasonText(403, "Nobody reviews an emergency of his or her own.", "Ask another reviewer."),
    R.REVIEW_ROLE: ReasonText(
        403, "This review is not for your role, or not for you.", "Ask a supervisor or the privacy office."
    ),
    R.REVIEW_DONE: ReasonText(
        409, "It was reviewed already.", "List what waits: GET /gateway/emergencies, GET /gateway/reviews."
    ),
    R.SEARCHES_STOPPED: ReasonText(
        403, "Your agency has stopped every search.", "Call the privacy office: a policy must be activated."
    ),
    R.CONTEXT_UNKNOWN: ReasonText(404, "You have no such context.", "List yours: GET /gateway/contexts."),
    R.DOCUMENT_UNKNOWN: ReasonText(
        404, "There is no text to accept now.", "Ask the privacy office to put it in force."
    ),
    R.CREDENTIAL_MISSING: ReasonText(
        401, "No credential was sent.", "Send your gateway key where the vendor's API has its own."
    ),
    R.CREDENTIAL_INVALID: ReasonText(
        401,
        "This credential is not valid here.",
        "Check the key, the base URL and the place you connect from, or ask for a new key.",
    ),
    R.CREDENTIAL_EXPIRED: ReasonText(401, "This credential has expired.", "Ask for a new key, or fetch a new token."),
    R.CREDENTIAL_AMBIGUOUS: ReasonText(401, "More than one credential was sent.", "Send exactly one."),
    R.TOKEN_MALFORMED: ReasonText(
        401,
        "The token cannot be read, or lacks what says who you are.",
        f"{_SIGN_IN} Where that is refused too, give the decision id to whoever runs the gateway.",
    ),
    R.TOKEN_ISSUER: ReasonText(
        401, "The token comes from a sign-on that is not accepted here.", "Sign in with your agency's own."
    ),
    R.TOKEN_SIGNATURE: ReasonText(401, "The token's signature does not hold.", _SIGN_IN),
    R.TOKEN_AUDIENCE: ReasonText(
        401, "The token was issued for another service.", "Have your tool ask for a token for this gateway."
    ),
    R.TOKEN_EXPIRED: ReasonText(401, "The token has expired.", _SIGN_IN),
    R.TOKEN_NOT_YET_VALID: ReasonText(401, "The token is not valid yet.", "Check your computer's clock, then sign in."),
    R.TOKEN_SUBJECT_UNKNOWN: ReasonText(
        401, "The token names nobody who may use this gateway.", "Ask the privacy office to check your account."
    ),
    R.CERTIFICATE_UNTRUSTED: ReasonText(
        401, "A certificate was named in a header that is not believed here.", "Connect with the card itself."
    ),
    R.CERTIFICATE_INVALID: ReasonText(401, "The certificate cannot be accepted.", _NEW_CARD),
    R.CERTIFICATE_EXPIRED: ReasonText(401, "The certificate has expired, or is not valid yet.", _NEW_CARD),
    R.CERTIFICATE_REVOKED: ReasonText(401, "The certificate was revoked.", _NEW_CARD),
    R.CERTIFICATE_UNMAPPED: ReasonText(
        401,
        "The certificate belongs to nobody who may use this gateway.",
        "Ask the operator to check the table of cards.",
    ),
    R.REQUEST_MALFORMED: ReasonText(400, "The request cannot be read.", _SEE_API),
    R.REQUEST_FRAMING: ReasonText(
        400, "The request is not proper HTTP/1.1.", "Check the tool and any proxy between it and the gateway."
    ),
    R.REQUEST_DUPLICATE_FIELD: ReasonText(400, "A field, parameter or header is given twice.", "Send it once."),
    R.REQUEST_UNKNOWN_FIELD: ReasonText(
        400, "The request has a field or parameter that this operation does not know.", "Leave it out."
    ),
    R.REQUEST_MISSING_FIELD: ReasonText(400, "A field that this operation needs is missing.", "Send the field named."),
    R.REQUEST_WRONG_TYPE: ReasonText(400, "A field has the wrong type.", _SEE_API),
    R.REQUEST_OUT_OF_RANGE: ReasonText(400, "A value is outside what this operation takes.", _SEE_API),
    R.REQUEST_PATH_NOT_CANONICAL: ReasonText(
        400, "The path is not in its plain form.", "Send the path without escapes, dot segments or double slashes."
    ),
    R.REQUEST_BAD_TIME: ReasonText(
        400,
        "A time is not written as RFC 3339 asks.",
        "Write it like 2026-01-31T09:30:00Z; in a query string write a plus sign as %2B.",
    ),
    R.REQUEST_PLATE_CHARACTERS: ReasonText(
        400, "The plate has characters that plates do not have.", "Use letters A to Z, digits, spaces and hyphens only."
    ),
    R.REQUEST_REASON_TOO_LONG: ReasonText(400, "The reason is too long.", "Write it in 500 characters."),
    R.REQUEST_BODY_NOT_ALLOWED: ReasonText(400, "This operation takes no body.", "Send the request without a body."),
    R.REQUEST_QUERY_NOT_ALLOWED: ReasonText(400, "This operation takes no query string.", "Leave it out."),
    R.REQUEST_HEADER_NOT_ALLOWED: ReasonText(
        400, "The request has a header that is not accepted.", "Leave the header out."
    ),
    R.REQUEST_VENDOR_CREDENTIAL: ReasonText(
        400,
        "The request carries a credential of the vendor's.",
        "Send your gateway key only; the gateway adds the vendor's.",
    ),
    R.REQUEST_TOO_LARGE: ReasonText(413, "The request is too large.", "Send a smaller request."),
    R.REQUEST_MEDIA_TYPE: ReasonText(415, "The Content-Type is not the one this operation takes.", _SEE_API),
    R.REQUEST_CONTENT_ENCODING: ReasonText(
        415, "Compressed or encoded bodies are not accepted.", "Send the body as it is."
    ),
    R.PURPOSE_AMBIGUOUS: ReasonText(400, "Two different purposes were given.", "Give one, or the same in each place."),
    R.CASE_AMBIGUOUS: ReasonText(400, "Two different case numbers were given.", "Give one, or the same in each place."),
    R.TOO_MANY_REQUESTS: ReasonText(
        429,
        "This credential asks more than its budget.",
        "Wait as long as Retry-After says; if your tool repeats requests by itself, have it slowed down.",
    ),
    R.ENGINE_UNAVAILABLE: ReasonText(503, "The policy engine gave no answer.", _ASK_OPERATOR),
    R.ENGINE_LATE: ReasonText(503, "The policy engine did not answer in time.", _ASK_OPERATOR),
    R.ENGINE_UNDEFINED: ReasonText(503, "The policy engine gave an answer that cannot be used.", _ASK_OPERATOR),
    R.ENGINES_DISAGREE: ReasonText(503, "The two policy engines do not agree.", _ASK_OPERATOR),
    R.POLICY_REVISION_MISMATCH: ReasonText(
        503, "The policy engine holds another policy than the one in force.", _ASK_OPERATOR
    ),
    R.OBLIGATION_NOT_POSSIBLE: ReasonText(
        503, "A condition of the policy cannot be met for this request.", _ASK_OPERATOR
    ),
    R.AUDIT_UNAVAILABLE: ReasonText(503, "The audit record cannot be written, so nothing is served.", _ASK_OPERATOR),
    R.FACTS_UNAVAILABLE: ReasonText(503, "The facts about people and cases cannot be read.", _ASK_OPERATOR),
    R.STORE_UNAVAILABLE: ReasonText(503, "The gateway's own store cannot be read or written.", _ASK_OPERATOR),
    R.CLOCK_UNTRUSTED: ReasonText(503, "The gateway's clock is not to be trusted.", _ASK_OPERATOR),
    R.GATEWAY_BUSY: ReasonText(
        503, "The gateway cannot take this request at this moment.", "Ask again in a moment: nothing is wrong with it."
    ),
    R.ISSUER_UNAVAILABLE: ReasonText(
        503, "The sign-on's keys cannot be had, so no token can be proved.", _ASK_OPERATOR
    ),
    R.VENDOR_UNREACHABLE: ReasonText(502, "The vendor cannot be reached.", _TRY_LATER),
    R.VENDOR_LATE: ReasonText(504, "The vendor did not answer in time.", _TRY_LATER),
    R.VENDOR_REFUSED: ReasonText(502, "The vendor did not accept the request.", _TRY_LATER),
    R.VENDOR_CREDENTIAL_REFUSED: ReasonText(
        502,
        "The vendor did not accept the gateway's credential.",
        "Call the gateway's operator: the vendor's credential must be renewed.",
    ),
    R.VENDOR_RATE_LIMITED: ReasonText(429, "The vendor asks for fewer requests.", "Wait, then try again."),
    R.VENDOR_ANSWER_UNUSABLE: ReasonText(
        502, "The vendor's answer cannot be read, so it cannot be filtered or passed on.", _TRY_LATER
    ),
    R.VENDOR_ANSWER_TOO_LARGE: ReasonText(
        502, "The vendor's answer is too large.", "Ask for fewer results or a shorter time."
    ),
    R.INTERNAL_ERROR: ReasonText(500, "The gateway failed; nothing was passed on.", _ASK_OPERATOR),
}
REASON_TEXTS: Mapping[Reason, ReasonText] = MappingProxyType(_REASON_TEXTS)

POLICY_REASONS = frozenset(reason for reason in tuple(Reason)[: tuple(Reason).index(R.UNKNOWN_OPERATION)])
"""The codes of ours that a policy may give; others only if it declares them as the agency's own."""


REASON_TOPICS = (
    "person", "training", "acceptance", "sign_on", "purpose", "written_reason", "case", "plate", "window", "operation", "ceiling"
)  # fmt: skip
"""What a reason of the agency's own may be about, in a closed vocabulary: whoever reads the record sorts such reasons by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReason:
    """A reason of the agency's own, declared in its policy's data. It is asked like a `Reason`: for `value` and `text`.

    `told_as` is the reason of ours that a person is told instead; None where it is told as itself. `about` is one of
    `REASON_TOPICS`; None where the agency does not say, and then it may be about the case file or the plate.
    """

    value: str
    text: ReasonText
    told_as: Reason | None = None
    about: str | None = None

    def __str__(self) -> str:
        return self.value


AnyReason: TypeAlias = Reason | OwnReason
"""What a request may be refused for. Neither kind is made of a caller's or an engine's text."""

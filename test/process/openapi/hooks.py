"""What no schema can tell Schemathesis: which refusals of valid requests are right, and how else protobuf takes a value."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import schemathesis
from hypothesis import strategies as st
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import EnsureResourceAvailability, RejectedPositiveData

# Refused for what is there, which a request alone does not tell.
REASONS = {
    "API_KEY_LIMIT_REACHED",
    "API_KEY_REVOKED",
    "ETAG_MISMATCH",
    "GITHUB_SIGNATURE_INVALID",
    "NEVER_EXPIRES_NOT_ALLOWED",
    "OIDC_FLOW_INVALID",
    "PASSKEYS_UNAVAILABLE",
    "SECOND_FACTOR_NOT_BEGUN",
    "TIER_IN_USE",
    "TOO_MANY_REPORTS",
    "TOO_MANY_WEBHOOKS",
    "WEBHOOK_DISABLED",
}

# What is missing is not what was just made, which is there: a value that waits to be claimed, of which a new key has none, or a tier that
# the request names.
MISSING_ELSEWHERE = {"ROTATED_KEY_NOT_FOUND", "TIER_NOT_FOUND"}

# Whose rules compare them with now, with each other, or with an answer before, or are about how a number is written; an
# If-Match is one by Schemathesis' own rule.
FIELDS = {"expiration", "expires_at", "end_time", "to_sequence", "page_token", "update_mask", "metadata", "if-match"}

# Which are for what is there: origins of a project, users who have chosen a name, and passwords that are good, repeated or shown.
FIELDS |= {"return_url", "username", "password", "new_password", "confirm_password", "totp_code"}

# Not every text of the shape is a URL.
FIELDS |= {"url"}

# What owners are let do is judged by more than a schema tells: key sets, addresses that may be fetched from, pictures. So are the
# times of a rotation policy, beside each other.
JUDGED = ("owner_access.", "rotation_policy")

COUNTS = {"maxKeysPerOwner", "perMinute", "perDay", "cost", "expiringDays"}
LARGE_COUNTS = {"fromSequence", "toSequence"}
CHOICES = {"consistency", "exposurePolicy", "reason", "suspiciousPolicy", "muted"}


def soon():
    """Times that keys may expire at, which are almost never met by chance."""
    start = datetime.now(UTC)
    return st.integers(1, 729).map(lambda days: (start + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ"))


schemathesis.openapi.format("date-time", soon() | st.just("2026-01-31T12:00:00.5+01:00"))


@schemathesis.hook
def before_call(context, case, kwargs) -> None:
    """Names each request anew: most would be refused for a name that another request had. The session that all others need goes on."""
    if case.path == "/api/auth/logout":
        case.headers.pop("Authorization", None)
        kwargs.get("headers", {}).pop("Authorization", None)
    # What no header can hold is made up for one now and then.
    project = (case.headers or {}).get("X-Altalune-Project-Id")
    if isinstance(project, str):
        case.headers["X-Altalune-Project-Id"] = re.sub(r"[^\t -~\x80-\xff]", "", project)
    name = (case.headers or {}).get("Idempotency-Key")
    if name is not None and re.fullmatch(r"[!-~]([ -~]{0,62}[!-~])?", name):
        case.headers["Idempotency-Key"] = str(uuid.uuid4())


@schemathesis.hook
def filter_failure(context, failure: Failure, case, response) -> bool:
    if response.status_code >= 500:
        return True
    if any(value == "" for value in [*(case.path_parameters or {}).values(), (case.query or {}).get("api_key_id")]):
        # Taken from an answer in which there is no such thing. In a path, it makes it another one.
        return False
    if isinstance(failure, RejectedPositiveData):
        # Almost no text is a document of GraphQL, and tokens without a body take a cookie.
        is_known = case.path == "/graphql" or (case.path == "/api/auth/token" and not isinstance(case.body, dict))
        return not (is_known or is_rightly_refused(response.json()) or clears_a_name(case))
    if isinstance(failure, EnsureResourceAvailability):
        return response.json()["reason"] not in MISSING_ELSEWHERE
    if isinstance(failure, AcceptedNegativeData):
        # An empty sort is none.
        return not (is_written_otherwise(case.body) or (case.query or {}).get("sort") in ("", "-"))
    return True


def is_rightly_refused(problem) -> bool:
    if problem["reason"] in REASONS:
        return True
    errors = problem.get("errors", [])
    return errors != [] and all(
        error["field"] in FIELDS or error["field"].startswith(JUDGED) or error["rule"] == "time_range" for error in errors
    )


def clears_a_name(case) -> bool:
    """Whether a change is of a name, by its body or its mask, and does not say which: names cannot be cleared, nor addresses and roles."""
    body = case.body if isinstance(case.body, dict) else {}
    mask = re.findall(r"\w+", str((case.query or {}).get("update_mask", "")))
    return case.method == "PATCH" and any(
        name in [*body, *mask] and body.get(name) in (None, "", 0, "USER_ROLE_UNSPECIFIED")
        for name in ("name", "username", "email", "role")
    )


def is_written_otherwise(value) -> bool:
    """Whether a body holds a number as a string, one of 64 bits as a number, or an enum by its number."""
    if isinstance(value, list):
        return any(is_written_otherwise(item) for item in value)
    if not isinstance(value, dict):
        return False
    return any(
        (name in COUNTS and isinstance(one, str) and re.fullmatch(r"[0-9.eE+-]+", one) is not None)
        or (name in LARGE_COUNTS and isinstance(one, (int, float)))
        or (name in CHOICES and isinstance(one, (int, float)))
        or is_written_otherwise(one)
        for name, member in value.items()
        for one in (member if isinstance(member, list) else [member])
    )

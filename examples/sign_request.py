#!/usr/bin/env python3
"""Signs a request for an API that Altalune guards, with nothing but the standard library (Python 3.9 or newer).

Prints the fields of VerifySignedRequestRequest as JSON. See docs/signed-requests.md for the canonical string.

    export ALTALUNE_SIGNING_SECRET=sign_...
    python3 sign_request.py --project 7fqk2m9xw3tbzp --key c4hn8rj6vys5da \
        --method POST --path '/v1/orders?dry_run=1' --body '{"sku":"A-1"}'
"""

import argparse
import base64
import hashlib
import hmac
import json
import os
import sys
import time
import uuid
from datetime import datetime, timedelta, timezone

VERSION = "altalune-signed-request-v1"


def sign_request(signing_secret, project_id, api_key_id, method, path, body=b"", timestamp_ms=None, nonce=None):
    """The fields of a signed request.

    path is what goes on the wire, with the query and percent-encoded; body is the bytes that are sent. timestamp_ms is
    milliseconds since 1970 (default: now), nonce 8 to 128 characters never used before (default: a random UUID).
    """
    if timestamp_ms is None:
        timestamp_ms = time.time_ns() // 1_000_000
    if nonce is None:
        nonce = str(uuid.uuid4())
    method = method.upper()
    for part in (api_key_id, project_id, nonce, method, path):
        if "\n" in part or "\r" in part:
            raise ValueError("no part of a signed request may hold a line break")
    body_sha256 = hashlib.sha256(body)
    canonical = "\n".join(
        [VERSION, api_key_id, project_id, str(timestamp_ms), nonce, method, path, body_sha256.hexdigest()]
    )
    signature = hmac.new(signing_secret.encode(), canonical.encode(), hashlib.sha256)
    # Not fromtimestamp(ms / 1000): a float would round some milliseconds.
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=timestamp_ms)
    return {
        "apiKeyId": api_key_id,
        "projectId": project_id,
        "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "nonce": nonce,
        "method": method,
        "path": path,
        "bodySha256": base64.b64encode(body_sha256.digest()).decode(),
        "signature": base64.b64encode(signature.digest()).decode(),
    }


def main():
    parser = argparse.ArgumentParser(description="Signs a request; the secret is read from ALTALUNE_SIGNING_SECRET.")
    parser.add_argument("--project", required=True, help="public id of the key's project")
    parser.add_argument("--key", required=True, help="public id of the key")
    parser.add_argument("--method", default="GET")
    parser.add_argument("--path", required=True, help="path and query as they go on the wire")
    parser.add_argument("--body", default="", help="the body as text (default: none)")
    parser.add_argument("--body-file", help="a file that holds the body, instead of --body")
    parser.add_argument("--timestamp", type=int, help="milliseconds since 1970 (default: now)")
    parser.add_argument("--nonce", help="8 to 128 characters (default: a random UUID)")
    options = parser.parse_args()
    # Not a flag: the arguments of a process can be read by others.
    signing_secret = os.environ.get("ALTALUNE_SIGNING_SECRET")
    if not signing_secret:
        sys.exit("set ALTALUNE_SIGNING_SECRET")
    body = options.body.encode()
    if options.body_file is not None:
        with open(options.body_file, "rb") as file:
            body = file.read()
    fields = sign_request(
        signing_secret,
        options.project,
        options.key,
        options.method,
        options.path,
        body,
        options.timestamp,
        options.nonce,
    )
    print(json.dumps(fields))


if __name__ == "__main__":
    main()

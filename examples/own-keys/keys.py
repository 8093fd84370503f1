"""A user signs in from Python, makes a key, lists keys, revokes it, and signs out. Needs ALTALUNE, USERNAME and PASSWORD."""

import json
import os
import urllib.request

headers = {"Content-Type": "application/json"}


def ask(method, path, body=None):
    request = urllib.request.Request(
        os.environ["ALTALUNE"] + path,
        method=method,
        headers=headers,
        data=None if body is None else json.dumps(body).encode(),
    )
    # Raises for whatever is not a success.
    with urllib.request.urlopen(request, timeout=10) as response:
        text = response.read()
        return json.loads(text) if text else None


login = {"username": os.environ["USERNAME"], "password": os.environ["PASSWORD"]}
headers["Authorization"] = "Bearer " + ask("POST", "/api/auth/token", login)["access_token"]
made = ask("POST", "/api/keys", {"name": "by Python", "scopes": ["orders:read"]})
print("made", made["key"])
key_id = made["api_key"]["id"]
print("listed" if any(key["id"] == key_id for key in ask("GET", "/api/keys")) else "not listed")
# A body is JSON or none: without one, its type is left out.
del headers["Content-Type"]
ask("DELETE", f"/api/keys/{key_id}")
print("not revoked" if ask("GET", f"/api/keys/{key_id}")["is_active"] else "revoked")
ask("POST", "/api/auth/logout")

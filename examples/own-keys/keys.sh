#!/usr/bin/env bash
# A user signs in by curl, makes a key, lists keys, revokes it, and signs out. Needs ALTALUNE, USERNAME and PASSWORD.
set -euo pipefail
cookies=$(mktemp)
trap 'rm -f "$cookies"' EXIT

ask() { # method, path, body
  curl -sS --fail-with-body -b "$cookies" -c "$cookies" -H "Origin: $ALTALUNE" -H 'Content-Type: application/json' -X "$1" "$ALTALUNE$2" ${3:+-d "$3"}
}

ask POST /api/auth/login '{"username": "'"$USERNAME"'", "password": "'"$PASSWORD"'"}' >/dev/null
made=$(ask POST /api/keys '{"name": "by curl", "scopes": ["orders:read"]}')
id=$(sed 's/.*"api_key":{"id":"\([^"]*\)".*/\1/' <<<"$made")
sed 's/^{"key":"\([^"]*\)".*/made \1/' <<<"$made"
ask GET /api/keys | grep -q "\"id\":\"$id\"" && echo listed
ask DELETE "/api/keys/$id"
ask GET "/api/keys/$id" | grep -q '"is_active":false' && echo revoked
ask POST /api/auth/logout

package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect"
	altalune "example.com/altalune/altalune/v1"
	"example.com/altalune/altalune/v1/altalunev1connect"
)

// A guard lets requests in that have a key of the project. No verdict, no entry.
type guard struct {
	verification altalunev1connect.VerificationServiceClient
	rootKey      string
	projectID    string
}

func newGuard(url, rootKey, projectID string) guard {
	client := &http.Client{Timeout: 2 * time.Second}
	return guard{altalunev1connect.NewVerificationServiceClient(client, url), rootKey, projectID}
}

// What a handler finds of the key that its request was let in with.
func apiKey(r *http.Request) *altalune.VerifyApiKeyResponse {
	verdict, _ := r.Context().Value(contextKey{}).(*altalune.VerifyApiKeyResponse)
	return verdict
}

type contextKey struct{}

// Puts the guard before a handler. A key needs all of the scopes.
func (g guard) needs(handler http.HandlerFunc, scopes ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "private, no-store")
		realm := fmt.Sprintf("Bearer realm=%q", g.projectID)
		keys := presentedKeys(r.Header)
		if len(keys) != 1 {
			deny(w, http.StatusUnauthorized, "WWW-Authenticate", realm)
			return
		}
		question := connect.NewRequest(&altalune.VerifyApiKeyRequest{
			Key: keys[0], ProjectId: g.projectID, RequiredScopes: scopes,
		})
		question.Header().Set("Authorization", "Bearer "+g.rootKey)
		answer, err := g.verification.VerifyApiKey(r.Context(), question)
		if err != nil {
			deny(w, http.StatusServiceUnavailable, "Retry-After", "1")
			return
		}
		switch verdict := answer.Msg; verdict.Code {
		case altalune.VerificationCode_VERIFICATION_CODE_VALID:
			handler(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, verdict)))
		case altalune.VerificationCode_VERIFICATION_CODE_INSUFFICIENT_SCOPE:
			wanted := strings.Join(scopes, " ")
			deny(w, http.StatusForbidden, "WWW-Authenticate", fmt.Sprintf(`Bearer error="insufficient_scope", scope=%q`, wanted))
		case altalune.VerificationCode_VERIFICATION_CODE_RATE_LIMITED:
			seconds := int(verdict.GetRetryAfter().AsDuration().Seconds()) + 1
			deny(w, http.StatusTooManyRequests, "Retry-After", strconv.Itoa(seconds))
		case altalune.VerificationCode_VERIFICATION_CODE_REVOKED:
			deny(w, http.StatusGone, "WWW-Authenticate", realm+`, error="invalid_token"`)
		default:
			deny(w, http.StatusUnauthorized, "WWW-Authenticate", realm+`, error="invalid_token"`)
		}
	})
}

func deny(w http.ResponseWriter, status int, header, value string) {
	w.Header().Set(header, value)
	http.Error(w, http.StatusText(status), status)
}

// The different keys in X-API-Key and Authorization: Bearer. A key has no comma: commas part what HTTP has joined.
func presentedKeys(header http.Header) []string {
	values := append([]string{}, header.Values("X-API-Key")...)
	for _, value := range header.Values("Authorization") {
		scheme, credentials, _ := strings.Cut(strings.TrimSpace(value), " ")
		if strings.EqualFold(scheme, "bearer") {
			values = append(values, credentials)
		}
	}
	seen := map[string]bool{"": true}
	var keys []string
	for _, key := range strings.Split(strings.Join(values, ","), ",") {
		if key = strings.ToValidUTF8(strings.TrimSpace(key), "?"); !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	return keys
}

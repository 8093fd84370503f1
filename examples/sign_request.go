// Signs a request for an API that Altalune guards, with nothing but the standard library (Go 1.21 or newer).
//
// Prints the fields of VerifySignedRequestRequest as JSON. See docs/signed-requests.md for the canonical string.
//
//	export ALTALUNE_SIGNING_SECRET=sign_...
//	go run sign_request.go -project 7fqk2m9xw3tbzp -key c4hn8rj6vys5da \
//	    -method POST -path '/v1/orders?dry_run=1' -body '{"sku":"A-1"}'
package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

const version = "altalune-signed-request-v1"

// request is what is about to be sent.
type request struct {
	projectID, apiKeyID string
	method              string
	path                string // with the query, percent-encoded, as it goes on the wire
	body                []byte
	timestampMs         int64  // milliseconds since 1970
	nonce               string // 8 to 128 characters, never used before with this key
}

// fields are those of VerifySignedRequestRequest; encoding/json writes bytes as base64.
type fields struct {
	APIKeyID   string `json:"apiKeyId"`
	ProjectID  string `json:"projectId"`
	Timestamp  string `json:"timestamp"`
	Nonce      string `json:"nonce"`
	Method     string `json:"method"`
	Path       string `json:"path"`
	BodySHA256 []byte `json:"bodySha256"`
	Signature  []byte `json:"signature"`
}

func sign(r request, signingSecret string) (fields, error) {
	method := strings.ToUpper(r.method)
	for _, part := range []string{r.apiKeyID, r.projectID, r.nonce, method, r.path} {
		if strings.ContainsAny(part, "\r\n") {
			return fields{}, errors.New("no part of a signed request may hold a line break")
		}
	}
	bodySHA256 := sha256.Sum256(r.body)
	canonical := strings.Join([]string{
		version,
		r.apiKeyID,
		r.projectID,
		strconv.FormatInt(r.timestampMs, 10),
		r.nonce,
		method,
		r.path,
		hex.EncodeToString(bodySHA256[:]),
	}, "\n")
	mac := hmac.New(sha256.New, []byte(signingSecret))
	mac.Write([]byte(canonical))
	return fields{
		APIKeyID:   r.apiKeyID,
		ProjectID:  r.projectID,
		Timestamp:  time.UnixMilli(r.timestampMs).UTC().Format("2006-01-02T15:04:05.000Z07:00"),
		Nonce:      r.nonce,
		Method:     method,
		Path:       r.path,
		BodySHA256: bodySHA256[:],
		Signature:  mac.Sum(nil),
	}, nil
}

func main() {
	var r request
	flag.StringVar(&r.projectID, "project", "", "public id of the key's project")
	flag.StringVar(&r.apiKeyID, "key", "", "public id of the key")
	flag.StringVar(&r.method, "method", "GET", "HTTP method")
	flag.StringVar(&r.path, "path", "", "path and query as they go on the wire")
	body := flag.String("body", "", "the body as text (default: none)")
	bodyFile := flag.String("body-file", "", "a file that holds the body, instead of -body")
	flag.Int64Var(&r.timestampMs, "timestamp", time.Now().UnixMilli(), "milliseconds since 1970")
	flag.StringVar(&r.nonce, "nonce", randomNonce(), "8 to 128 characters (default: random)")
	flag.Parse()

	// Not a flag: the arguments of a process can be read by others.
	signingSecret := os.Getenv("ALTALUNE_SIGNING_SECRET")
	if signingSecret == "" {
		fail(errors.New("set ALTALUNE_SIGNING_SECRET"))
	}
	r.body = []byte(*body)
	if *bodyFile != "" {
		content, err := os.ReadFile(*bodyFile)
		if err != nil {
			fail(err)
		}
		r.body = content
	}
	signed, err := sign(r, signingSecret)
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(signed); err != nil {
		fail(err)
	}
}

func randomNonce() string {
	bytes := make([]byte, 16)
	if _, err := rand.Read(bytes); err != nil {
		fail(err)
	}
	return hex.EncodeToString(bytes)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

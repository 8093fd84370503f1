// A user signs in from Go, makes a key, lists keys, revokes it, and signs out. Needs ALTALUNE, USERNAME and PASSWORD.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"
)

type apiKey struct {
	ID       string `json:"id"`
	IsActive bool   `json:"is_active"`
}

var (
	client = &http.Client{Timeout: 10 * time.Second}
	token  string
)

func ask(method, path string, body, answer any) {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			log.Fatal(err)
		}
		sent = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, os.Getenv("ALTALUNE")+path, sent)
	if err != nil {
		log.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := client.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 300 {
		log.Fatalf("%s %s: %s %s %v", method, path, response.Status, text, err)
	}
	if answer != nil {
		if err := json.Unmarshal(text, answer); err != nil {
			log.Fatal(err)
		}
	}
}

func main() {
	var login struct {
		AccessToken string `json:"access_token"`
	}
	ask("POST", "/api/auth/token", map[string]string{"username": os.Getenv("USERNAME"), "password": os.Getenv("PASSWORD")}, &login)
	token = login.AccessToken

	var made struct {
		Key    string `json:"key"`
		APIKey apiKey `json:"api_key"`
	}
	ask("POST", "/api/keys", map[string]any{"name": "by Go", "scopes": []string{"orders:read"}}, &made)
	fmt.Println("made", made.Key)

	var keys []apiKey
	ask("GET", "/api/keys", nil, &keys)
	listed := "not listed"
	for _, key := range keys {
		if key.ID == made.APIKey.ID {
			listed = "listed"
		}
	}
	fmt.Println(listed)

	ask("DELETE", "/api/keys/"+made.APIKey.ID, nil, nil)
	var after apiKey
	ask("GET", "/api/keys/"+made.APIKey.ID, nil, &after)
	if after.IsActive {
		fmt.Println("not revoked")
	} else {
		fmt.Println("revoked")
	}
	ask("POST", "/api/auth/logout", nil, nil)
}

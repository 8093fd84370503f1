// Command api serves orders to those who have a key of Altalune's.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"
)

func main() {
	guard := newGuard(os.Getenv("ALTALUNE"), os.Getenv("ROOT_KEY"), os.Getenv("PROJECT_ID"))

	http.Handle("GET /orders", guard.needs(func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(map[string]string{"owner": apiKey(r).GetOwnerId()})
	}))
	http.Handle("POST /orders", guard.needs(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusCreated)
	}, "orders:write"))

	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}

package problem

import (
	"encoding/json"
	"net/http"
)

// MediaType is that of [Details].
const MediaType = "application/problem+json"

// Details are what is said of an error.
type Details struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// Write answers with an error.
func Write(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", MediaType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(Details{http.StatusText(status), status, detail}) // The one who asked has gone.
}

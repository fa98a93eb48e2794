package problem

import (
	"encoding/json"
	"net/http"
)

// MediaType is that of [Details].
const MediaType = "application/problem+json"

// Details are an error as RFC 9457 has it.
type Details struct {
	Title  string `json:"title"`  // of the status
	Status int    `json:"status"` // of HTTP
	Detail string `json:"detail"` // what is wrong, and what to do
}

// New is the details of an error.
func New(status int, detail string) Details { return Details{http.StatusText(status), status, detail} }

// Write answers with an error.
func Write(w http.ResponseWriter, status int, detail string) {
	WriteExtended(w, status, New(status, detail))
}

// WriteExtended answers with an error that has members of its own: a struct that embeds [Details] of the same status.
func WriteExtended(w http.ResponseWriter, status int, details any) {
	w.Header().Set("Content-Type", MediaType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(details) // The one who asked has gone.
}

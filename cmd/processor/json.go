package main

import "encoding/json"

// writeJSON writes a line of JSON. Texts are as they are, not made fit for HTML.
func (s *session) writeJSON(v any) error {
	e := json.NewEncoder(s.stdout)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

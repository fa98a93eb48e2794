package access

import "net/http"

// policy lets a page use what this server has, and nothing else: no script or style within the page, no frame, no form to elsewhere.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// writeHeaders keeps browsers strict. A handler may set others.
func writeHeaders(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if encrypted(r) && !local(r.Host) { // Of localhost it would hold for every server that somebody tries there.
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

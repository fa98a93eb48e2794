package pages

import (
	"fmt"
	"hash/fnv"
	"net/http"

	"sellerpulse/internal/view"
)

// renewal is how an open page renews itself: its stream tells when there may be something new, and then it asks for itself again, and is sent only if it would be
// another than it is.
type renewal struct {
	Live    string // address of the stream
	Address string // by which the page asks for itself; empty for its own
	Again   int    // seconds after which it asks unasked, for what no stream tells; 0 for never
	Tag     string // tells the content from another one, as an entity tag; empty for a page that stays as it is
}

// renewed are the pages that renew themselves, each with the seconds after which it asks unasked: what tasks do, and orders of which no number depends, no stream
// tells.
var renewed = map[string]int{"overview": 0, "sellers": 0, "seller": 0, "alerts": 0, "order": 10, "system": 5}

// settling is after how many seconds a page asks again of which something is not at hand yet.
const settling = 3

// watch has the page be told of what is new after a mark: of a seller, or of everything for nil.
func (r *renewal) watch(mark view.Mark, seller *string) { r.Live = liveLink(seller, mark) }

// settle has the page ask again soon if something is to come of which no stream tells.
func (r *renewal) settle(toCome bool) {
	if toCome {
		r.Again = settling
	}
}

// stay has the page ask for the rule that it shows, also when another one matters more by then.
func (q *request) stay(a *question) {
	query := q.URL.Query()
	if a.rule == nil || query.Get("rule") == a.rule.Rule {
		return
	}
	query.Set("rule", a.rule.Rule)
	q.Address = "?" + query.Encode()
}

// finish settles how a page renews itself whose content is known.
func (r *renewal) finish(status int, name string, content ...any) {
	again, renews := renewed[name]
	switch {
	case status != http.StatusOK || !renews:
		*r = renewal{Live: r.Live}
		return
	case r.Again == 0:
		r.Again = again
	}
	if r.Tag == "" {
		r.Tag = tagOf(append(content, r.Again)...)
	}
}

// unchanged is whether the one who asks has the page already.
func (q *request) unchanged() bool { return q.Tag != "" && q.Header.Get("If-None-Match") == q.Tag }

// keep answers that the one who asks has the page already.
func (q *request) keep() error {
	q.w.Header().Set("ETag", q.Tag)
	q.w.Header().Set("Cache-Control", "no-store")
	q.w.WriteHeader(http.StatusNotModified)
	return nil
}

// tagOf is the entity tag of a content. It is weak: what is around it differs.
func tagOf(content ...any) string { return `W/"` + versionOf(content...) + `"` }

// versionOf tells one content from another.
func versionOf(content ...any) string {
	h := fnv.New64a()
	fmt.Fprint(h, content...)
	return fmt.Sprintf("%016x", h.Sum64())
}

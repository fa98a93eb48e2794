package access

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"sellerpulse/internal/web/problem"
)

// refuse answers with an error: a page where a browser shows it, problem details else.
func refuse(w http.ResponseWriter, r *http.Request, status int, detail string) {
	if browses(r) {
		f := frameOf(r, http.StatusText(status))
		writePage(w, status, "error.html", f.Lang, errorPage{f, detail})
		return
	}
	problem.Write(w, status, detail)
}

// refuse counts it too.
func (g *Guard) refuse(w http.ResponseWriter, r *http.Request, reason string, status int, detail string) {
	g.metrics.refused.WithLabelValues(reason).Inc()
	refuse(w, r, status, detail)
}

// browses is whether an answer is for somebody's eyes.
func browses(r *http.Request) bool {
	return !strings.HasPrefix(r.URL.Path, "/api/") && strings.Contains(r.Header.Get("Accept"), "text/html")
}

func (g *Guard) refuseRate(w http.ResponseWriter, r *http.Request, reason string, seconds int) {
	retryAfter(w, seconds)
	g.refuse(w, r, reason, http.StatusTooManyRequests, "too many requests: ask less often")
}

// refuseToken refuses a wrong token, and says no more than that it is wrong for a while to those who try many. Others at the same address go on: a
// token that is right is never refused for those that are wrong, of which no number is enough to find one.
func (g *Guard) refuseToken(w http.ResponseWriter, r *http.Request, now time.Time) {
	if wait := g.wrongs.take(clientOf(r), now); wait > 0 {
		g.refuseRate(w, r, "tries", seconds(wait))
		return
	}
	g.audit(r, "token", Principal{}, http.StatusUnauthorized, errWrongToken.Error())
	w.Header().Set("WWW-Authenticate", `Bearer realm="sellerpulse", error="invalid_token"`)
	g.refuse(w, r, "token", http.StatusUnauthorized, errWrongToken.Error()+": a line in the file of --http-tokens-file is missing, or was taken out")
}

// askWho sends a person to log in, and tells a program how to.
func (g *Guard) askWho(w http.ResponseWriter, r *http.Request) {
	if browses(r) && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		g.metrics.refused.WithLabelValues("anonymous").Inc()
		http.Redirect(w, r, loginPath+"?"+url.Values{"to": {r.URL.RequestURI()}}.Encode(), http.StatusSeeOther)
		return
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="sellerpulse"`)
	g.refuse(w, r, "anonymous", http.StatusUnauthorized, "send a token: the header Authorization: Bearer TOKEN, with one that `processor token new` made")
}

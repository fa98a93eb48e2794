package pages

import (
	"bytes"
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sellerpulse/internal/task"
	"sellerpulse/internal/view"
	"sellerpulse/internal/web/ask"
	"sellerpulse/internal/web/assets"
	"sellerpulse/pkg/rules"
)

//go:embed templates/*.html
var templates embed.FS

// Options of the pages.
type Options struct {
	View   *view.View
	States *ask.States          // nil without a state
	Tasks  func() []task.Status // nil without tasks
	Rules  *rules.Set           // nil where they are not known
	Zone   *time.Location       // of the marketplace, in which times are shown

	// Forward has a page about a seller made by a process that has its state; by page itself where that is this one, or nobody answers. Nil: by page.
	Forward func(w http.ResponseWriter, r *http.Request, seller string, page http.Handler)

	Version string
	Logger  *slog.Logger
	Clock   func() time.Time
}

// Pages are the dashboard's.
type Pages struct {
	Options
	templates map[string]*template.Template // by language
}

// New reads the templates.
func New(o Options) *Pages {
	p := &Pages{Options: o, templates: map[string]*template.Template{}}
	for _, lang := range []string{"en", "sv"} {
		w := wordsFor(lang, "", o.Zone)
		functions := w.functions()
		functions["asset"] = assets.Path
		p.templates[lang] = template.Must(template.New("").Funcs(functions).ParseFS(templates, "templates/*.html"))
	}
	return p
}

// Register adds the pages to a server.
func (p *Pages) Register(mux *http.ServeMux) {
	for path, page := range map[string]func(*request) error{
		"GET /{$}": p.overview, "GET /sellers": p.sellers, "GET /sellers/{$}": p.named, "GET /sellers/{seller}": p.seller,
		"GET /sellers/{seller}/orders/{order}": p.order, "GET /alerts": p.alerts, "GET /alerts/{id}": p.alert, "GET /system": p.system,
		"GET /fresh": p.freshness, "GET /": p.nothing,
	} {
		h := p.handle(page)
		if p.Forward != nil && (strings.Contains(path, "{seller}") || path == "GET /sellers/{$}") {
			h = p.forward(h)
		}
		mux.HandleFunc(path, h)
	}
	mux.HandleFunc("GET "+assets.Prefix, assets.Serve)
}

func (p *Pages) forward(page http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { p.Forward(w, r, sellerOf(r), page) }
}

// request is a request for a page, and whom it is for.
type request struct {
	*http.Request
	*words
	w     http.ResponseWriter
	theme string // light, dark, or empty for what the system has
}

// handle answers with a page, or says why there is none.
func (p *Pages) handle(page func(*request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if choose(w, r) {
			return
		}
		_ = r.ParseForm() // What of it cannot be read is not there.
		q := &request{Request: r, w: w, words: wordsFor(chosen(r, "lang", "en", "sv"), r.Header.Get("Accept-Language"), p.Zone), theme: chosen(r, "theme", "light", "dark")}
		q.words.rules = p.Rules
		if err := page(q); err != nil {
			p.fail(q, err)
		}
	}
}

// choices are what a reader may choose, and keeps in a cookie.
var choices = map[string][]string{"lang": {"en", "sv"}, "theme": {"light", "dark"}}

// choose keeps what the address chooses, and goes to the same page without it.
func choose(w http.ResponseWriter, r *http.Request) (done bool) {
	query := r.URL.Query()
	for name, values := range choices {
		if !query.Has(name) {
			continue
		}
		done = true
		for _, value := range values {
			if query.Get(name) == value {
				http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: 365 * 24 * 60 * 60, HttpOnly: true, SameSite: http.SameSiteLaxMode})
			}
		}
		query.Del(name)
	}
	if done {
		to := url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: query.Encode()}
		http.Redirect(w, r, to.String(), http.StatusSeeOther)
	}
	return done
}

// chosen is what a cookie has, if it is one of the values.
func chosen(r *http.Request, name string, values ...string) string {
	cookie, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	for _, value := range values {
		if cookie.Value == value {
			return value
		}
	}
	return ""
}

// frame is what is around the content of a page.
type frame struct {
	Page, Title, Lang, Theme, Search, Zone, Version string
	English, Swedish, Light, Dark                   string // addresses
	Fresh                                           *fresh
	Content                                         template.HTML
}

// show sends a page.
func (p *Pages) show(q *request, status int, name, title string, data any) error {
	f := frame{
		Page: name, Title: title, Lang: q.lang, Theme: q.theme, Search: q.FormValue("text"), Zone: p.Zone.String(), Version: p.Version, Fresh: p.fresh(q),
		English: q.chosen("lang", "en"), Swedish: q.chosen("lang", "sv"), Light: q.chosen("theme", "light"), Dark: q.chosen("theme", "dark"),
	}
	var content bytes.Buffer
	if err := p.templates[q.lang].ExecuteTemplate(&content, name, data); err != nil {
		return err
	}
	f.Content = template.HTML(content.String()) // It was escaped by its own template.
	return p.send(q, status, "layout", &f)
}

// send sends what a template makes.
func (p *Pages) send(q *request, status int, name string, data any) error {
	var page bytes.Buffer
	if err := p.templates[q.lang].ExecuteTemplate(&page, name, data); err != nil {
		return err
	}
	header := q.w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Language", q.lang)
	header.Set("Cache-Control", "no-store")
	q.w.WriteHeader(status)
	_, _ = q.w.Write(page.Bytes()) // The one who asked has gone.
	return nil
}

// chosen is the address of the same page by which a reader chooses.
func (q *request) chosen(name, value string) string {
	query := q.URL.Query()
	query.Set(name, value)
	return "?" + query.Encode()
}

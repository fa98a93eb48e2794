package pages

import (
	"bytes"
	"cmp"
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sellerpulse/internal/view"
	"sellerpulse/internal/web/ask"
	"sellerpulse/internal/web/assets"
	"sellerpulse/internal/web/reader"
	"sellerpulse/internal/web/survey"
	"sellerpulse/pkg/rules"
)

//go:embed templates/*.html
var templates embed.FS

// Options of the pages.
type Options struct {
	View    *view.View
	Letters *view.View     // of the dead letters; nil where they are not followed
	States  *ask.States    // nil without a state
	Survey  *survey.Survey // of the processes; default of nothing
	Rules   *rules.Set     // nil where they are not known
	Zone    *time.Location // of the marketplace, in which times are shown

	// Forward has a page about a seller, or an alert of it, made by a process that has its state; by page itself where that is this one, or nobody answers. Nil: by page.
	Forward func(w http.ResponseWriter, r *http.Request, seller string, page http.Handler)

	Streams int    // to open pages at the same time, further ones are refused; default 96
	Login   string // address at which readers log in and out; empty where they need not
	Version string
	Logger  *slog.Logger
	Clock   func() time.Time
}

// Pages are the dashboard's.
type Pages struct {
	Options
	templates map[string]*template.Template // by language
	streams   chan struct{}                 // those under way
}

// New reads the templates.
func New(o Options) *Pages {
	if o.Survey == nil {
		o.Survey = survey.New(survey.Options{})
	}
	const streams = 96
	p := &Pages{Options: o, templates: map[string]*template.Template{}, streams: make(chan struct{}, cmp.Or(o.Streams, streams))}
	for _, lang := range reader.Choices[reader.LanguageChoice] {
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
		"GET /live": p.live, "GET /": p.nothing,
	} {
		h := p.handle(page)
		switch {
		case p.Forward == nil:
		case strings.Contains(path, "{seller}"), path == "GET /sellers/{$}":
			h = p.forward(sellerOf, h)
		case path == "GET /alerts/{id}":
			h = p.forward(alertedOf, h)
		}
		mux.HandleFunc(path, h)
	}
	mux.HandleFunc("GET "+assets.Prefix, assets.Serve)
}

func (p *Pages) forward(seller func(*http.Request) string, page http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { p.Forward(w, r, seller(r), page) }
}

// request is a request for a page, and whom it is for.
type request struct {
	*http.Request
	*words
	w     http.ResponseWriter
	theme string // light, dark, or empty for what the system has
	renewal
}

// handle answers with a page, or says why there is none.
func (p *Pages) handle(page func(*request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if choose(w, r) {
			return
		}
		_ = r.ParseForm() // What of it cannot be read is not there.
		q := &request{Request: r, w: w, words: wordsFor(reader.Chosen(r, reader.LanguageChoice), r.Header.Get("Accept-Language"), p.Zone), theme: reader.Chosen(r, reader.ThemeChoice)}
		q.words.rules = p.Rules
		q.watch(p.View.Mark(), nil)
		if err := page(q); err != nil {
			p.fail(q, err)
		}
	}
}

// choose keeps what the address chooses, and goes to the same page without it.
func choose(w http.ResponseWriter, r *http.Request) (done bool) {
	query := r.URL.Query()
	for name, values := range reader.Choices {
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

// frame is what is around the content of a page.
type frame struct {
	Page, Title, Lang, Theme, Search, Zone, Login, Version string
	English, Swedish, Light, Dark                          string // addresses
	Fresh                                                  *fresh
	Renewal                                                *renewal
	Content                                                template.HTML
}

// show sends a page, unless it is the one that is there already.
func (p *Pages) show(q *request, status int, name, title string, data any) error {
	var content bytes.Buffer
	if err := p.templates[q.lang].ExecuteTemplate(&content, name, data); err != nil {
		return err
	}
	if q.finish(status, name, title, content.String()); q.unchanged() {
		return q.keep()
	}
	return p.send(q, status, "layout", &frame{
		Page: name, Title: title, Lang: q.lang, Theme: q.theme, Search: q.FormValue("text"), Zone: p.Zone.String(), Login: p.Login, Version: p.Version, Fresh: p.fresh(q),
		English: q.chosen("lang", "en"), Swedish: q.chosen("lang", "sv"), Light: q.chosen("theme", "light"), Dark: q.chosen("theme", "dark"),
		Renewal: &q.renewal, Content: template.HTML(content.String()), // It was escaped by its own template.
	})
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
	if q.Tag != "" {
		header.Set("ETag", q.Tag)
	}
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

package access

import (
	"embed"
	"html/template"
	"net/http"

	"sellerpulse/internal/web/assets"
)

//go:embed pages/*.html
var pageFiles embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{"asset": assets.Path}).ParseFS(pageFiles, "pages/*.html"))

// frame is what is around a page.
type frame struct {
	Title string
	Theme string // light, dark, or empty for what the system has
}

// themeCookie keeps the theme that a reader of the dashboard chose.
const themeCookie = "theme"

func frameOf(r *http.Request, title string) frame {
	f := frame{Title: title}
	if c, err := r.Cookie(themeCookie); err == nil && (c.Value == "light" || c.Value == "dark") {
		f.Theme = c.Value
	}
	return f
}

// loginPage is what the page to log in shows.
type loginPage struct {
	Frame    frame
	Error    string // empty for none
	To       string // where to go then
	Name     string // of who is logged in; empty for nobody
	Role     string
	ByToken  bool
	ByIssuer bool
}

// errorPage is what a page of an error shows.
type errorPage struct {
	Frame  frame
	Detail string
}

func writePage(w http.ResponseWriter, status int, name string, content any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = pages.ExecuteTemplate(w, name, content) // The one who asked has gone.
}

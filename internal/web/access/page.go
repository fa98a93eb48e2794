package access

import (
	"embed"
	"html/template"
	"net/http"
)

//go:embed pages/*.html
var pageFiles embed.FS

var pages = template.Must(template.ParseFS(pageFiles, "pages/*.html"))

// loginPage is what the page to log in shows.
type loginPage struct {
	Error    string // empty for none
	To       string // where to go then
	Name     string // of who is logged in; empty for nobody
	Role     string
	ByToken  bool
	ByIssuer bool
}

// errorPage is what a page of an error shows.
type errorPage struct{ Title, Detail string }

func writePage(w http.ResponseWriter, status int, name string, content any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = pages.ExecuteTemplate(w, name, content) // The one who asked has gone.
}

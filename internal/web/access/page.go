package access

import (
	"embed"
	"html/template"
	"net/http"

	"sellerpulse/internal/web/assets"
	"sellerpulse/internal/web/reader"
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed swedish.json
var swedishFile []byte

// swedish is the Swedish of each English text of the pages.
var swedish = reader.ParseTexts(swedishFile)

// pages are the templates by language.
var pages = func() map[string]*template.Template {
	all := map[string]*template.Template{}
	for _, lang := range reader.Choices[reader.LanguageChoice] {
		functions := template.FuncMap{"asset": assets.Path, "t": func(text string, values ...any) string { return swedish.In(lang, text, values...) }}
		all[lang] = template.Must(template.New("").Funcs(functions).ParseFS(pageFiles, "pages/*.html"))
	}
	return all
}()

// frame is what is around a page.
type frame struct {
	Title string // in English
	Theme string // light, dark, or empty for what the system has
	Lang  string
}

func frameOf(r *http.Request, title string) frame {
	return frame{title, reader.Chosen(r, reader.ThemeChoice), reader.Name(reader.Language(r))}
}

// loginPage is what the page to log in shows.
type loginPage struct {
	Frame    frame
	Error    string // in English; empty for none
	To       string // where to go then
	Name     string // of who is logged in; empty for nobody
	Role     string
	ByToken  bool
	ByIssuer bool
}

// errorPage is what a page of an error shows.
type errorPage struct {
	Frame  frame
	Detail string // in English
}

func writePage(w http.ResponseWriter, status int, name, lang string, content any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", lang)
	w.WriteHeader(status)
	_ = pages[lang].ExecuteTemplate(w, name, content) // The one who asked has gone.
}

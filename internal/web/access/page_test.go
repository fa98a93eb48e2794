package access

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// texts are the English texts of the pages: those of the templates, and of the code those that people are refused with.
func texts(t *testing.T) (all []string) {
	t.Helper()
	for _, r := range []Role{Anyone, Viewer, Operator} {
		all = append(all, r.String())
	}
	call := regexp.MustCompile(`\{\{t "([^"]+)"`)
	for _, file := range files(t, "pages/*.html") {
		for _, match := range call.FindAllStringSubmatch(read(t, file), -1) {
			all = append(all, match[1])
		}
	}
	for _, name := range files(t, "*.go") {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok && slices.Contains([]string{"refuse", "refuseAccount", "writeLogin"}, calledBy(c)) {
				for _, arg := range c.Args {
					if text := literal(arg); strings.Contains(text, " ") {
						all = append(all, text)
					}
				}
			}
			return true
		})
	}
	return all
}

func files(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	names = slices.DeleteFunc(names, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	return names
}

func calledBy(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	default:
		return ""
	}
}

func literal(e ast.Expr) string {
	if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
		if text, err := strconv.Unquote(l.Value); err == nil {
			return text
		}
	}
	return ""
}

func TestEveryTextIsTranslated(t *testing.T) {
	all := texts(t)
	if len(all) < 20 {
		t.Errorf("found %d texts only: %q", len(all), all)
	}
	for _, text := range all {
		if swedish[text] == "" {
			t.Errorf("swedish.json lacks %q", text)
		}
	}
}

// Pages are in the language of who reads them, and so is what they say of an error.
func TestPagesOfALanguage(t *testing.T) {
	k := newKeyring(t)
	s := serve(t, Options{TokensFile: k.path})
	client := browser(t, nil)
	const swedes = "Accept-Language: sv-SE,sv;q=0.9,en;q=0.5"
	for name, c := range map[string]struct {
		method, path, body, language string
		want                         []string
	}{
		"to log in":     {"GET", "/login", "", swedes, []string{`lang="sv"`, "<title>Logga in ", "<h1>Logga in</h1>", `<label for="token">Nyckel</label>`}},
		"a wrong token": {"POST", "/login", "token=wrong", swedes, []string{"Denna nyckel är okänd"}},
		"in English":    {"GET", "/login", "", "Accept-Language: de", []string{`lang="en"`, "<h1>Log in</h1>"}},
		"as was chosen": {"GET", "/login", "", swedes + "\nCookie: lang=en; theme=dark", []string{`lang="en"`, `data-theme="dark"`, "<h1>Log in</h1>"}},
	} {
		t.Run(name, func(t *testing.T) {
			page := ask(t, client, c.method, s.URL+c.path, c.body, append(strings.Split(c.language, "\n"), html, form)...)
			for _, want := range c.want {
				if !strings.Contains(page.body, want) {
					t.Errorf("no %q in %s", want, page.body)
				}
			}
			if got := page.header.Get("Content-Language"); !strings.Contains(c.want[0], got) && name != "a wrong token" {
				t.Errorf("Content-Language %q", got)
			}
		})
	}
	s.login(t, client, k.secrets["otto"])
	if page := ask(t, client, "GET", s.URL+"/nowhere", "", html, swedes); !strings.Contains(page.body, "<h1>Finns inte</h1>") || !strings.Contains(page.body, "det finns ingenting på den här adressen") {
		t.Errorf("where nothing is: %s", page.body)
	}
	if page := ask(t, client, "GET", s.URL+"/login", "", html, swedes); !strings.Contains(page.body, "Du är inloggad som <span class=\"value\">otto</span>, operatör.") || !strings.Contains(page.body, "Logga in som någon annan") {
		t.Errorf("logged in: %s", page.body)
	}
}

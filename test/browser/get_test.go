package browser

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// document is a page as its HTML is, with nothing run.
type document struct{ *goquery.Document }

// get asks for an address, as a browser without JavaScript.
func get(t testing.TB, address string) (status int, page document) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if page.Document, err = goquery.NewDocumentFromReader(response.Body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, page
}

// getJSON asks for what the API tells.
func getJSON(t testing.TB, address string, into any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(into); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s is %d, %v", address, response.StatusCode, err)
	}
}

func (d *document) has(selector string) bool { return d.Find(selector).Length() > 0 }

// texts are those of all elements of a selector, with their spaces as one.
func (d *document) texts(selector string) (texts []string) {
	d.Find(selector).Each(func(_ int, s *goquery.Selection) { texts = append(texts, strings.Join(strings.Fields(s.Text()), " ")) })
	return texts
}

package reader

import (
	"net/http/httptest"
	"testing"
)

func TestLanguage(t *testing.T) {
	for name, c := range map[string]struct{ cookie, accepts, want string }{
		"nothing":                   {"", "", "en"},
		"what the browser says":     {"", "sv-SE,sv;q=0.9,en;q=0.5", "sv"},
		"what was chosen":           {"lang=en", "sv", "en"},
		"another than there is":     {"", "fr", "en"},
		"a choice that there is no": {"lang=fr", "sv", "sv"},
		"a header that is none":     {"", ";;;q=", "en"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Cookie", c.cookie)
			r.Header.Set("Accept-Language", c.accepts)
			if got := Name(Language(r)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTexts(t *testing.T) {
	texts := ParseTexts([]byte(`{"%d orders": "%d beställningar", "Order": "Beställning"}`))
	for got, want := range map[string]string{
		texts.In("sv", "%d orders", 3): "3 beställningar",
		texts.In("en", "%d orders", 3): "3 orders",
		texts.In("sv", "Order"):        "Beställning",
		texts.In("sv", "100 %"):        "100 %",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

package reader

import (
	"net/http"
	"slices"

	"golang.org/x/text/language"
)

// What a reader may choose: cookies by these names.
const (
	LanguageChoice = "lang"
	ThemeChoice    = "theme"
)

// Choices are the values of each choice.
var Choices = map[string][]string{LanguageChoice: {"en", "sv"}, ThemeChoice: {"light", "dark"}}

// matcher has the tags of the languages, the first for whoever asks for another.
var matcher = language.NewMatcher([]language.Tag{language.English, language.Swedish})

// Chosen is what a reader chose; empty for nothing that there is.
func Chosen(r *http.Request, name string) string {
	cookie, err := r.Cookie(name)
	if err != nil || !slices.Contains(Choices[name], cookie.Value) {
		return ""
	}
	return cookie.Value
}

// Language is the tag of the language that a reader chose, or that the browser accepts.
func Language(r *http.Request) language.Tag {
	return Match(Chosen(r, LanguageChoice), r.Header.Get("Accept-Language"))
}

// Match is the tag of what was chosen, or else of what is accepted, as a header has it.
func Match(chosen, accepted string) language.Tag {
	tag, _ := language.MatchStrings(matcher, chosen, accepted)
	return tag
}

// Name is a language as html has it: en or sv.
func Name(tag language.Tag) string {
	base, _ := tag.Base()
	return base.String()
}

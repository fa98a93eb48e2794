package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Names that parameters may be; an empty one was not given.
type (
	statusName  string
	stateName   string
	kindName    string
	className   string
	channelName string
	whichName   string
	sortName    string
)

// kinds are those of alerts.
const kinds = outputs.KindResolved + 1

// Schema implements huma.SchemaProvider.
func (statusName) Schema(huma.Registry) *huma.Schema { return oneOf(namesOf(rules.NumStatuses)) }

// Schema implements huma.SchemaProvider.
func (stateName) Schema(huma.Registry) *huma.Schema { return oneOf(namesOf(rules.NumStates)) }

// Schema implements huma.SchemaProvider.
func (kindName) Schema(huma.Registry) *huma.Schema { return oneOf(namesOf(kinds)) }

// Schema implements huma.SchemaProvider.
func (className) Schema(huma.Registry) *huma.Schema { return oneOf(namesOf(rules.NumClasses)) }

// Schema implements huma.SchemaProvider.
func (channelName) Schema(huma.Registry) *huma.Schema { return oneOf(namesOf(rules.NumChannels)) }

// Schema implements huma.SchemaProvider.
func (whichName) Schema(huma.Registry) *huma.Schema { return oneOf(inspect.Whiches()) }

// Schema implements huma.SchemaProvider.
func (sortName) Schema(huma.Registry) *huma.Schema { return oneOf(sorts) }

func oneOf[T ~string](names []T) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, name := range names {
		s.Enum = append(s.Enum, string(name))
	}
	return s
}

// enum is a type whose values are numbers from 0 on, and have names.
type enum interface {
	~uint8
	String() string
}

// namesOf are the names of the values below a number.
func namesOf[T enum](n T) (names []string) {
	for v := range n {
		names = append(names, v.String())
	}
	return names
}

// valueOf is the value below a number that has a name, which was checked; nil for one that was not given.
func valueOf[T enum, N ~string](name N, n T) *T {
	if i := slices.Index(namesOf(n), string(name)); i >= 0 {
		v := T(i)
		return &v
	}
	return nil
}

// valuesOf are the values below a number that have names.
func valuesOf[T enum, N ~string](names []N, n T) (values []T) {
	for _, name := range names {
		values = append(values, *valueOf(name, n))
	}
	return values
}

// dateOf is an order date; nil for one that was not given.
func dateOf(name, text string) (*windows.Date, error) {
	if text == "" {
		return nil, nil
	}
	date, err := windows.ParseDate(text)
	if err != nil {
		return nil, wrong("query."+name, fmt.Sprintf("%q is no date: write it as 2026-01-31", text))
	}
	return &date, nil
}

// datesOf are the first and the last order date that are asked for.
func datesOf(first, last string) (from, to *windows.Date, err error) {
	if from, err = dateOf("from", first); err != nil {
		return nil, nil, err
	}
	to, err = dateOf("to", last)
	return from, to, err
}

// instantOf is an instant, or the beginning of the day that is so many days after a date; 0 for one that was not given.
func (a *api) instantOf(name, text string, later windows.Date) (events.Millis, error) {
	if text == "" {
		return 0, nil
	}
	if date, err := windows.ParseDate(text); err == nil {
		return windows.NewCalendar(a.o.Zone).Start(date + later), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, wrong("query."+name, fmt.Sprintf("%q is neither a date nor an instant: write it as 2026-01-31 or 2026-01-31T12:00:00Z", text))
	}
	return at.UnixMilli(), nil
}

// givenOf is a parameter that may be empty: a product line, or a part; nil where none was given.
func givenOf(r *http.Request, name, value string) *string {
	if !r.URL.Query().Has(name) {
		return nil
	}
	return &value
}

// given is a text; nil for an empty one.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// known refuses parameters that there are none of, which would be passed over else, as a filter that was misspelt.
func (a *api) known(c huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(c)
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		sendProblem(w, problemOf(r.Context(), wrong("query", err.Error()+": percent-encode what is in a query")))
		return
	}
	var names []string
	for _, p := range c.Operation().Parameters {
		if p.In == "query" {
			names = append(names, p.Name)
		}
	}
	var errs []error
	for name, values := range query {
		switch {
		case !slices.Contains(names, name) && len(names) == 0:
			errs = append(errs, &huma.ErrorDetail{Location: "query." + name, Message: "nothing is to be given here"})
		case !slices.Contains(names, name):
			errs = append(errs, &huma.ErrorDetail{Location: "query." + name, Message: "there is no such parameter: use " + strings.Join(names, ", ")})
		case len(values) > 1:
			errs = append(errs, &huma.ErrorDetail{Location: "query." + name, Message: fmt.Sprintf("given %d times: give it once; of a list, values with commas between them", len(values))})
		}
	}
	if len(errs) == 0 {
		next(c)
		return
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	sendProblem(w, huma.Error422UnprocessableEntity(validationFailed, errs...))
}

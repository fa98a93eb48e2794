package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/view"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// sorts are the orders of sellers, as [view.Sort] numbers them.
var sorts = []sortName{view.ByNearness: "nearness", view.ByID: "id", view.ByAsOf: "as_of", view.ByRecovery: "recovered"}

// Freshness says as of when a list is, and what is not in it.
type Freshness struct {
	AsOf       *inspect.Instant `json:"as_of" doc:"The newest stream time of what is listed; null before there is any."`
	Published  *inspect.Instant `json:"published_at" doc:"When the newest report or alert was published, by the brokers."`
	Whole      bool             `json:"whole" doc:"All that was published when the process started has been read; before, sellers and alerts are missing."`
	Behind     int64            `json:"behind" doc:"Offsets that were published and not read yet."`
	Omitted    int              `json:"omitted" doc:"Sellers for which there is no room in memory, and which are in no list."`
	Unreadable int64            `json:"unreadable" doc:"Records that could not be decoded, and are left out."`
	Failing    *string          `json:"failing" doc:"Why something cannot be read at the moment; null where all is read."`
}

func freshnessOf(a view.AsOf) Freshness {
	f := Freshness{AsOf: knownInstant(a.StreamTime), Published: knownInstant(a.Published), Whole: a.Whole, Behind: a.Behind, Omitted: a.Omitted, Unreadable: a.Unreadable}
	if a.Failing != nil {
		f.Failing = given(a.Failing.Error())
	}
	return f
}

func knownInstant(at events.Millis) *inspect.Instant {
	if at == events.None {
		return nil
	}
	i := inspect.Instant(at)
	return &i
}

// Sellers is a page of a list of sellers.
type Sellers struct {
	Freshness
	Total   int      `json:"total" doc:"Of all pages, at this moment."`
	Sellers []Seller `json:"sellers"`
	Next    *string  `json:"next_cursor" doc:"The cursor of the next page; null on the last one."`
}

// Seller is where a seller stands by its latest report.
type Seller struct {
	SellerID  string          `json:"seller_id"`
	Status    statusName      `json:"status"`
	AsOf      inspect.Instant `json:"as_of" doc:"Stream time of its report."`
	Nearest   *Nearest        `json:"nearest" doc:"Null where no rule has data."`
	Recovered *Recovery       `json:"recovered" doc:"The last breach that is over; null where there was none."`
	Rules     []rule          `json:"rules" doc:"As in its report."`
}

// Nearest is the rule by which a seller is nearest to a breach, or in one.
type Nearest struct {
	Rule  string    `json:"rule"`
	Class className `json:"class"`
	Used  float64   `json:"used" doc:"How much of what the target allows is used: 1 or more misses it."`
}

// Recovery is when a rule left BREACHED.
type Recovery struct {
	Rule string          `json:"rule"`
	At   inspect.Instant `json:"at"`
}

// rule is a rule of a report, as the report has it.
type rule struct{ *outputs.RuleReport }

// MarshalJSON implements json.Marshaler.
func (r rule) MarshalJSON() ([]byte, error) { return r.AppendJSON(nil), nil }

// Schema implements huma.SchemaProvider.
func (rule) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[RuleReport](), true, "")
}

var _ json.Marshaler = rule{}

func sellerOf(s *view.Seller) Seller {
	answer := Seller{SellerID: s.ID, Status: statusName(s.Status.String()), AsOf: inspect.Instant(s.AsOf), Rules: make([]rule, len(s.Rules))}
	for i := range s.Rules {
		answer.Rules[i] = rule{&s.Rules[i]}
	}
	if n := s.Nearest; n != nil {
		answer.Nearest = &Nearest{n.Rule, className(n.Class.String()), float64(n.Nearness) / float64(rules.AtLimit)}
	}
	if r := s.Recovered; r != nil {
		answer.Recovered = &Recovery{r.Rule, inspect.Instant(r.At)}
	}
	return answer
}

func sellersOf(sellers []view.Seller) []Seller {
	all := make([]Seller, len(sellers))
	for i := range sellers {
		all[i] = sellerOf(&sellers[i])
	}
	return all
}

type sellersInput struct {
	Status []statusName `query:"status" nullable:"false" doc:"Sellers of any of these statuses."`
	Rule   string       `query:"rule" doc:"Sellers that have this rule."`
	State  []stateName  `query:"state" nullable:"false" doc:"Sellers in any of these states under the rule, or without one under any rule."`
	Text   string       `query:"text" doc:"Sellers that have this in their id, in capitals or not."`
	Sort   sortName     `query:"sort" doc:"nearness (the default): nearest to a breach first; id; as_of: changed most recently first; recovered: most recently first."`
	Cursor string       `query:"cursor" doc:"next_cursor of the page before, of the same sort."`
	Limit  int          `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"Sellers of a page."`
}

func (a *api) registerSellers() {
	get(a, operation{
		id: "list-sellers", path: "/sellers", tag: "Sellers", summary: "Where sellers stand",
		says: "Sellers by their latest reports, page by page. Who moves in the order between two pages may be on both, or on none.",
	}, a.sellers)
	get(a, operation{
		id: "get-overview", path: "/overview", tag: "Sellers", summary: "All sellers at a glance",
		says: "How many sellers there are of each status and state, those nearest to a breach, those that recovered last, and how many alerts there were.",
	}, a.overview)
}

func (a *api) sellers(_ *http.Request, in *sellersInput) (*Sellers, error) {
	page, err := a.o.View.Sellers(view.Query{
		Status: valuesOf(in.Status, rules.NumStatuses), Rule: in.Rule, States: valuesOf(in.State, rules.NumStates), Text: in.Text,
		Sort: view.Sort(max(0, slices.Index(sorts, in.Sort))), After: in.Cursor, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	return &Sellers{Freshness: freshnessOf(page.AsOf), Total: page.Total, Sellers: sellersOf(page.Sellers), Next: given(page.Next)}, nil
}

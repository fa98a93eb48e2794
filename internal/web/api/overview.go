package api

import (
	"net/http"

	"sellerpulse/internal/view"
	"sellerpulse/pkg/rules"
)

// Overview is all sellers at a glance.
type Overview struct {
	Freshness
	Version   string         `json:"version" doc:"Of the process that answers."`
	Total     int            `json:"total" doc:"Sellers."`
	Statuses  map[string]int `json:"statuses" doc:"How many sellers are of each status."`
	Rules     []RuleCounts   `json:"rules" doc:"In the order in which reports have them."`
	Nearest   []Seller       `json:"nearest" doc:"Nearest to a breach, of those in none."`
	Recovered []Seller       `json:"recovered" doc:"Recovered last."`
	Alerts    AlertCounts    `json:"alerts"`
}

// RuleCounts is how many sellers are in each state under a rule.
type RuleCounts struct {
	Rule   string         `json:"rule"`
	States map[string]int `json:"states"`
}

// AlertCounts is how many alerts there were of each kind, by their as_of, up to the newest stream time.
type AlertCounts struct {
	LastHour map[string]int `json:"last_hour"`
	LastDay  map[string]int `json:"last_day"`
}

type overviewInput struct {
	Limit int `query:"limit" minimum:"1" maximum:"500" default:"10" doc:"Sellers of each list."`
}

func (a *api) overview(_ *http.Request, in *overviewInput) (*Overview, error) {
	o := a.o.View.Overview(in.Limit)
	answer := &Overview{
		Freshness: freshnessOf(o.AsOf), Version: a.o.Version, Total: o.Sellers, Statuses: counted(o.Statuses[:], rules.NumStatuses), Rules: []RuleCounts{},
		Nearest: sellersOf(o.Nearest), Recovered: sellersOf(o.Recovered), Alerts: AlertCounts{alertsCounted(o.LastHour), alertsCounted(o.LastDay)},
	}
	for i := range o.Rules {
		answer.Rules = append(answer.Rules, RuleCounts{o.Rules[i].Rule, counted(o.Rules[i].States[:], rules.NumStates)})
	}
	return answer, nil
}

func alertsCounted(c view.AlertCounts) map[string]int { return counted(c[:], kinds) }

// counted are counts of the values below a number, by their names, with zeros too.
func counted[T enum](counts []int, n T) map[string]int {
	named := map[string]int{}
	for i, name := range namesOf(n) {
		named[name] = counts[i]
	}
	return named
}

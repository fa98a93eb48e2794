package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"sellerpulse/pkg/rules"
)

// Rules are those in force.
type Rules struct {
	Rules []Definition `json:"rules" doc:"In the order in which they are reported."`
}

// Definition is what a rule says.
type Definition struct {
	Rule           string      `json:"rule"`
	Metric         string      `json:"metric"`
	Class          className   `json:"class"`
	Channel        channelName `json:"channel" doc:"Whose orders it counts."`
	Provisional    bool        `json:"provisional" doc:"Defects are still coming in for orders of its window."`
	Days           int32       `json:"days" doc:"Order dates of its window."`
	Lag            int32       `json:"lag" doc:"How many days before today the last of them is."`
	Target         string      `json:"target" example:"< 0.025"`
	Warn           *string     `json:"warn" doc:"The rate from which on the state is AT_RISK; null where there is none."`
	Resolve        string      `json:"resolve" doc:"What must be met before a breach ends."`
	MinDenominator int32       `json:"min_denominator" doc:"Below it there is NO_DATA."`
}

func definitionOf(r *rules.Rule) Definition {
	d := Definition{
		Rule: r.Name, Metric: r.Metric.FullName(), Class: className(r.Class.String()), Channel: channelName(r.Channel().String()), Provisional: r.Provisional,
		Days: r.Window().Count, Lag: r.Window().Lag, Target: r.Target.String(), Resolve: r.ResolveAt().String(), MinDenominator: int32(max(1, r.MinDenominator)),
	}
	if warn, ok := r.WarnAt(); ok {
		d.Warn = given(warn.String())
	}
	return d
}

func (a *api) registerRules() {
	get(a, operation{
		id: "list-rules", path: "/rules", tag: processTag, summary: "The rules in force", says: "With what each says, defaults too.",
	}, func(*http.Request, *struct{}) (*Rules, error) {
		if a.o.Rules == nil {
			return nil, huma.Error503ServiceUnavailable("this process does not know the rules in force: ask a `processor run` of the application")
		}
		answer := &Rules{Rules: []Definition{}}
		for _, r := range a.o.Rules.Versions() {
			answer.Rules = append(answer.Rules, definitionOf(r))
		}
		return answer, nil
	})
}

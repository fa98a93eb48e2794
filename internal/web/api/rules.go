package api

import (
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Rules are those that were put in force.
type Rules struct {
	Rules []Definition `json:"rules" doc:"In the order in which they are reported, each version for itself."`
}

// Definition is what a version of a rule says.
type Definition struct {
	Rule           string      `json:"rule" doc:"Its full name: of a rule of a pack with that of the pack."`
	Pack           string      `json:"pack" doc:"Whose status it decides; empty where its file names none."`
	Metric         string      `json:"metric" doc:"Its full name."`
	Class          className   `json:"class"`
	Channel        channelName `json:"channel" doc:"Whose orders its metric counts."`
	Provisional    bool        `json:"provisional" doc:"Defects are still coming in for orders of its window."`
	Windows        []Choice    `json:"windows" doc:"Of which the first is chosen whose denominator is great enough."`
	Days           *int32      `json:"days" doc:"Order dates of its window; null where that is of weeks or months, or one of several."`
	Lag            int32       `json:"lag" doc:"How many days before today the window is placed."`
	Target         *string     `json:"target" example:"< 0.025" doc:"What must be met not to be BREACHED; null where no level is."`
	Warn           *string     `json:"warn" doc:"The rate from which on the state is AT_RISK; null where there is none."`
	Resolve        *string     `json:"resolve" doc:"What must be met before a breach ends; null where no level is BREACHED."`
	Levels         []Level     `json:"levels" doc:"From the best down; none of a rule without."`
	MinDenominator int32       `json:"min_denominator" doc:"Below it there is NO_DATA."`
	MinMisses      int64       `json:"min_misses" doc:"Fewer misses are no breach."`
	By             *string     `json:"by" doc:"The field of which each value has a state of its own; null for none."`
	Evaluate       string      `json:"evaluate" example:"monthly 20" doc:"At the start of which days the state moves: always, weekly mon, monthly 20."`
	From           *string     `json:"from" format:"date" doc:"The first day on which it is in force; null for no beginning."`
	Until          *string     `json:"until" format:"date" doc:"The last day on which it is in force; null for no end."`
	Words          []string    `json:"words" doc:"All that it says, in sentences."`
}

// Choice is one of the windows of a rule.
type Choice struct {
	Window   string `json:"window" example:"3mo" doc:"How long it is: in days, whole weeks or whole months."`
	MinTotal int64  `json:"min_total" doc:"The denominator from which on it is chosen; 0 for the last."`
}

func definitionOf(r *rules.Rule) Definition {
	d := Definition{
		Rule: r.Name, Pack: r.Pack, Metric: r.Metric.FullName(), Class: className(r.Class.String()), Channel: channelName(r.Channel().String()), Provisional: r.Provisional,
		Windows: choicesOf(r.Windows), Lag: r.Window().Lag, Target: given(r.Target.String()), Resolve: given(r.ResolveAt().String()), Levels: levelsOf(r.Levels),
		MinDenominator: int32(max(1, r.MinDenominator)), MinMisses: max(1, r.MinMisses), By: given(r.By.String()), Evaluate: r.Evaluate.String(),
		From: dayOf(r.From), Until: dayOf(r.Until), Words: r.Words(),
	}
	if warn, ok := r.WarnAt(); ok {
		d.Warn = given(warn.String())
	}
	if w := r.Window(); len(r.Windows) == 1 && w.Every == windows.Day {
		d.Days = &w.Count
	}
	return d
}

func choicesOf(choices []rules.Choice) (all []Choice) {
	for _, c := range choices {
		all = append(all, Choice{strconv.Itoa(int(c.Window.Count)) + c.Window.Every.String(), c.MinTotal})
	}
	return all
}

func levelsOf(levels []rules.Level) []Level {
	all := []Level{}
	for _, l := range levels {
		all = append(all, Level{l.Name, given(l.Target.String()), stateName(l.State.String())})
	}
	return all
}

// dayOf is a day as a text; nil for none.
func dayOf(d *windows.Date) *string {
	if d == nil {
		return nil
	}
	return given(d.String())
}

func (a *api) registerRules() {
	get(a, operation{
		id: "list-rules", path: "/rules", tag: processTag, summary: "The rules", says: "What each version says that was put in force, defaults too; on which days it is.",
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

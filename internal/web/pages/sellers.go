package pages

import (
	"html/template"
	"net/http"
	"net/url"

	"sellerpulse/internal/view"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// option is one of several that a reader may choose.
type option struct {
	Value, Name string
	Selected    bool
}

// options are those of a filter, "any" first.
func options[T interface{ String() string }](q *request, chosen string, any string, all []T, names []string) []option {
	list := []option{{"", any, chosen == ""}}
	for i, value := range all {
		list = append(list, option{value.String(), q.t(names[i]), chosen == value.String()})
	}
	return list
}

// sellerRow is a seller in a list.
type sellerRow struct {
	Link, Seller, Status, StatusClass, Rule, RuleLink, More, State, StateClass, Rate, Left, AsOf, Since string
	Scale                                                                                               template.HTML
}

// row is a seller by its nearest rule.
func (w *words) row(s *view.Seller) sellerRow {
	row := sellerRow{
		Link: sellerLink(s.ID), Seller: s.ID, Status: w.t(statusNames[s.Status]), StatusClass: statusClasses[s.Status], AsOf: w.minute(s.AsOf),
		Rule: dash, Rate: dash, Left: dash, Since: dash,
	}
	r := nearestRule(s)
	if r == nil {
		return row
	}
	row.Rule, row.RuleLink, row.Rate = w.ruleName(r.Rule, r.Part), ruleLink(s.ID, r.Rule, r.Part), w.rate(r.Numerator, r.Denominator)
	row.State, row.StateClass = w.standing(r), stateClasses[r.State]
	if others := breached(s) - 1; r.State == rules.Breached && others > 0 {
		row.More = "+" + w.count(others)
	}
	if r.Since != 0 {
		row.Since = w.day(r.Since)
	}
	if r.State == rules.Breached {
		row.Left = "" // It is behind the limit.
	} else if left, ok := w.judged(r, s.Today).DefectsToBreach(r.Numerator, r.Denominator, r.ProjectedState); ok {
		row.Left = w.count(left)
	}
	row.Scale = w.scale(r, s.Nearest.Nearness)
	return row
}

// nearestRule is the rule, or the part of it, by which a seller is nearest to a breach; nil for none.
func nearestRule(s *view.Seller) (nearest *outputs.RuleReport) {
	if s.Nearest == nil {
		return nil
	}
	for i := range s.Rules {
		if r := &s.Rules[i]; r.Rule == s.Nearest.Rule && (nearest == nil || nearer(r, nearest)) {
			nearest = r
		}
	}
	return nearest
}

func nearer(a, b *outputs.RuleReport) bool {
	x, _ := nearness(a)
	y, _ := nearness(b)
	return x > y
}

// breached is how many rules a seller has breached.
func breached(s *view.Seller) (n int64) {
	for i := range s.Rules {
		if s.Rules[i].State == rules.Breached {
			n++
		}
	}
	return n
}

// scale draws how near a rule is to its limit.
func (w *words) scale(r *outputs.RuleReport, near rules.Nearness) template.HTML {
	used := float64(near) / float64(rules.AtLimit)
	return scale(used, stateClasses[r.State], w.t("%s of the limit is used", w.rate(int64(min(used, 99)*10_000), 10_000)))
}

var sorts = []struct {
	value, name string
	sort        view.Sort
}{
	{"nearness", "nearest to a breach", view.ByNearness}, {"id", "by name", view.ByID}, {"as_of", "changed last", view.ByAsOf}, {"recovered", "recovered last", view.ByRecovery},
}

// sellersPage is the list of sellers.
type sellersPage struct {
	Total                          string
	Statuses, Rules, States, Sorts []option
	Rows                           []sellerRow
	First, Next                    string
	Filtered                       bool
}

// sellers shows the list.
func (p *Pages) sellers(q *request) error {
	query, page := view.Query{Text: q.FormValue("text"), Rule: q.FormValue("rule"), After: q.FormValue("after")}, sellersPage{}
	allStatuses := []rules.Status{rules.StatusUnderReview, rules.StatusAtRisk, rules.StatusActive}
	page.Statuses = options(q, q.FormValue("status"), q.t("any status"), allStatuses, pick(statusNames[:], allStatuses))
	query.Status = selected(page.Statuses, allStatuses)
	page.States, query.States = stateOptions(q)
	page.Rules = p.ruleOptions(q, query.Rule)
	for i, s := range sorts {
		chosen := q.FormValue("sort") == s.value || i == 0 && q.FormValue("sort") == ""
		page.Sorts = append(page.Sorts, option{s.value, q.t(s.name), chosen})
		if chosen {
			query.Sort = s.sort
		}
	}
	found, err := p.View.Sellers(query)
	if err != nil {
		return err
	}
	page.Total = q.t("%s sellers", q.count(int64(found.Total)))
	page.Filtered = query.Text+query.Rule != "" || len(query.Status)+len(query.States) > 0
	for i := range found.Sellers {
		page.Rows = append(page.Rows, q.row(&found.Sellers[i]))
	}
	page.First, page.Next = pageLinks(q.URL, query.After, found.Next)
	return p.show(q, http.StatusOK, "sellers", q.t("Sellers"), &page)
}

func stateOptions(q *request) (list []option, chosen []rules.State) {
	all := []rules.State{rules.Breached, rules.AtRisk, rules.OK, rules.NoData}
	list = options(q, q.FormValue("state"), q.t("any state"), all, pick(stateNames[:], all))
	return list, selected(list, all)
}

// ruleOptions are the rules that reports have.
func (p *Pages) ruleOptions(q *request, chosen string) []option {
	list := []option{{"", q.t("any rule"), chosen == ""}}
	for _, r := range p.View.Overview(0).Rules {
		list = append(list, option{r.Rule, r.Rule, chosen == r.Rule})
	}
	return list
}

// pick are the names of some values.
func pick[T ~uint8](names []string, values []T) (picked []string) {
	for _, v := range values {
		picked = append(picked, names[v])
	}
	return picked
}

// selected are the values that are chosen: none for any.
func selected[T any](options []option, values []T) (chosen []T) {
	for i, o := range options[1:] {
		if o.Selected {
			chosen = append(chosen, values[i])
		}
	}
	return chosen
}

// pageLinks are the addresses of the first and of the next page of a list; empty where it is this one, or none.
func pageLinks(at *url.URL, after, next string) (first, further string) {
	link := func(after string) string {
		query := at.Query()
		query.Del("after")
		if after != "" {
			query.Set("after", after)
		}
		return "?" + query.Encode()
	}
	if after != "" {
		first = link("")
	}
	if next != "" {
		further = link(next)
	}
	return first, further
}

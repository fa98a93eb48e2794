package pages

import (
	"net/http"
	"strings"

	"sellerpulse/internal/web/survey"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// definition is a rule that is in force.
type definition struct{ Name, Metric, Channel, Window, Target, Class string }

// systemPage is what the processors of the application do.
type systemPage struct {
	Newest     string // stream time
	Known      string // as of when it is known who has what
	Notices    []string
	Tiles      []tile
	Partitions []partitionRow
	Members    []memberRow
	Letters    *letterPart // nil where they are not followed
	Rules      []definition
	RulesSay   string
}

// system shows all partitions, the processes, the dead letters, how fresh the lists are, and the rules.
func (p *Pages) system(q *request) error {
	all, err := p.Survey.Partitions(q.Request)
	if err != nil {
		return err
	}
	a := p.View.AsOf()
	page := systemPage{Newest: q.at(a.StreamTime)}
	page.known(q, all)
	if a.Failing != nil {
		page.Notices = append(page.Notices, q.t("What is published cannot be read at the moment: %s.", a.Failing.Error()))
	}
	for i := range all.Members {
		page.Members = append(page.Members, q.memberRow(&all.Members[i], all))
	}
	page.partitions(q, all)
	page.Letters = p.letters(q)
	if page.Letters != nil {
		page.Tiles = append(page.Tiles, page.Letters.Tile)
	}
	page.Tiles = append(page.Tiles, tile{Count: q.count(a.Behind), Name: q.t("reports and alerts to read")})
	if a.Omitted > 0 {
		page.Tiles = append(page.Tiles, tile{Count: q.count(int64(a.Omitted)), Name: q.t("sellers for whom there is no room"), Class: "warn"})
	}
	if a.Unreadable > 0 {
		page.Tiles = append(page.Tiles, tile{Count: q.count(a.Unreadable), Name: q.t("records that cannot be read"), Class: "bad"})
	}
	page.rules(q, p)
	return p.show(q, http.StatusOK, "system", q.t("System"), &page)
}

// known says as of when, and how well, it is known who has what.
func (page *systemPage) known(q *request, all *survey.Partitions) {
	if all.AsOf != nil {
		page.Known = q.t("who has what as of %s", q.at(events.Millis(*all.AsOf)))
	}
	switch {
	case len(all.Partitions) == 0 && all.Not != nil:
		page.Notices = append(page.Notices, q.t("It is not known which partitions there are: %s.", *all.Not))
	case all.Not != nil:
		page.Notices = append(page.Notices, q.t("Who has which partition may have changed: %s.", *all.Not))
	case all.Stale:
		page.Notices = append(page.Notices, q.t("Who has which partition may have changed: the group is being asked again."))
	}
	silent := int64(0)
	for i := range all.Members {
		if all.Members[i].Not != nil {
			silent++
		}
	}
	if silent > 0 {
		page.Notices = append(page.Notices, q.t("%s of %s processes did not answer: what they do is not known. Below is why.", q.count(silent), q.count(int64(len(all.Members)))))
	}
}

// rules are those of this process, or else those that sellers are reported under.
func (page *systemPage) rules(q *request, p *Pages) {
	if p.Rules != nil {
		for _, r := range p.Rules.Versions() {
			page.Rules = append(page.Rules, q.defined(r))
		}
		return
	}
	page.RulesSay = q.t("by the latest reports of sellers")
	for _, r := range p.View.Rules() {
		page.Rules = append(page.Rules, q.definition(&r))
	}
}

// defined is a version of a rule of this process.
func (w *words) defined(r *rules.Rule) definition {
	d := w.definition(&outputs.RuleReport{Rule: r.Name, Metric: r.Metric.FullName(), Channel: r.Channel(), Window: r.Window(), Target: r.Target, Class: r.Class})
	d.Target = w.aim(r)
	var lengths []string
	for _, c := range r.Windows {
		lengths = append(lengths, w.extent(c.Window))
	}
	if lag := r.Window().Lag; len(lengths) > 1 || r.Window().Every != windows.Day {
		if d.Window = strings.Join(lengths, ", "); lag > 0 {
			d.Window = w.t("%s, up to %s days ago", d.Window, w.count(int64(lag)))
		}
	}
	if r.From != nil {
		d.Name += " · " + w.t("from %s", r.From.String())
	}
	if r.Until != nil {
		d.Name += " · " + w.t("until %s", r.Until.String())
	}
	return d
}

func (w *words) definition(r *outputs.RuleReport) definition {
	d := definition{
		Name: r.Rule, Metric: w.metric(r.Metric), Channel: w.t(channelNames[r.Channel]), Window: w.t("%s days", w.count(int64(r.Window.Count))),
		Target: w.target(r.Target), Class: w.t(classNames[r.Class]),
	}
	if r.Window.Lag > 0 {
		d.Window = w.t("%s days, up to %s days ago", w.count(int64(r.Window.Count)), w.count(int64(r.Window.Lag)))
	}
	return d
}

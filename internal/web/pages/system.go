package pages

import (
	"net/http"

	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
)

// taskRow is a partition.
type taskRow struct{ Partition, Phase, Class, Owner, StreamTime, Lag, Remarks string }

// definition is a rule that is in force.
type definition struct{ Name, Metric, Window, Target, Class string }

// systemPage is what the processor says of itself.
type systemPage struct {
	Tiles []tileOf
	Says  string
	Tasks []taskRow
	Rules []definition
}

// tileOf is a number in large letters.
type tileOf struct{ Value, Name, Class string }

// system shows the partitions, how fresh the lists are, and the rules.
func (p *Pages) system(q *request) error {
	a := p.View.AsOf()
	page := systemPage{Says: q.t("of this process")}
	var tasks []task.Status
	if p.Tasks != nil {
		tasks = p.Tasks()
	}
	lag := int64(0)
	for i := range tasks {
		lag += tasks[i].Lag
		page.Tasks = append(page.Tasks, q.task(&tasks[i]))
	}
	page.Tiles = []tileOf{
		{q.count(int64(len(tasks))), q.t("partitions of this process"), ""},
		{q.count(lag), q.t("events to be read"), ""},
		{q.count(a.Behind), q.t("reports and alerts to be read"), ""},
		{q.at(a.StreamTime), q.t("newest stream time"), ""},
	}
	if a.Omitted > 0 {
		page.Tiles = append(page.Tiles, tileOf{q.count(int64(a.Omitted)), q.t("sellers for whom there is no room"), "warn"})
	}
	if a.Unreadable > 0 {
		page.Tiles = append(page.Tiles, tileOf{q.count(a.Unreadable), q.t("records that cannot be read"), "bad"})
	}
	if p.Rules != nil {
		for _, r := range p.Rules.Rules() {
			page.Rules = append(page.Rules, definition{
				r.Name, q.t(metricNames[r.Metric]), q.t("%s days, ending %s days ago", q.count(int64(r.Window.Days)), q.count(int64(r.Window.Lag))), q.target(r.Target), q.t(classNames[r.Class]),
			})
		}
	}
	return p.show(q, http.StatusOK, "system", q.t("System"), &page)
}

func (q *request) task(t *task.Status) taskRow {
	row := taskRow{Partition: q.count(int64(t.Partition)), Phase: string(t.Phase), Class: "good", StreamTime: q.at(t.StreamTime), Lag: q.count(t.Lag), Owner: q.t("this process")}
	if t.StreamTime == events.None {
		row.StreamTime = "–"
	}
	switch {
	case t.Failure != nil:
		row.Class, row.Remarks = "bad", t.Failure.Err.Error()
	case t.Phase == task.Restoring:
		row.Class, row.Remarks = "warn", q.t("%s of %s changelog offsets read", q.count(t.Restored), q.count(t.ToRestore))
	case t.Phase == task.Rebuilding:
		row.Class, row.Remarks = "warn", q.t("%s of %s sellers done", q.count(int64(t.Rebuilt)), q.count(int64(t.ToRebuild)))
	}
	return row
}

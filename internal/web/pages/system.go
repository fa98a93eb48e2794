package pages

import (
	"net/http"

	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
)

// taskRow is a partition.
type taskRow struct{ Partition, Phase, Class, StreamTime, Lag, Remarks, Remedy string }

// definition is a rule that is in force.
type definition struct{ Name, Metric, Channel, Window, Target, Class string }

// systemPage is what the processor says of itself.
type systemPage struct {
	Tiles  []tile
	Newest string // stream time
	Tasks  []taskRow
	Rules  []definition
}

// system shows the partitions, how fresh the lists are, and the rules.
func (p *Pages) system(q *request) error {
	a := p.View.AsOf()
	page := systemPage{Newest: q.at(a.StreamTime)}
	var tasks []task.Status
	if p.Tasks != nil {
		tasks = p.Tasks()
	}
	lag := int64(0)
	for i := range tasks {
		lag += tasks[i].Lag
		page.Tasks = append(page.Tasks, q.task(&tasks[i]))
	}
	page.Tiles = []tile{
		{Count: q.count(int64(len(tasks))), Name: q.t("partitions of this process")},
		{Count: q.count(lag), Name: q.t("events to be read")},
		{Count: q.count(a.Behind), Name: q.t("reports and alerts to be read")},
	}
	if a.Omitted > 0 {
		page.Tiles = append(page.Tiles, tile{Count: q.count(int64(a.Omitted)), Name: q.t("sellers for whom there is no room"), Class: "warn"})
	}
	if a.Unreadable > 0 {
		page.Tiles = append(page.Tiles, tile{Count: q.count(a.Unreadable), Name: q.t("records that cannot be read"), Class: "bad"})
	}
	if p.Rules != nil {
		for _, r := range p.Rules.Versions() {
			page.Rules = append(page.Rules, q.definition(r))
		}
	}
	return p.show(q, http.StatusOK, "system", q.t("System"), &page)
}

func (w *words) definition(r *rules.Rule) definition {
	d := definition{
		Name: r.Name, Metric: w.metric(r.Metric.FullName()), Channel: w.t(channelNames[r.Channel()]), Window: w.t("%s days", w.count(int64(r.Window().Count))),
		Target: w.target(r.Target), Class: w.t(classNames[r.Class]),
	}
	if r.Window().Lag > 0 {
		d.Window = w.t("%s days, up to %s days ago", w.count(int64(r.Window().Count)), w.count(int64(r.Window().Lag)))
	}
	return d
}

func (w *words) task(t *task.Status) taskRow {
	row := taskRow{
		Partition: w.count(int64(t.Partition)), Phase: w.t(phaseNames[t.Phase]), Class: phaseClasses[t.Phase], StreamTime: w.at(t.StreamTime), Lag: w.count(t.Lag),
	}
	if t.StreamTime == events.None {
		row.StreamTime = dash
	}
	switch {
	case t.Failure != nil:
		row.Class, row.Remarks, row.Remedy = "bad", t.Failure.Err.Error(), t.Failure.Remedy
	case t.Phase == task.Restoring:
		row.Remarks = w.t("%s of %s changelog offsets read", w.count(t.Restored), w.count(t.ToRestore))
	case t.Phase == task.Rebuilding:
		row.Remarks = w.t("%s of %s sellers done", w.count(int64(t.Rebuilt)), w.count(int64(t.ToRebuild)))
	}
	return row
}

package pages

import (
	"slices"
	"strings"

	"sellerpulse/internal/task"
	"sellerpulse/internal/web/survey"
	"sellerpulse/pkg/events"
)

// partitionRow is a partition. What is not known of it is a dash.
type partitionRow struct {
	Partition, Phase, Class, Process, StreamTime, Lag, Delay, Rate, Standbys string
	Self                                                                     bool
	Remarks                                                                  []remark
}

// remark is what is to be said below a row, and what to do.
type remark struct{ Says, Do string }

// memberRow is a process.
type memberRow struct {
	Process, Member, Owned, Standbys, Class, Says string
	Self                                          bool
	Remark                                        string
}

// processName is how a member is called: by where it answers, else by its id.
func processName(m *survey.Member) string {
	if m.Address != nil {
		_, host, _ := strings.Cut(*m.Address, "://")
		return host
	}
	return m.Member
}

func memberOf(all *survey.Partitions, id string) *survey.Member {
	i := slices.IndexFunc(all.Members, func(m survey.Member) bool { return m.Member == id })
	if i < 0 {
		return &survey.Member{Member: id}
	}
	return &all.Members[i]
}

func (w *words) memberRow(m *survey.Member, all *survey.Partitions) memberRow {
	owned, standbys := int64(0), int64(0)
	for i := range all.Partitions {
		of := &all.Partitions[i]
		if of.Owner != nil && *of.Owner == m.Member {
			owned++
		}
		if slices.Contains(of.Standbys, m.Member) {
			standbys++
		}
	}
	row := memberRow{Process: processName(m), Member: m.Member, Owned: w.count(owned), Standbys: w.count(standbys), Self: m.Self, Class: "good", Says: w.t("answers")}
	if m.Not != nil {
		row.Class, row.Says, row.Remark = "bad", w.t("does not answer"), *m.Not
	}
	return row
}

// partitions lists all partitions, those that somebody should look at first, and adds them up.
func (page *systemPage) partitions(q *request, all *survey.Partitions) {
	var troubled, rest []partitionRow
	lag, rate, delay, working, class := int64(0), int64(0), 0.0, int64(0), "good"
	for i := range all.Partitions {
		row, at := q.partitionRow(&all.Partitions[i], all)
		if at != nil {
			lag, rate, delay = lag+at.Lag, rate+at.LastMinute, max(delay, at.Delay)
		}
		if at != nil && at.Phase == task.Running {
			working++
		} else {
			class = worse(class, row.Class)
		}
		if row.Class == "good" {
			rest = append(rest, row)
		} else {
			troubled = append(troubled, row)
		}
	}
	page.Partitions = slices.Concat(troubled, rest)
	if len(all.Partitions) == 0 {
		class = "bad"
	}
	page.Tiles = []tile{
		{Count: q.counts(working, int64(len(all.Partitions))), Name: q.t("partitions at work"), Class: class},
		{Count: q.count(lag), Name: q.t("events to read")},
		{Count: q.perSecond(rate), Name: q.t("events a second, last minute")},
		{Count: q.duration(delay), Name: q.t("largest delay")},
	}
}

// worse is the worse of two classes.
func worse(a, b string) string {
	for _, class := range []string{"bad", "warn", "none"} {
		if a == class || b == class {
			return class
		}
	}
	return a
}

// partitionRow is a partition, and the task of who works on it, or is to; nil where none is known.
func (w *words) partitionRow(of *survey.Partition, all *survey.Partitions) (row partitionRow, at *survey.MemberTask) {
	row = partitionRow{Partition: w.count(int64(of.Partition)), Process: dash, StreamTime: dash, Lag: dash, Delay: dash, Rate: dash, Standbys: w.standbys(of, all)}
	at = worker(of)
	if at == nil {
		w.nobody(&row, of, all)
		return row, nil
	}
	member := memberOf(all, at.Member)
	row.Process, row.Self, row.Phase, row.Class = processName(member), member.Self, w.t(phaseNames[at.Phase]), phaseClasses[at.Phase]
	row.Lag, row.Delay, row.Rate = w.count(at.Lag), w.duration(at.Delay), w.perSecond(at.LastMinute)
	if at.StreamTime != nil {
		row.StreamTime = w.at(events.Millis(*at.StreamTime))
	}
	switch at.Phase {
	case task.Restoring:
		row.Remarks = append(row.Remarks, remark{Says: w.t("%s of %s changelog offsets read", w.count(at.Restored), w.count(at.ToRestore))})
	case task.Rebuilding:
		row.Remarks = append(row.Remarks, remark{Says: w.t("%s of %s sellers done", w.count(int64(at.Rebuilt)), w.count(int64(at.ToRebuild)))})
	}
	if f := at.Filling; f != nil {
		row.Remarks = append(row.Remarks, remark{Says: w.filling(f)})
	}
	if at.Blocked > 0 {
		row.Remarks = append(row.Remarks, remark{Says: w.t("%s events wait behind an open transaction of a producer", w.count(at.Blocked))})
	}
	for i := range of.Tasks {
		if f := of.Tasks[i].Failure; f != nil {
			row.Class = worse(row.Class, "warn") // It is bad where it is the partition that has failed.
			row.Remarks = append(row.Remarks, w.failed(f, memberOf(all, of.Tasks[i].Member)))
		}
	}
	return row, at
}

// filling says how far the counts of rules are that are to be in force.
func (w *words) filling(f *survey.Filling) string {
	if f.Of == 0 {
		return w.t("Counts for other rules are filled: %s; %s orders done", w.t(fillingNames[f.Step]), w.count(f.Orders))
	}
	return w.t("Counts for other rules are filled: %s; %s of %s orders done", w.t(fillingNames[f.Step]), w.count(f.Orders), w.count(f.Of))
}

// worker is the task that works on a partition, else that of its owner, else, where the group is not known, of whom there is; nil for none.
func worker(of *survey.Partition) (at *survey.MemberTask) {
	for i := range of.Tasks {
		t := &of.Tasks[i]
		switch {
		case t.Phase == task.Running:
			return t
		case of.Owner != nil && t.Member == *of.Owner:
			at = t
		}
	}
	if at == nil && of.Owner == nil && len(of.Tasks) > 0 && len(of.Standbys) == 0 {
		at = &of.Tasks[0]
	}
	return at
}

// nobody says why nothing is known of a partition.
func (w *words) nobody(row *partitionRow, of *survey.Partition, all *survey.Partitions) {
	if of.Owner == nil {
		row.Phase, row.Class = w.t("nobody has it"), "bad"
		row.Remarks = []remark{{w.t("The group has given it to no process: its events wait."), w.t("If that lasts longer than some seconds, start another processor; the log of the others says why they do not take it.")}}
		return
	}
	owner := memberOf(all, *of.Owner)
	row.Process, row.Self, row.Phase, row.Class = processName(owner), owner.Self, w.t("not known"), "warn"
	if owner.Not != nil {
		row.Remarks = []remark{{Says: w.t("Who works on it did not answer.")}}
		return
	}
	row.Remarks = []remark{{Says: w.t("It has just been given to this process, which has not begun.")}}
}

func (w *words) failed(f *survey.Failure, by *survey.Member) remark {
	says := w.t("Failed since %s, tries: %s.", w.at(events.Millis(f.Since)), w.count(int64(f.Tries)))
	if f.Role == "standby" {
		says = w.t("The copy at %s has failed since %s, tries: %s; the partition is not affected.", processName(by), w.at(events.Millis(f.Since)), w.count(int64(f.Tries)))
	}
	r := remark{Says: says + " " + f.Error}
	if f.At != nil && !strings.Contains(f.Error, *f.At) {
		r.Says = says + " " + *f.At + ": " + f.Error
	}
	if f.Remedy != nil {
		r.Do = *f.Remedy
	}
	return r
}

// standbys are those of a partition, with how far each is behind.
func (w *words) standbys(of *survey.Partition, all *survey.Partitions) string {
	var texts []string
	for _, id := range of.Standbys {
		name := processName(memberOf(all, id))
		i := slices.IndexFunc(of.Tasks, func(t survey.MemberTask) bool { return t.Member == id })
		switch {
		case i < 0:
			name = w.t("%s: not known", name)
		case of.Tasks[i].Lag > 0:
			name = w.t("%s: %s behind", name, w.count(of.Tasks[i].Lag))
		}
		texts = append(texts, name)
	}
	if len(texts) == 0 {
		return dash
	}
	return strings.Join(texts, ", ")
}

// perSecond is a rate of what came in a minute: with a decimal where it is small.
func (w *words) perSecond(inMinute int64) string {
	if inMinute < 600 {
		return w.decimal(float64(inMinute) / 60)
	}
	return w.count((inMinute + 30) / 60)
}

// duration is a time in the unit that suits it.
func (w *words) duration(seconds float64) string {
	const minute, hour, day = 60, 60 * 60, 24 * 60 * 60
	switch {
	case seconds < 10:
		return w.t("%s s", w.decimal(seconds))
	case seconds < 2*minute:
		return w.t("%s s", w.count(int64(seconds)))
	case seconds < 2*hour:
		return w.t("%s min", w.count(int64(seconds/minute)))
	case seconds < 2*day:
		return w.t("%s h", w.count(int64(seconds/hour)))
	}
	return w.t("%s days", w.count(int64(seconds/day)))
}

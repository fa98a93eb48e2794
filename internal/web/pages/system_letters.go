package pages

import (
	"sellerpulse/internal/task"
	"sellerpulse/internal/view"
	"sellerpulse/pkg/events"
)

// letterPart is the dead letters of the last days.
type letterPart struct {
	Tile   tile
	Since  string
	Notice string // what is missing
	Empty  string // said where there are none
	Rows   []letterRow
}

// letterRow is the dead letters of one reason from one topic.
type letterRow struct {
	Reason, Topic, Count, First, Last, Error, Do string
	Places                                       []string
}

// letters shows what went to the dead letters; nil where they are not followed.
func (p *Pages) letters(q *request) *letterPart {
	if p.Letters == nil {
		return nil
	}
	d := p.Letters.DeadLetters()
	part := &letterPart{Since: q.t("since %s", q.minute(d.Since)), Empty: q.t("There were none.")}
	total := d.Other
	for i := range d.Kinds {
		total += d.Kinds[i].Count
		part.Rows = append(part.Rows, q.letterRow(&d.Kinds[i]))
	}
	count := q.count(total)
	switch {
	case d.Failing != nil:
		part.Notice = q.t("The dead letters cannot be read at the moment: %s.", d.Failing.Error())
	case !d.Whole:
		part.Notice = q.t("The dead letters are being read: %s records are left.", q.count(d.Behind))
	case d.Cut:
		part.Notice = q.t("There were more than are read after a start: the counts are too small.")
	case d.Unreadable > 0:
		part.Notice = q.t("%s records there are not of a processor, and are not counted.", q.count(d.Unreadable))
	}
	if part.Notice != "" && !d.Whole {
		part.Empty, count = q.t("It is not known yet whether there are any."), dash
	}
	if d.Other > 0 {
		part.Rows = append(part.Rows, letterRow{Reason: q.t("others"), Topic: dash, Count: q.count(d.Other), First: dash, Last: dash})
	}
	part.Tile = tile{Count: count, Name: q.t("dead letters in seven days"), Link: "#dead-letters"}
	if total > 0 {
		part.Tile.Class = "warn"
	}
	return part
}

func (w *words) letterRow(k *view.LetterKind) letterRow {
	row := letterRow{
		Reason: k.Reason, Topic: k.Topic, Count: w.count(k.Count), First: w.minute(k.First), Last: w.minute(k.Last), Error: k.Error,
		Do: w.t(task.RemedyOf(events.DeadLetterReason(k.Reason))),
	}
	for _, at := range k.Places {
		row.Places = append(row.Places, place(k.Topic, at.Partition, at.Offset))
	}
	return row
}

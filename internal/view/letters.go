package view

import (
	"cmp"
	"slices"
	"strings"

	"sellerpulse/internal/deadletter"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// Bounds of what is kept of dead letters: about a third of a MiB.
const (
	letterDays   = 7
	letterKinds  = 64  // of a day: reasons and topics that are told apart
	letterPlaces = 5   // of a kind and day
	letterError  = 300 // bytes of an error

	dayMillis = dayMinutes * minuteMillis
)

// DeadLetters is what went to the dead letters in the last seven days, of UTC, today among them. An empty one is of a view that does not follow them.
type DeadLetters struct {
	AsOf
	Since events.Millis // the beginning of the first of these days
	Cut   bool          // there were more since then than are read at the start: the counts are too small
	Other int64         // of reasons and topics that are too many to be told apart
	Kinds []LetterKind  // by reason, then by topic
}

// LetterKind is the dead letters of one reason from one topic.
type LetterKind struct {
	Reason, Topic string // the topic by its full name
	Count         int64
	First, Last   events.Millis // when the first and the last of them were published
	Error         string        // of the first, cut to 300 bytes
	Places        []LetterPlace // the first five
}

// LetterPlace is where a dead letter came from.
type LetterPlace struct {
	Partition int32
	Offset    int64
	At        events.Millis // when it was published as a dead letter
}

// letter is one.
type letter struct {
	reason, topic, err string
	LetterPlace
}

// letters is what was read of dead letters, by the day.
type letters struct {
	days [letterDays]letterDay
}

type letterDay struct {
	day   int64
	kinds map[[2]string]*LetterKind
	other int64
}

// add takes a dead letter, unless a day is known that is later by a week.
func (l *letters) add(d *letter) {
	day := d.At / dayMillis
	if day <= 0 {
		return // Before 1970 there was no marketplace.
	}
	of := &l.days[day%letterDays]
	switch {
	case day < of.day:
		return
	case day > of.day:
		*of = letterDay{day: day, kinds: map[[2]string]*LetterKind{}}
	}
	key := [2]string{d.reason, d.topic}
	kind := of.kinds[key]
	if kind == nil {
		if len(of.kinds) == letterKinds {
			of.other++
			return
		}
		kind = &LetterKind{Reason: d.reason, Topic: d.topic}
		of.kinds[key] = kind
	}
	kind.add(&LetterKind{Count: 1, First: d.At, Last: d.At, Error: d.err, Places: []LetterPlace{d.LetterPlace}})
}

// add adds what else there is of the kind.
func (k *LetterKind) add(more *LetterKind) {
	if k.Count == 0 || more.First < k.First {
		k.First, k.Error = more.First, more.Error
	}
	k.Count, k.Last = k.Count+more.Count, max(k.Last, more.Last)
	k.Places = append(k.Places, more.Places...)
	slices.SortFunc(k.Places, func(a, b LetterPlace) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
	k.Places = k.Places[:min(len(k.Places), letterPlaces)]
}

// since adds up the days from one on.
func (l *letters) since(day int64) (kinds []LetterKind, other int64) {
	sums := map[[2]string]*LetterKind{}
	for i := range l.days {
		of := &l.days[i]
		if of.day < day {
			continue
		}
		other += of.other
		for key, kind := range of.kinds {
			sum := sums[key]
			if sum == nil {
				sum = &LetterKind{Reason: kind.Reason, Topic: kind.Topic}
				sums[key] = sum
			}
			sum.add(kind)
		}
	}
	for _, sum := range sums {
		kinds = append(kinds, *sum)
	}
	slices.SortFunc(kinds, func(a, b LetterKind) int {
		return cmp.Or(cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Topic, b.Topic))
	})
	return kinds, other
}

// DeadLetters is what went to the dead letters in the last days.
func (v *View) DeadLetters() DeadLetters {
	first := v.o.Clock().UnixMilli()/dayMillis - letterDays + 1
	v.mutex.Lock()
	defer v.mutex.Unlock()
	d := DeadLetters{AsOf: v.asOf(), Since: first * dayMillis}
	d.Kinds, d.Other = v.letters.since(first)
	for _, l := range v.logs {
		d.Cut = d.Cut || l.cut && l.begun >= d.Since
	}
	return d
}

// letter reads what a record of the dead letters says of itself.
func (d *decoder) letter(r *stream.Record) error {
	l, err := deadletter.Parse(d.log.TopicPartition, r)
	if err != nil {
		return err
	}
	text := strings.ToValidUTF8(l.Error, "\uFFFD")
	text = strings.ToValidUTF8(text[:min(len(text), letterError)], "")
	d.letters = append(d.letters, letter{string(l.Reason), l.Source.Topic, text, LetterPlace{l.Source.Partition, l.Source.Offset, l.At}})
	return nil
}

package rules

import (
	"fmt"
	"slices"
	"strings"

	"sellerpulse/pkg/windows"
)

// Difference is a version of a rule that comes, goes or changes from one set to another.
type Difference struct {
	Rule    string // its full name
	Version string // the days on which it is in force, such as "from 2026-03-01"; empty for always
	Came    bool
	Went    bool
	Changes []Change // what changed of one that is in both
}

// Change is a key of a rule that has another value.
type Change struct{ Key, From, To string } // values as rule files have them; empty where there is none

// Diff lists what differs, in the order of the second set, and then what is not in it any more. Versions of a rule are held against those that begin on the
// same day; one that is alone in both sets, whenever it begins. Defaults that are spelled out are no difference. What some sellers have otherwise is a change of
// its rules.
func Diff(a, b *Set) (all []Difference) {
	for _, now := range b.named {
		was := a.Find(now.Name)
		for _, v := range now.Versions {
			before := was.like(v, now)
			if before == nil {
				all = append(all, Difference{Rule: now.Name, Version: v.days(), Came: true})
			} else if changes := before.changes(v); len(changes) > 0 {
				all = append(all, Difference{Rule: now.Name, Version: v.days(), Changes: changes})
			}
		}
		if changes := overrideChanges(was, now); len(changes) > 0 {
			all = append(all, Difference{Rule: now.Name, Changes: changes})
		}
	}
	for _, was := range a.named {
		now := b.Find(was.Name)
		for _, v := range was.Versions {
			if now.like(v, was) == nil {
				all = append(all, Difference{Rule: was.Name, Version: v.days(), Went: true})
			}
		}
	}
	return all
}

// like is the version that one of another set is held against; nil where there is none, n being nil included.
func (n *Named) like(r *Rule, of *Named) *Rule {
	if n == nil {
		return nil
	}
	if len(n.Versions) == 1 && len(of.Versions) == 1 {
		return n.Versions[0]
	}
	if i := slices.IndexFunc(n.Versions, func(v *Rule) bool { return firstOf(v, r) == 0 }); i >= 0 {
		return n.Versions[i]
	}
	return nil
}

// days says when the version is in force; empty for always.
func (r *Rule) days() string { return daysText(r.From, r.Until) }

// daysText is days from a first to a last one, nil for no bound; empty for all.
func daysText(from, until *windows.Date) string {
	var parts []string
	if from != nil {
		parts = append(parts, "from "+from.String())
	}
	if until != nil {
		parts = append(parts, "until "+until.String())
	}
	return strings.Join(parts, " ")
}

// overrideChanges are the overrides of a rule that come and go, each as one line.
func overrideChanges(was, is *Named) (all []Change) {
	before, now := was.overrideTexts(), is.overrideTexts()
	for _, text := range now {
		if !slices.Contains(before, text) {
			all = append(all, Change{Key: "override", To: text})
		}
	}
	for _, text := range before {
		if !slices.Contains(now, text) {
			all = append(all, Change{Key: "override", From: text})
		}
	}
	return all
}

// overrideTexts are the overrides of a rule, each as one line; none where there is no such rule, n being nil.
func (n *Named) overrideTexts() (texts []string) {
	if n == nil {
		return nil
	}
	for _, o := range n.overrides {
		texts = append(texts, o.text())
	}
	return texts
}

// changes are the keys of a rule whose values are others in another version; of the metric, what it counts too.
func (r *Rule) changes(other *Rule) (all []Change) {
	from, to := r.flat(), other.flat()
	for _, k := range ruleKeys {
		was, is := textOf(from.find(k.name)), textOf(to.find(k.name))
		if was != is {
			all = append(all, Change{k.name, was, is})
		}
	}
	if was, is := textOf(r.Metric.tree()), textOf(other.Metric.tree()); was != is && r.Metric.Name == other.Metric.Name {
		all = append(all, Change{"metric " + r.Metric.Name, was, is})
	}
	return all
}

// flat is the rule's tree without its name.
func (r *Rule) flat() mapping { return r.tree()[1:] }

// textOf is a value on one line; empty for none.
func textOf(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		return flow(v)
	}
}

// String tells the difference, a line for each change.
func (d *Difference) String() string {
	name := d.Rule
	if d.Version != "" {
		name += " " + d.Version
	}
	switch {
	case d.Came:
		return name + ": comes"
	case d.Went:
		return name + ": goes"
	}
	var lines []string
	for _, c := range d.Changes {
		lines = append(lines, fmt.Sprintf("%s: %s: %s", name, c.Key, c.words()))
	}
	return strings.Join(lines, "\n")
}

func (c *Change) words() string {
	switch {
	case c.From == "":
		return "now " + c.To
	case c.To == "":
		return "no more " + c.From
	default:
		return c.From + " → " + c.To
	}
}

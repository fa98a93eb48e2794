package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// changes are the keys of a rule that an override gives another value, as its file would have them.
func (o *overrideReader) changes() (m mapping) {
	for _, held := range o.held {
		tree := held.tree()
		for _, k := range changeable {
			if o.has(k) {
				m.add(k, tree.find(k))
			}
		}
		break // They are the same of each rule.
	}
	return m
}

// tree is the override as its file would have it.
func (o *Override) tree() mapping {
	var m mapping
	m.add("sellers_file", o.File)
	if o.File == "" {
		m.add("sellers", o.Sellers)
	}
	m.add("rule", o.shortNames())
	m = append(m, o.changed...)
	if o.Exempt {
		m.add("exempt", true)
	}
	if o.From != nil {
		m.add("from", o.From.String())
	}
	if o.Until != nil {
		m.add("until", o.Until.String())
	}
	if s := o.Silence; s != nil {
		m.add("silence", s.tree())
	}
	m.add("reason", o.Reason)
	return m
}

func (s *Silence) tree() (m mapping) {
	if s.From != nil {
		m.add("from", s.From.String())
	}
	m.add("until", s.Until.String())
	m.add("reason", s.Reason)
	return m
}

// shortNames are the names of the rules as the file has them; nil for all.
func (o *Override) shortNames() (names []string) {
	for _, name := range o.Rules {
		names = append(names, name[strings.LastIndexByte(name, '/')+1:])
	}
	return names
}

// what is what the override says, without whom it concerns and of which rules.
func (o *Override) what() mapping {
	return slices.DeleteFunc(o.tree(), func(e entry) bool { return e.key == "sellers" || e.key == "sellers_file" || e.key == "rule" })
}

// canonical is what the override says of a rule as one line of text. Its sellers are told apart by a digest.
func (o *Override) canonical(n *Named) string {
	return fmt.Sprintf("%s: of %d sellers %s %s", n.Name, len(o.Sellers), o.digest(), flow(o.what()))
}

func (o *Override) digest() string {
	sum := sha256.Sum256([]byte(strings.Join(o.Sellers, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// text is the override as one line, for people: sellers by their ids if they are few.
func (o *Override) text() string {
	const few = 5
	var m mapping
	switch {
	case o.File != "":
		m.add("sellers_file", fmt.Sprintf("%s (%s, %s)", o.File, plural(int64(len(o.Sellers)), "seller"), o.digest()))
	case len(o.Sellers) > few:
		m.add("sellers", fmt.Sprintf("%s, … (%d, %s)", strings.Join(o.Sellers[:few], ", "), len(o.Sellers), o.digest()))
	default:
		m.add("sellers", o.Sellers)
	}
	return flow(append(m, o.what()...))
}

// Words tells in sentences, a line each, what is otherwise for a seller under a version of a rule, whenever that is; none where nothing is.
func (o *Overrides) Words(r *Rule) (lines []string) {
	if o == nil {
		return nil
	}
	for _, one := range o.all {
		held := one.held[r]
		if held == nil {
			continue
		}
		if one.says() {
			lines = append(lines, one.words(held)...)
		}
		if s := one.Silence; s != nil {
			lines = append(lines, fmt.Sprintf("Nobody is told of it %s: %s.", daysText(s.From, &s.Until), strings.TrimSuffix(s.Reason, ".")))
		}
	}
	return lines
}

func (o *Override) words(held *Rule) []string {
	when, why := "", ""
	if days := daysText(o.From, o.Until); days != "" {
		when = " " + days
	}
	if o.Reason != "" {
		why = ": " + strings.TrimSuffix(o.Reason, ".")
	}
	if o.Exempt {
		return []string{fmt.Sprintf("The seller is exempt%s%s.", when, why)}
	}
	return append([]string{fmt.Sprintf("For the seller it is another%s%s.", when, why)}, held.stateWords()...)
}

package outputs

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"sellerpulse/pkg/rules"
)

// AlertID is what the id of an alert is made of: "<seller>/<rule>/<n>", or "<seller>/<rule>:<part>/<n>". Of one seller no two alerts have the same; two sellers
// may have alerts of one id if the id of the one is that of the other, a slash, and what begins like the name of a rule.
type AlertID struct {
	SellerID   string
	Rule       string // its full name
	Part       *string
	Transition int64 // from 1
}

// ID is the alert's id: the same on every replay of the same log.
func (a *Alert) ID() string { return string(a.appendID(nil)) }

func (a *Alert) appendID(dst []byte) []byte {
	return AlertID{a.SellerID, a.Rule, a.Part, a.Transition}.append(dst)
}

// String is the id as alerts have it.
func (id AlertID) String() string { return string(id.append(nil)) }

func (id AlertID) append(dst []byte) []byte {
	dst = append(append(dst, id.SellerID...), '/')
	dst = append(dst, id.Rule...)
	if id.Part != nil {
		dst = append(append(dst, ':'), *id.Part...)
	}
	return strconv.AppendInt(append(dst, '/'), id.Transition, 10)
}

// Of is whether an alert has the id, or would have it with another number.
func (id AlertID) Of(a *Alert) bool {
	return a.SellerID == id.SellerID && a.Rule == id.Rule && (a.Part == nil) == (id.Part == nil) && (id.Part == nil || *a.Part == *id.Part)
}

// ruleForm is the form of a rule's full name.
var ruleForm = regexp.MustCompile(fmt.Sprintf(`^(?:[a-z0-9][a-z0-9-]{0,%[1]d}/)?[a-z0-9][a-z0-9-]{0,%[1]d}$`, rules.MaxNameBytes-1))

// AlertIDs are what a text can be the id of, the shortest seller first; none for what is no alert's id. There are several where sellers, parts or the names of
// packs leave it open where each begins: sellers and parts may be any texts. Which is meant the alerts tell that there are.
func AlertIDs(text string) (all []AlertID) {
	last := strings.LastIndexByte(text, '/')
	if last < 0 {
		return nil
	}
	digits := text[last+1:]
	number, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || number < 1 || strconv.FormatInt(number, 10) != digits {
		return nil
	}
	for i := range last {
		if text[i] != '/' {
			continue
		}
		id := AlertID{SellerID: text[:i], Transition: number}
		rule, part, parted := strings.Cut(text[i+1:last], ":")
		if id.Rule = rule; parted {
			id.Part = &part
		}
		if ruleForm.MatchString(rule) {
			all = append(all, id)
		}
	}
	return all
}

// ParseAlertID takes an id apart as is likeliest: few sellers have a slash in their ids, and many rules a pack before theirs. It is false for what is no alert's
// id.
func ParseAlertID(text string) (seller, rule string, transition int64, ok bool) {
	all := AlertIDs(text)
	if len(all) == 0 {
		return "", "", 0, false
	}
	return all[0].SellerID, all[0].Rule, all[0].Transition, true
}

package main

import (
	"encoding/json"
	"io"

	"sellerpulse/internal/backfill/diff"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// diffLines prints what differs as JSON, an object a line.
type diffLines struct {
	to     *json.Encoder
	most   int  // orders
	orders bool // whether they are compared
}

func newDiffLines(w io.Writer, flags *diffFlags) *diffLines {
	l := &diffLines{to: json.NewEncoder(w), most: int(flags.limit), orders: flags.seller != ""}
	l.to.SetEscapeHTML(false)
	return l
}

// The lines, as docs/backfill.md has them.
type (
	sellerLine struct {
		Type       string        `json:"type"`
		SellerID   string        `json:"seller_id"`
		In         diff.Presence `json:"in"`
		Moving     bool          `json:"moving"`
		Rules      int           `json:"rules"`
		Rates      bool          `json:"other_rates"`
		Alerts     int           `json:"alerts"`
		Renumbered int           `json:"alerts_renumbered"`
		Orders     *int64        `json:"orders,omitempty"`
	}
	ruleLine struct {
		Type      string        `json:"type"`
		SellerID  string        `json:"seller_id"`
		Rule      string        `json:"rule"`
		Live      *standingText `json:"live"`
		Candidate *standingText `json:"candidate"`
	}
	standingText struct {
		State       string      `json:"state"`
		Numerator   *int64      `json:"numerator"`
		Denominator *int64      `json:"denominator"`
		Window      *windowText `json:"window"`
	}
	windowText struct {
		Days int32  `json:"days"`
		From string `json:"from"`
		To   string `json:"to"`
	}
	alertLine struct {
		Type      string        `json:"type"`
		SellerID  string        `json:"seller_id"`
		Rule      string        `json:"rule"`
		In        diff.Presence `json:"in"`
		State     string        `json:"state"`
		Previous  string        `json:"previous_state"`
		Cause     causeOfAlert  `json:"cause"`
		Live      *alertText    `json:"live"`
		Candidate *alertText    `json:"candidate"`
	}
	causeOfAlert struct {
		Kind    string `json:"kind"`
		EventID string `json:"event_id,omitempty"`
		OrderID string `json:"order_id,omitempty"`
	}
	alertText struct {
		ID          string `json:"alert_id"`
		AsOf        string `json:"as_of"`
		Numerator   int64  `json:"numerator"`
		Denominator int64  `json:"denominator"`
	}
	orderLine struct {
		Type      string         `json:"type"`
		SellerID  string         `json:"seller_id"`
		OrderID   string         `json:"order_id"`
		Live      *orderText     `json:"live"`
		Candidate *orderText     `json:"candidate"`
		Why       []registerText `json:"registers"`
	}
	orderText struct {
		Date    string           `json:"date"`
		Channel string           `json:"channel,omitempty"`
		Expired bool             `json:"expired,omitempty"`
		Facts   map[string]int32 `json:"facts"`
	}
	registerText struct {
		Name      string `json:"name"`
		Live      string `json:"live"`
		Candidate string `json:"candidate"`
	}
	definitionLine struct {
		Type      string  `json:"type"`
		Rule      string  `json:"rule"`
		Live      *string `json:"live"`
		Candidate *string `json:"candidate"`
	}
	shorterLine struct {
		Type      string        `json:"type"`
		Rule      string        `json:"rule"`
		Live      *windows.Date `json:"live"`
		Candidate windows.Date  `json:"candidate"`
	}
	summaryLine struct {
		Type            string `json:"type"`
		Sellers         int64  `json:"sellers"`
		Different       int64  `json:"different"`
		Moving          int64  `json:"moving"`
		LiveOnly        int64  `json:"sellers_live_only"`
		CandidateOnly   int64  `json:"sellers_candidate_only"`
		Rules           int64  `json:"rules"`
		Rates           int64  `json:"other_rates"`
		Alerts          int64  `json:"alerts_compared"`
		AlertsLive      int64  `json:"alerts_live_only"`
		AlertsCandidate int64  `json:"alerts_candidate_only"`
		AlertsNumbers   int64  `json:"alerts_with_other_numbers"`
		Renumbered      int64  `json:"alerts_renumbered"`
		Orders          *int64 `json:"orders,omitempty"`
		BehindLive      int64  `json:"records_behind_live"`
		BehindInputs    int64  `json:"records_behind_inputs"`
		TimeBehind      int64  `json:"stream_time_behind_ms"`
	}
)

func (l *diffLines) seller(s *diff.Seller) error {
	line := sellerLine{
		Type: "seller", SellerID: s.ID, In: s.In, Moving: s.Moving, Rules: len(s.Rules), Rates: s.Rates, Alerts: len(s.Alerts), Renumbered: s.Renumbered,
		Orders: l.counted(int64(len(s.Orders))),
	}
	if err := l.to.Encode(&line); err != nil {
		return err
	}
	for _, r := range s.Rules {
		if err := l.to.Encode(&ruleLine{"rule", s.ID, r.Rule, textOfStanding(r.Live), textOfStanding(r.Candidate)}); err != nil {
			return err
		}
	}
	for i := range s.Alerts {
		a := &s.Alerts[i]
		line := alertLine{
			"alert", s.ID, a.Rule, a.In(), a.State.String(), a.PreviousState.String(),
			causeOfAlert{a.Cause.Kind, a.Cause.EventID, a.Cause.OrderID},
			textOfAlert(a.Live), textOfAlert(a.Candidate),
		}
		if err := l.to.Encode(&line); err != nil {
			return err
		}
	}
	return l.ordersOf(s)
}

// counted is a number of orders, where they are compared.
func (l *diffLines) counted(orders int64) *int64 {
	if !l.orders {
		return nil
	}
	return &orders
}

func (l *diffLines) ordersOf(s *diff.Seller) error {
	for i := range firstOf(s.Orders, l.most) {
		o := &s.Orders[i]
		line := orderLine{"order", s.ID, o.ID, textOfOrder(o.Live), textOfOrder(o.Candidate), []registerText{}}
		for _, r := range o.Why {
			line.Why = append(line.Why, registerText(r))
		}
		if err := l.to.Encode(&line); err != nil {
			return err
		}
	}
	return nil
}

// firstOf is the first elements of a list, all for 0.
func firstOf[T any](list []T, most int) []T {
	if most > 0 && len(list) > most {
		return list[:most]
	}
	return list
}

func textOfStanding(s *diff.Standing) *standingText {
	if s == nil {
		return nil
	}
	t := &standingText{State: s.State.String()}
	if n := s.Report; n != nil {
		t.Numerator, t.Denominator, t.Window = &n.Numerator, &n.Denominator, &windowText{n.Days, n.From.String(), n.To.String()}
	}
	return t
}

func textOfAlert(a *diff.AlertNumbers) *alertText {
	if a == nil {
		return nil
	}
	return &alertText{a.ID, events.FormatInstant(a.AsOf), a.Numerator, a.Denominator}
}

func textOfOrder(o *diff.OrderSide) *orderText {
	if o == nil {
		return nil
	}
	t := &orderText{Date: o.Date.String(), Channel: o.Channel.String(), Expired: o.Expired, Facts: map[string]int32{}}
	for m, n := range o.Counts {
		if n != 0 {
			t.Facts[windows.Measure(m).String()] = n
		}
	}
	return t
}

func (l *diffLines) summary(s *diff.Summary) error {
	optional := func(text string) *string {
		if text == "" {
			return nil
		}
		return &text
	}
	for _, d := range s.Definitions {
		if err := l.to.Encode(&definitionLine{"definition", d.Rule, optional(d.Live), optional(d.Candidate)}); err != nil {
			return err
		}
	}
	for _, r := range s.Shorter {
		if err := l.to.Encode(&shorterLine{"shorter", r.Rule, r.Live, r.Candidate}); err != nil {
			return err
		}
	}
	return l.to.Encode(&summaryLine{
		Type: "summary", Sellers: s.Sellers, Different: s.Different, Moving: s.Moving, LiveOnly: s.LiveOnly, CandidateOnly: s.CandidateOnly,
		Rules: s.Rules, Rates: s.Rates, Alerts: s.Alerts, AlertsLive: s.AlertsLive, AlertsCandidate: s.AlertsCandidate, AlertsNumbers: s.AlertsBoth,
		Renumbered: s.Renumbered, Orders: l.counted(s.Orders), BehindLive: s.Lag.BehindLive, BehindInputs: s.Lag.BehindEnds, TimeBehind: s.Lag.Time,
	})
}

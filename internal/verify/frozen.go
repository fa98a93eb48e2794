package verify

import (
	"fmt"
	"slices"
	"strings"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/windows"
)

// readFrozen takes what is frozen of a seller as it is, since its orders are gone: buckets must be that, and states follow from it.
func (c *check) readFrozen(s *seller) error {
	return c.each(byFrozen, s.id, func(e *state.Entry) error {
		c.result.Frozen++
		d := Difference{Kind: KindFrozen, Seller: s.id, Date: e.Date.String()}
		if !s.frozen[e.Date] {
			s.frozen[e.Date] = true
			if err := c.checkFrozen(s, e.Date, d); err != nil {
				return err
			}
		}
		bucket, err := c.thaws.Bucket(slices.Clone(e.Value))
		if err == nil {
			err = c.plan.Program.Cells(bucket, func(stored *windows.Cell) {
				at := cell{stored.Channel, stored.Total, stored.NoItems, stored.Field, strings.Clone(stored.Value)}
				s.count(e.Date, at, c.plan.Program).Add(stored.Sums)
			})
		}
		if err != nil {
			d.Stored, d.Computed = fmt.Sprintf("part %d of %d bytes: %v", e.Part, len(e.Value), err), "a frozen bucket that can be read"
			c.result.add(d)
		}
		return nil
	})
}

// checkFrozen checks that counts of a date may be frozen, and that its sellers are found when it leaves windows.
func (c *check) checkFrozen(s *seller, date windows.Date, d Difference) error {
	d.Stored = "frozen counts"
	switch {
	case !c.lasting:
		d.Computed = "none: counts are kept for as long as orders"
	case date+c.expires > s.sweeping && !(c.settings.Redated && date+c.expires <= s.sweeping+sweepDays): // The zone may have set the day back.
		d.Computed = "none: the date has not expired"
	case date+windows.Date(c.settings.History)+1 <= s.swept:
		d.Computed = "none: they have ended"
	}
	if d.Computed != "" {
		c.result.add(d)
	}
	has, err := c.reader.HasDate(date, s.id)
	if err == nil && !has {
		c.result.add(Difference{Kind: KindDate, Seller: s.id, Date: date.String(), Stored: "none", Computed: "an entry: there are frozen counts"})
	}
	return err
}

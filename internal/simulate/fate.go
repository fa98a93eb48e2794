package simulate

import "math"

// Fate is what becomes of a seller.
type Fate struct {
	Name        string
	Description string // one line
}

// chance is something that happens to a share of a seller's orders, or to a share of those to which another thing happened.
type chance int

const (
	pendingFirst    chance = iota // the order is placed pending, and paid later
	neverPaid                     // of pending orders
	byMarketplace                 // the order is fulfilled by the marketplace
	amended                       // of orders: the seller asks for more time
	buyerCancels                  // before the shipment
	sellerCancels                 // before the shipment
	cancelledLate                 // after the shipment, so it is a refund
	inTwo                         // comes in two parcels
	shippedLate                   // of parcels, as the next four
	deliveredLate                 //
	lost                          // scanned, never delivered
	mistracked                    // with a tracking id that is not valid
	trackedLater                  // the tracking id comes after the confirmation
	defect                        // one that stays
	lineDefect                    // the same, of orders of the seller's first product line alone
	harmless                      // a claim, feedback or chargeback that does not count in the end
	rated                         // the buyer leaves good feedback
	revised                       // of good feedback
	returned                      // the buyer wants to return the order
	returnMisjudged               // of returns: the seller handles it badly
	numChances
)

// odds is how likely each chance is, from 0 to 1.
type odds [numChances]float64

// ordinary is how a good seller does.
var ordinary = odds{
	pendingFirst: 0.04, neverPaid: 0.2, byMarketplace: 0.2, amended: 0.02, buyerCancels: 0.015, sellerCancels: 0.004, cancelledLate: 0.003,
	inTwo: 0.06, shippedLate: 0.008, deliveredLate: 0.007, lost: 0.002, mistracked: 0.008, trackedLater: 0.05,
	defect: 0.0025, harmless: 0.003, rated: 0.12, revised: 0.06, returned: 0.05, returnMisjudged: 0.02,
}

// course is how a fate takes its course.
type course struct {
	Fate
	few bool // an order every few days instead of several a day

	// onDay changes the ordinary odds to those of a day; days count from Now on, and those of the history are negative.
	onDay func(day float64, o *odds)

	// once is a day, if it is not 0, from which on the next order turns out defective, whatever the odds.
	once float64
}

// The days are chosen so that the built-in rules (60 days, 30 days later, for the order defect rate) show what the description says
// before the history ends, and breaches fall into its last days.
var courses = []course{
	{
		Fate:  Fate{"healthy", "meets every target from the first day to the last"},
		onDay: func(float64, *odds) {},
	},
	{
		Fate: Fate{"decaying", "gets worse from week to week until the order defect rate breaches its target"},
		onDay: func(day float64, o *odds) {
			worse := max(0, day+110)
			o[defect] = min(0.002+0.00025*worse, 0.05)
			o[returnMisjudged] = min(0.02+0.0015*worse, 0.3)
		},
	},
	{
		Fate: Fate{"strike", "has late and lost parcels for eight days whenever its carrier strikes, and recovers"},
		onDay: func(day float64, o *odds) {
			if onStrike(day) {
				o[shippedLate], o[deliveredLate], o[lost] = 0.35, 0.4, 0.2
			}
		},
	},
	{
		Fate: Fate{"bad-line", "sells one bad product line: all its negative feedback and claims are about that"},
		onDay: func(day float64, o *odds) {
			o[defect], o[harmless] = 0, 0
			if day >= -80 {
				o[lineDefect] = 0.08
			}
		},
	},
	{
		Fate: Fate{"recovering", "was in breach of two rules for weeks, and recovers as its bad days leave the windows"},
		onDay: func(day float64, o *odds) {
			if day < -85 {
				o[defect], o[sellerCancels] = 0.05, 0.08
			}
		},
	},
	{
		Fate:  Fate{"tiny", "has so few orders that one defect breaches, and that recovery takes long"},
		few:   true,
		onDay: func(_ float64, o *odds) { *o = odds{rated: 0.3} },
		once:  -36,
	},
}

// onStrike is whether carriers strike on a day: for eight days that begin six before Now, and every 54 days.
func onStrike(day float64) bool {
	const every, lasts, began = 54, 8, -6
	return day-began-every*math.Floor((day-began)/every) < lasts
}

// overwhelmed is the course of one seller in ten where marketplaces are given: there are some that mind nothing less.
var overwhelmed = course{
	Fate: Fate{"overwhelmed", "cancels four of ten orders for five weeks, and then catches up"},
	onDay: func(day float64, o *odds) {
		if day >= -60 && day < -25 {
			o[sellerCancels] = 0.4
		}
	},
}

// courseOf spreads the fates over the sellers: each once, and from then on one seller in five is not healthy.
func courseOf(number int, given bool) *course {
	switch {
	case given && number%10 == len(courses):
		return &overwhelmed
	case number < len(courses):
		return &courses[number]
	case number%5 == 0:
		return &courses[1+number/5%(len(courses)-1)]
	}
	return &courses[0]
}

package simulate

import (
	"fmt"
	"math/rand/v2"

	"sellerpulse/pkg/events"
)

// seller is a seller of the marketplace, and what it is about to do.
type seller struct {
	number int
	id     string
	course *course

	random       *rand.Rand
	daily        float64 // orders a day
	lines        []string
	marketplaces []string
	countries    []string
	carrier      int
	odds         odds
	meters       [numChances]meter
	stories      [numStories]int // how often each kind of story was told
	orders       int
	thought      int // events thought of
	struck       bool
}

// meter spaces out what happens to a share of orders: a rate of 1 % happens about every hundredth time, never twice within fifty.
// So a seller's fate does not hang on luck.
type meter struct {
	level, threshold float64
}

// productLines are what sellers sell; a seller has three of them.
var productLines = []string{
	"audio", "baby", "bicycles", "books", "camping", "garden", "kitchen", "lamps", "pets", "shoes", "tools", "toys", "watches",
}

// newSellers makes the sellers of a marketplace, each with random numbers of its own.
func newSellers(o Options) []*seller {
	given := len(o.Marketplaces) > 0
	if !given {
		o.Marketplaces = countries
	}
	if len(o.Countries) == 0 {
		o.Countries = countries
	}
	sellers := make([]*seller, o.Sellers)
	for i := range sellers {
		c := courseOf(i, given)
		random := rand.New(rand.NewPCG(o.Seed, uint64(i)))
		s := &seller{number: i, id: fmt.Sprintf("%s-%03d", c.Name, i+1), course: c, random: random, marketplaces: o.Marketplaces, countries: o.Countries, daily: 12 + 8*random.Float64()}
		if c.few {
			s.daily = 0.25
		}
		for _, line := range random.Perm(len(productLines))[:3] {
			s.lines = append(s.lines, productLines[line])
		}
		s.carrier = random.IntN(len(carriers))
		for j := range s.meters {
			s.meters[j].threshold = 0.5 + random.Float64()
		}
		for j := range s.stories {
			s.stories[j] = i // so that between them the sellers tell all
		}
		sellers[i] = s
	}
	return sellers
}

// nextOrder is when the seller's next order comes after an instant.
func (s *seller) nextOrder(after events.Millis) events.Millis {
	gap := (0.5 + s.random.Float64()) / s.daily
	return after + events.Millis(gap*float64(day))
}

// happens is whether a chance comes true this time.
func (s *seller) happens(c chance) bool {
	m := &s.meters[c]
	if m.level += s.odds[c]; m.level < m.threshold {
		return false
	}
	m.level -= m.threshold
	m.threshold = 0.5 + s.random.Float64()
	return true
}

// after is a random time, from least to most hours.
func (s *seller) after(least, most float64) events.Millis {
	return events.Millis((least + (most-least)*s.random.Float64()) * float64(hour))
}

// place has the seller get an order, and thinks of all that will happen to it.
func (s *seller) place(at events.Millis, day float64, push func(pending)) {
	s.odds = ordinary
	s.course.onDay(day, &s.odds)
	s.orders++
	o := &order{seller: s, id: fmt.Sprintf("%03d-%07d", s.number+1, s.orders), placed: at, push: push}
	if s.course.once != 0 && day >= s.course.once && !s.struck {
		s.struck = true
		o.doomed = true
	}
	o.live()
}

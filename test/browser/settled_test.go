package browser

import (
	"testing"

	"sellerpulse/test/brokertest"
)

// All that looks at a marketplace and changes nothing of it looks at one.
func TestSettledMarketplace(t *testing.T) {
	t.Parallel()
	s := settled(t, brokertest.Embedded(t), market(10, append(edges(), crowd()...)...), present)
	for _, c := range []struct {
		name string
		test func(*testing.T, *site)
	}{{"charts", charts}, {"sliders", sliders}, {"without JavaScript", withoutJavaScript}, {"search as one types", searchAsOneTypes}, {"keys alone", keysAlone}} {
		t.Run(c.name, func(t *testing.T) {
			parallel(t)
			c.test(t, s)
		})
	}
	t.Run("every page", func(t *testing.T) { everyPage(t, s) })
}

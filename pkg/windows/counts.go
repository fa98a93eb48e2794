package windows

// Measure is one of the counts that a day bucket holds. Each counts orders, or shipments or returns of orders, that are counted.
type Measure uint8

// The measures: the numerators and denominators of metrics.md, section 3, and the components of an alert.
const (
	Orders Measure = iota
	Defective
	NegativeFeedback
	Claim
	ClaimCounts
	Chargeback
	ChargebackCounts
	Refunded
	SellerCancelled
	LateShipped
	ShipmentsConfirmed
	ShipmentsValidTracking
	ShipmentsSettled
	ShipmentsOnTime
	ReturnsRequested
	ReturnsNegative
	NumMeasures
)

// Counts is a count of each measure.
type Counts [NumMeasures]int32

// Add adds other to c.
func (c *Counts) Add(other *Counts) {
	for i := range c {
		c[i] += other[i]
	}
}

// Sub subtracts other from c.
func (c *Counts) Sub(other *Counts) {
	for i := range c {
		c[i] -= other[i]
	}
}

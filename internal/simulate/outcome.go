package simulate

import "sellerpulse/pkg/events"

// story is a kind of happening that takes several forms; each seller tells them in turn, so that all come up.
type story int

const (
	buyerCancelling story = iota
	sellerCancelling
	mistracking
	defective
	harmlessly
	returning
	misjudging
	selling
	excusing
	complaining
	regretting
	numStories
)

// nextForm is the number of the form, of so many, that a story takes this time.
func (s *seller) nextForm(kind story, forms int) int {
	form := s.stories[kind] % forms
	s.stories[kind]++
	return form
}

// turnOut thinks of what the buyer does once the parcels have arrived, or should have.
func (o *order) turnOut() {
	s := o.seller
	bad := s.happens(defect)
	badLine := o.firstLine && s.happens(lineDefect)
	switch {
	case o.doomed || bad || badLine:
		o.beDefective()
	case s.happens(harmless):
		o.beHarmless()
	case s.happens(rated):
		o.rate()
	}
	if s.happens(cancelledLate) {
		o.cancel(o.arrived+s.after(1, 48), events.Seller, events.OtherReason)
		return
	}
	if s.happens(returned) {
		o.beReturned()
	}
}

func (o *order) rate() {
	s := o.seller
	at := o.arrived + s.after(12, 240)
	o.left(at, 3+min(2, s.random.Int32N(6)))
	if s.happens(revised) {
		o.left(at+s.after(1, 48), 4)
	}
}

func (o *order) left(at events.Millis, rating int32) {
	o.part(at, events.Feedback, events.FeedbackLeft, "f1").Rating = rating
}

func (o *order) beDefective() {
	s := o.seller
	soon, later := o.arrived+s.after(12, 200), o.arrived+s.after(48, 400)
	switch s.nextForm(defective, 8) {
	case 0:
		o.left(soon, 1)
	case 1:
		o.claim(later, events.ClaimGranted)
	case 2:
		o.left(soon, 2)
	case 3:
		o.left(soon, 4)
		o.left(soon+s.after(5, 100), 1)
	case 4:
		o.claim(later, events.ClaimDenied, events.ClaimReopened, events.ClaimGranted)
	case 5:
		o.chargeback(later, events.Service)
	case 6:
		o.claim(later)
	case 7:
		o.chargeback(later, events.Fraud)
		o.part(later+s.after(20, 90), events.Chargebacks, events.ChargebackReclassified, "b1").Category = events.Service
	}
}

func (o *order) beHarmless() {
	s := o.seller
	soon, later := o.arrived+s.after(12, 200), o.arrived+s.after(48, 400)
	switch s.nextForm(harmlessly, 8) {
	case 0:
		o.claim(later, events.ClaimDenied)
	case 1:
		o.left(soon, 1)
		o.part(soon+s.after(10, 90), events.Feedback, events.FeedbackRemoved, "f1")
	case 2:
		o.claim(later, events.ClaimWithdrawn)
	case 3:
		o.claim(later, events.ClaimMarketplaceFunded)
	case 4:
		o.chargeback(later, events.Fraud)
	case 5:
		o.claim(later, events.ClaimGranted, events.ClaimAppealGranted)
	case 6:
		o.chargeback(later, events.Service)
		o.part(later+s.after(20, 90), events.Chargebacks, events.ChargebackReversed, "b1")
	case 7:
		o.chargeback(later, events.Service)
		o.part(later+s.after(20, 90), events.Chargebacks, events.ChargebackReclassified, "b1").Category = events.Fraud
	}
}

// claim thinks of a claim and its decisions, a day or two apart.
func (o *order) claim(opened events.Millis, decisions ...events.Kind) {
	o.part(opened, events.Claims, events.ClaimOpened, "c1").BuyerReason = complaints[o.seller.nextForm(complaining, len(complaints))]
	for _, decision := range decisions {
		opened += o.seller.after(20, 50)
		o.part(opened, events.Claims, decision, "c1")
	}
}

func (o *order) chargeback(opened events.Millis, category events.Category) {
	o.part(opened, events.Chargebacks, events.ChargebackOpened, "b1").Category = category
}

func (o *order) beReturned() {
	s := o.seller
	requested := o.arrived + s.after(12, 200)
	o.part(requested, events.Returns, events.ReturnRequested, "r1").BuyerReason = regrets[s.nextForm(regretting, len(regrets))]
	if s.happens(returnMisjudged) {
		o.misjudge(requested)
		return
	}
	at := requested + s.after(2, 40)
	switch s.nextForm(returning, 4) {
	case 0:
		o.answer(at, events.Authorized)
		o.answer(at+s.after(100, 200), events.Refunded)
		o.think(at+s.after(201, 202), events.Orders, events.OrderRefunded)
	case 1:
		o.answer(at, events.Authorized)
		o.part(at+s.after(20, 60), events.Returns, events.ReturnFeedback, "r1").Negative = false
	case 2:
		o.answer(at, events.Closed)
	case 3:
		o.answer(at, events.Rejected)
	}
}

// misjudge thinks of the ways in which a seller lets down a buyer who wants to return something.
func (o *order) misjudge(requested events.Millis) {
	s := o.seller
	switch s.nextForm(misjudging, 4) {
	case 0:
		o.answer(requested+s.after(50, 90), events.Authorized)
	case 1: // No answer.
	case 2:
		o.answer(requested+s.after(2, 40), events.Rejected).InPolicy = true
	case 3:
		o.answer(requested+s.after(2, 40), events.Authorized)
		o.part(requested+s.after(41, 80), events.Returns, events.ReturnFeedback, "r1").Negative = true
	}
}

func (o *order) answer(at events.Millis, answer events.Answer) *events.Event {
	e := o.part(at, events.Returns, events.ReturnAnswered, "r1")
	e.Answer = answer
	return e
}

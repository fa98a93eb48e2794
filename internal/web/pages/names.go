package pages

import (
	"strconv"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// What the policy's words are called on the pages. Names of rules and sellers are theirs and stay as they are.
var (
	statusNames = [...]string{rules.StatusActive: "Active", rules.StatusAtRisk: "At risk", rules.StatusUnderReview: "Under review"}
	stateNames  = [...]string{rules.NoData: "No data", rules.OK: "OK", rules.AtRisk: "At risk", rules.Breached: "Breached"}
	kindNames   = [...]string{outputs.KindBreached: "Breached", outputs.KindAtRisk: "At risk", outputs.KindResolved: "Resolved"}
	metricNames = map[string]string{
		rules.OrderDefectRate.Name: "Order defects", rules.NegativeFeedbackRate.Name: "Negative feedback", rules.ClaimRate.Name: "Claims",
		rules.ChargebackRate.Name: "Chargebacks", rules.RefundRate.Name: "Refunds", rules.CancellationRate.Name: "Cancellations",
		rules.LateShipmentRate.Name: "Late shipments", rules.ValidTrackingRate.Name: "Valid tracking", rules.OnTimeDeliveryRate.Name: "On-time delivery",
		rules.ReturnDissatisfactionRate.Name: "Return dissatisfaction",
	}
	unitNames = [...]string{windows.OrderUnit: "orders", windows.ShipmentUnit: "shipments", windows.ReturnUnit: "returns"}
)

// classNames, channelNames and whichNames are what may be chosen.
var (
	classNames   = [...]string{rules.Contractual: "contractual", rules.Advisory: "advisory"}
	channelNames = [...]string{rules.AllChannels: "all channels", rules.MFN: "fulfilled by the seller", rules.AFN: "fulfilled by the marketplace"}
	whichNames   = map[inspect.Which]string{
		inspect.Miss: "misses", inspect.Numerator: "the numerator", inspect.Denominator: "the denominator", inspect.All: "every order",
	}
)

// invalidNames are why a shipment has no valid tracking, phaseNames and phaseClasses what a task is doing, and fillingNames what is done for
// rules that are to be in force.
var (
	invalidNames = map[string]string{
		"NOT_CONFIRMED": "the shipment was not confirmed", "NO_NUMBER": "there is no tracking number", "UNKNOWN_CARRIER": "the carrier is unknown",
		"WRONG_FORMAT": "the number is not one of the carrier's", "NOT_SCANNED": "the carrier has not scanned it",
	}
	phaseNames = map[task.Phase]string{
		task.Restoring: "restoring", task.Rebuilding: "rebuilding", task.Running: "running", task.Standby: "standby", task.Stopped: "stopped", task.Failed: "failed",
	}
	fillingNames = map[task.Filling]string{
		task.Waiting: "waiting for other partitions", task.Copying: "copying orders", task.Counting: "counting orders anew", task.Following: "reading what came meanwhile", task.Filled: "filled",
	}
	phaseClasses = map[task.Phase]string{
		task.Restoring: "warn", task.Rebuilding: "warn", task.Running: "good", task.Standby: "none", task.Stopped: "none", task.Failed: "bad",
	}
)

// factNames are what is said of an order or a part of it that a measure counts, and withoutNames what is said where a wanted one does not.
var (
	factNames = map[string]fact{
		windows.Orders.String(): {"counted order", "none"}, windows.Defective.String(): {"defect", "bad"}, windows.NegativeFeedback.String(): {"negative feedback", "bad"},
		windows.Claim.String(): {"claim", "bad"}, windows.ClaimCounts.String(): {"claim that counts", "bad"}, windows.Chargeback.String(): {"chargeback", "bad"},
		windows.ChargebackCounts.String(): {"chargeback that counts", "bad"}, windows.Refunded.String(): {"refund", "bad"},
		windows.SellerCancelled.String(): {"cancelled by the seller", "bad"}, windows.LateShipped.String(): {"shipped late", "bad"},
		windows.ShipmentsConfirmed.String(): {"confirmed shipment", "none"}, windows.ShipmentsValidTracking.String(): {"valid tracking", "good"},
		windows.ShipmentsSettled.String(): {"settled delivery", "none"}, windows.ShipmentsOnTime.String(): {"delivered on time", "good"},
		windows.ReturnsRequested.String(): {"return request", "none"}, windows.ReturnsNegative.String(): {"dissatisfying return", "bad"},
		windows.OrderBuyerCancelled.String(): {"cancelled, not by the seller", "none"}, windows.OrderRated.String(): {"rated", "none"},
		windows.OrderRating1.String(): {"1 of 5", "bad"}, windows.OrderRating2.String(): {"2 of 5", "bad"}, windows.OrderRating3.String(): {"3 of 5", "warn"},
		windows.OrderRating4.String(): {"4 of 5", "good"}, windows.OrderRating5.String(): {"5 of 5", "good"}, windows.OrderClaimLost.String(): {"claim granted", "bad"},
		windows.OrderHandedOver.String(): {"handed over to the carrier", "good"}, windows.OrderHandoverLate.String(): {"handed over late", "bad"},
		windows.OrderHasReturn.String(): {"order with a return", "none"}, windows.ShipmentDelivered.String(): {"delivered parcel", "good"},
		windows.ShipmentPromiseDue.String(): {"promise is due", "none"}, windows.ReturnAnswered.String(): {"return answered", "good"},
		windows.ReturnAnsweredLate.String(): {"not answered in time", "bad"}, windows.ReturnRejectedInPolicy.String(): {"rejected in policy", "bad"},
	}
	withoutNames = map[string]string{
		windows.ShipmentsValidTracking.String(): "no valid tracking", windows.ShipmentsOnTime.String(): "not delivered on time",
	}
	notCountedNames = map[inspect.NotCounted]string{
		inspect.NotAnOrder: "not paid yet", inspect.OtherChannel: "counts another channel", inspect.Filtered: "counts other orders", inspect.Nothing: "nothing to count",
		inspect.AllExcused: "excused", inspect.TooEarly: "not yet in the window", inspect.TooLate: "left the window",
	}
	ofNames = map[string]string{
		"order": "order", "shipment": "shipment", "feedback": "feedback", "claim": "claim", "chargeback": "chargeback", "return": "return",
	}
)

// stateOf is the state of a name.
func stateOf(name string) rules.State {
	for s := range rules.NumStates {
		if s.String() == name {
			return s
		}
	}
	return rules.NoData
}

// The classes by which marks and texts are coloured.
var (
	statusClasses = [...]string{rules.StatusActive: "good", rules.StatusAtRisk: "warn", rules.StatusUnderReview: "bad"}
	stateClasses  = [...]string{rules.NoData: "none", rules.OK: "good", rules.AtRisk: "warn", rules.Breached: "bad"}
	kindClasses   = [...]string{outputs.KindBreached: "bad", outputs.KindAtRisk: "warn", outputs.KindResolved: "good"}
)

// metric is what a metric is called; that of a pack has its own name.
func (w *words) metric(fullName string) string {
	if name, ok := metricNames[fullName]; ok {
		return w.t(name)
	}
	return fullName
}

// metrics are those that a question may be about.
func (w *words) metrics() []*rules.Metric {
	if w.rules == nil {
		return rules.Metrics()
	}
	return w.rules.Metrics()
}

// unit is what a metric counts.
func (w *words) unit(metric string) string {
	if m := w.rules.Metric(metric); m != nil {
		return w.t(unitNames[m.Unit])
	}
	return w.t(unitNames[windows.OrderUnit])
}

// target is a rule's target as a percentage, such as "< 1%".
func (w *words) target(t rules.Target) string {
	if t.IsZero() {
		return dash
	}
	return t.Comparator.String() + " " + w.percent(t.Limit.Number, t.Limit.Scale)
}

// cause says what tipped an alert.
func (w *words) cause(c *outputs.Cause) string {
	switch {
	case c.Topic != "":
		return w.t("%s %s of order %s", c.Topic, c.Kind, isolated(c.OrderID))
	case c.Kind == outputs.TimeCause().Kind:
		return w.t("the window moved on")
	case c.Kind == outputs.BackfillCause().Kind:
		return w.t("a backfill was cut over to")
	}
	return w.t("the rules changed")
}

// place names a record.
func place(topic string, partition int32, offset int64) string {
	return topic + "/" + strconv.Itoa(int(partition)) + "@" + strconv.FormatInt(offset, 10)
}

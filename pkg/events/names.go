package events

// The texts of the closed sets, at the places of their constants.
var (
	kindNames = [NumKinds]string{
		"",
		"PLACED", "CONFIRMED", "AMENDED", "CANCELLED", "REFUNDED", "EXCUSED",
		"CONFIRMED", "TRACKING_UPDATED", "SCANNED", "DELIVERED",
		"LEFT", "REMOVED",
		"OPENED", "REOPENED", "GRANTED", "DENIED", "WITHDRAWN", "MARKETPLACE_FUNDED", "APPEAL_GRANTED",
		"OPENED", "RECLASSIFIED", "REVERSED",
		"REQUESTED", "ANSWERED", "FEEDBACK",
	}
	channelNames     = []string{"", "AFN", "MFN"}
	partyNames       = []string{"", "BUYER", "MARKETPLACE", "SELLER"}
	reasonNames      = []string{"", "BUYER_REQUEST", "OTHER", "OUT_OF_STOCK", "SHIP_CONFIRMATION_MISSING"}
	buyerReasonNames = []string{"", "CHANGED_MIND", "DAMAGED", "NOT_AS_DESCRIBED", "NOT_RECEIVED", "OTHER", "WRONG_ITEM"}
	categoryNames    = []string{"", "FRAUD", "SERVICE"}
	answerNames      = []string{"", "AUTHORIZED", "CLOSED", "REFUNDED", "REJECTED"}
)

// firstKinds gives the first kind of each topic, and the end.
var firstKinds = [NumTopics + 1]Kind{
	OrderPlaced, ShipmentConfirmed, FeedbackLeft, ClaimOpened, ChargebackOpened, ReturnRequested, NumKinds,
}

// ParseTopic finds the topic of this name, without a prefix.
func ParseTopic(name string) (Topic, bool) {
	for t, n := range topicNames {
		if n == name {
			return Topic(t), true
		}
	}
	return 0, false
}

// ParseKind finds the topic's kind of this text.
func ParseKind(topic Topic, text string) (Kind, bool) {
	for k := firstKinds[topic]; k < firstKinds[topic+1]; k++ {
		if kindNames[k] == text {
			return k, true
		}
	}
	return 0, false
}

// String is the kind as the contract has it, such as PLACED; kinds of different topics share texts.
func (k Kind) String() string { return nameOf(kindNames[:], uint8(k)) }

// Topic is the topic that kinds of this sort are in. It panics for the zero Kind.
func (k Kind) Topic() Topic {
	for t := Orders; t < NumTopics; t++ {
		if firstKinds[t] <= k && k < firstKinds[t+1] {
			return t
		}
	}
	panic("no topic has this kind")
}

// ParseChannel finds the channel of this text.
func ParseChannel(text string) (Channel, bool) { return parseName[Channel](channelNames, text) }

// ParseParty finds the party of this text.
func ParseParty(text string) (Party, bool) { return parseName[Party](partyNames, text) }

// ParseReason finds the reason of this text.
func ParseReason(text string) (Reason, bool) { return parseName[Reason](reasonNames, text) }

// ParseBuyerReason finds the buyer's reason of this text.
func ParseBuyerReason(text string) (BuyerReason, bool) {
	return parseName[BuyerReason](buyerReasonNames, text)
}

// ParseCategory finds the category of this text.
func ParseCategory(text string) (Category, bool) { return parseName[Category](categoryNames, text) }

// ParseAnswer finds the answer of this text.
func ParseAnswer(text string) (Answer, bool) { return parseName[Answer](answerNames, text) }

// String is the channel's text, empty for none.
func (c Channel) String() string { return nameOf(channelNames, uint8(c)) }

// String is the party's text, empty for none.
func (p Party) String() string { return nameOf(partyNames, uint8(p)) }

// String is the reason's text, empty for none.
func (r Reason) String() string { return nameOf(reasonNames, uint8(r)) }

// String is the reason's text, empty for none.
func (r BuyerReason) String() string { return nameOf(buyerReasonNames, uint8(r)) }

// String is the category's text, empty for none.
func (c Category) String() string { return nameOf(categoryNames, uint8(c)) }

// String is the answer's text, empty for none.
func (a Answer) String() string { return nameOf(answerNames, uint8(a)) }

func nameOf(names []string, index uint8) string {
	if int(index) >= len(names) {
		return ""
	}
	return names[index]
}

func parseName[T ~uint8](names []string, text string) (T, bool) {
	for i, name := range names {
		if name == text && i > 0 {
			return T(i), true
		}
	}
	return 0, false
}

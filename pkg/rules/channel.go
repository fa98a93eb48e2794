package rules

import (
	"fmt"

	"sellerpulse/pkg/events"
)

// Channel is the orders that a number counts, by who fulfils them.
type Channel uint8

// The channels, numbered as in the schemas.
const (
	AllChannels Channel = iota
	AFN                 // fulfilled by the marketplace
	MFN                 // fulfilled by the seller
	NumChannels
)

var channelNames = [NumChannels]string{AllChannels: "ALL", AFN: "AFN", MFN: "MFN"}

// String is the channel as alerts and reports have it.
func (c Channel) String() string { return channelNames[c] }

// ParseChannel finds the channel of a name.
func ParseChannel(name string) (Channel, error) {
	for c, n := range channelNames {
		if n == name {
			return Channel(c), nil
		}
	}
	return 0, fmt.Errorf("unknown channel %q: use ALL, AFN or MFN", name)
}

// Of is the channel of the orders that are counted; 0 for both.
func (c Channel) Of() events.Channel {
	switch c {
	case AFN:
		return events.AFN
	case MFN:
		return events.MFN
	default:
		return 0
	}
}

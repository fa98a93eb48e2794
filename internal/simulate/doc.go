// Package simulate makes a marketplace up: sellers with recognisable fates, their orders, and everything that happens to those, as
// events; and it starts an embedded broker to put them on.
//
// It leaves sending the events, and pacing them by a clock, to its caller: time is a parameter here.
//
// Invariant: the events of [Marketplace.History] and of [RandomMarketplace] are a function of their options alone, to the last byte.
package simulate

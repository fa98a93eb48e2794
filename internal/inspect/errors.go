package inspect

import (
	"errors"
	"fmt"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/windows"
)

// Reasons why a state has no answers yet.
var (
	ErrNothingCommitted = errors.New("nothing was committed of this partition yet: ask again once it has events")
	ErrRestoring        = errors.New("this partition is being restored from the changelog: ask again in a while, or its owner")
	ErrRebuilding       = errors.New("this partition is being rebuilt for other settings: ask again in a while")
)

// SettingsError says that a state was built with other settings than those asked for: those in force are not committed yet.
type SettingsError struct{ Differences []state.Difference }

// Error names what differs, and the remedy.
func (e *SettingsError) Error() string {
	return fmt.Sprintf("the state was built with other settings: %v: ask again once the present ones are committed", &e.Differences[0])
}

// UnknownSellerError says that a seller never had a placed order in this partition.
type UnknownSellerError struct{ SellerID string }

// Error names the seller.
func (e *UnknownSellerError) Error() string {
	return fmt.Sprintf("find seller %q: no order of it was ever placed", e.SellerID)
}

// UnknownOrderError says that nothing is known of an order: it never was, or it is forgotten.
type UnknownOrderError struct{ SellerID, OrderID string }

// Error names the order.
func (e *UnknownOrderError) Error() string {
	return fmt.Sprintf("find order %q of seller %q: there is none, or none any more", e.OrderID, e.SellerID)
}

// NotKeptError says that not all orders of a period are kept.
type NotKeptError struct{ From, To, KeptFrom, KeptTo windows.Date }

// Error names the period and what is kept.
func (e *NotKeptError) Error() string {
	return fmt.Sprintf("read order dates %v to %v: those from %v to %v are kept: choose of these", e.From, e.To, e.KeptFrom, e.KeptTo)
}

// QueryError says what is wrong with a question.
type QueryError struct{ Field, Problem string }

// Error names the field and the problem.
func (e *QueryError) Error() string { return e.Field + ": " + e.Problem }

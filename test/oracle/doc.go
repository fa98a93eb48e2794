// Package oracle computes every alert, dead letter and report that the log of one partition must give.
//
// It is a deliberately naive second implementation, against which the engine is held. It shares no code with the engine: of other
// packages it takes the event types alone, and the validity of tracking numbers as a function. An order is the list of all its events,
// its facts are found by sorting that list anew, a window is a loop over all orders of a seller, and every number that the engine has a
// formula for is found here by trying 0, 1, 2, … Rules are given as they are written, and read anew ([Pack], [Read]); whether they make
// sense is not asked: what is no rule panics. It leaves decoding, Kafka, storage and speed to others.
//
// Invariant: nothing is kept from one evaluation to the next but the events, the stream time, each rule's state, level, parts and count of
// alerts, and of expired orders the moment and the rules by which they count on. What is remembered beside them (facts of an order,
// instants at which they change) is dropped whenever the order changes.
package oracle

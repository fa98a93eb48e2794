// Package inspect answers questions about one seller from a snapshot of a state: its numbers over any period that is kept, where it stands with each
// rule, the orders behind a number, one order with since when each fact of it is true, a metric day by day, and what the days to come bring if
// nothing else happens.
//
// A snapshot ([state.DB.Snapshot]) is as of the last checkpoint, some seconds ago, and holds up nobody. Every answer says as of which stream time it
// is. How keys are read is left to internal/state, what an order counts to package windows, what numbers mean to package rules, what a report lists to
// package outputs; which process has the state of a seller, and handing answers out, to internal/app.
//
// Answers are plain structs with the JSON of the project's other outputs: names in snake_case, dates as YYYY-MM-DD, instants in RFC 3339 in UTC with
// three decimals, null where there is nothing. Texts of producers are as they came.
//
// A checkpoint may come in the middle of an instant ([state.Instant]), at a midnight of many sellers. Then an answer is as of the instant before it for
// the sellers that are yet to be taken through, and an order as far as it has come itself.
//
// Invariants:
//   - The numbers of an answer are those that the seller's report has at the same stream time, wherever both tell the same.
//   - An answer about orders agrees with one about numbers: of the same dates, channel and product line the orders add up to the counts.
//   - Everything is bounded: dates by what is kept, pages, days, parts and rows by [Options]. What a bound cut off is said to be.
package inspect

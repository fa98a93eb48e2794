// Package diff tells how a candidate's state differs from the live one: seller by seller, rule by rule, alert by alert, and for one seller the orders
// behind it. It reads Kafka alone, writes nothing, and needs no task to run.
//
// Two changelogs and two topics each of reports and of alerts are read, read committed, to the ends that they have. Of each seller a digest is kept, some
// hundreds of bytes: the states of its rules, from its record in the changelog; their numbers, from its latest report; a sum of its alerts. Alerts
// themselves are read again, of those sellers alone whose sums differ, and of so many at a time as fit.
//
// Meanwhile both states go on. So what comes is read on for a while, and a seller has settled when all of this holds:
//
//   - No report of it is due, and that read is the one of which its record has the fingerprint. So its numbers are as of its record. Where there is no
//     report at all, as of a former state, its states alone are compared.
//   - Where something differs: it has not changed for a look, and since it last changed on either side, each side has come to where the other was when that was seen. So there was a
//     point of the inputs at which both had what is compared.
//   - The later report is as of no stream time to which the other side has yet to come. A candidate's time follows the clock some minutes behind the
//     live one's: what a midnight changes is not to be told as a difference.
//
// What moved until the end of that while is told apart. A candidate that lags behind has not moved for that: what differs is then told, and how far it is.
package diff

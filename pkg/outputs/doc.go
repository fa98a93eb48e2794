// Package outputs holds what the topics of alerts and of reports carry: the alert, the report, and their JSON and Avro, written and read. A
// subscriber in Go reads what it subscribes to with [DecodeAlert] and [DecodeReport].
//
// What states and numbers mean is package rules; when an alert or a report is due, internal/engine.
//
// Invariant: nothing is longer than [MaxAlertBytes] and [MaxReportBytes] tell, and what is written reads back the same but for the lag of a
// window.
package outputs

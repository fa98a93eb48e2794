// Package jsontext appends JSON: keys, texts, numbers. The braces, and what stands in them in which order, are left to those who know the
// fields: events in pkg/events, alerts and reports in pkg/outputs. What is of no fixed form is encoding/json's.
//
// Invariant: whatever a text holds, what is appended for it is UTF-8 and a string of JSON.
package jsontext

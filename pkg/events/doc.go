// Package events turns bytes into events and events into bytes: the three wire forms of the input topics and lines of JSON.
//
// A Decoder reads a message of any wire form at any time and validates it; an Encoder writes Avro; ParseLine and
// AppendJSON read and write JSON. Where the bytes come from, whether a message's key and partition are right and
// whether its time is plausible is left to others.
//
// Invariant: whatever the bytes are, nothing panics, no more is allocated than a fixed multiple of their length, none
// are left over, and every event that is handed out is valid. What is refused is refused with an *Error that names
// field and value.
package events

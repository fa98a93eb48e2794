// Package display makes texts that others wrote fit for a terminal: what is in an event, and so in alerts, reports and errors, neither moves
// the cursor, colours, reorders or hides what stands around it, nor takes more of a row than it is given.
//
// Where such texts are shown is left to cmd. What is written for programs, such as JSON, does not come through here.
package display

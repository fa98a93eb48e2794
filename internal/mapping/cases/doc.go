// Package cases reads and runs files of cases, which are tests of mappings: records, and the events that they are to become.
//
//	# An order of two items
//	record shop.orders
//	{"id": 17, "state": "new"}
//	events
//	{"topic":"orders","kind":"PLACED",…}
//
// A line `record` begins a record, whose text follows on as many lines as it takes; behind it stand the topic or the file that it is from, where the mapping
// has several sources, and `key=TEXT`. A line `events` begins the events, a line of JSON each, none where it becomes none. A line `refused TEXT` in its place
// says that it cannot be mapped, and a part of why. Lines that begin with # before a record are the title of its case. Of a source of rows a record is a
// whole file with the names of the columns. Lines such as `set seller=S1` before the first case set constants of the mapping.
package cases

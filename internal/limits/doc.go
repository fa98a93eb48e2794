// Package limits is the one table of how large things may be, from what a producer sends to what a topic takes. Each size is derived from
// those before it, so that whatever is applied can be written: no record that is taken makes one that is not.
//
//	what                           bytes
//	text                           1,024  an id, a product line (events.MaxTextBytes)
//	site                              64  a marketplace, a country (events.MaxSiteBytes)
//	input                        262,144  value and headers of a record (events.DefaultMaxBytes); beyond it is undecodable
//	row                          524,288  what an order may come to, with its parts and excuses; an event that would make it larger is invalid
//	parked                     4,194,304  what may wait for one order, in at most 1,000 events; one more is an orphan
//	part of a bucket              65,536  what is more goes into further parts (windows.MaxBucketBytes)
//	changelog record             527,464  the largest is that of a row, with its key and a batch of its own
//	alert                         29,000  about: 20 orders with ids of 1,024 bytes, and so on (outputs.MaxAlertBytes)
//	report                    15,000,000  about: 64 rules of 32 parts, 200 product lines, each 48 times (outputs.MaxReportBytes)
//	  compressed               1,024,000  of those 48 times zstd finds 47
//	dead letter                           what its topic takes: the rest is cut. 2,048 are kept for headers that say so
//	batch                        900,000  or what its topic takes, before compression. A larger record goes alone
//	commit                    16,777,216  changes and what is published, and what one more event adds to that
//	source record             16,777,216  value of a record that an intake reads; a larger one is undecodable
//	mapped                    16,777,216  of the events that such a record becomes, 10,000 at most
//	carried                    8,388,608  a transaction of an intake, and what one more record adds: mapped, or a dead letter
//	request                   33,554,432  batches of several topics to one broker
//	batch that is read       268,435,456  in memory, decompressed; beyond it is undecodable
//	standby                   21,411,504  of a commit that is not whole yet, until it is
//
// How large a record batch may be is a setting of each topic, max.message.bytes. [Batch] is what is used of it, [Needed] the setting that a
// size asks for. Topics of the brokers' default, 1,048,588, take everything; those that exist are checked by internal/app/provision.
//
// How much of these a process has at a time is a matter of --memory: internal/memory divides it among caches, what waits and what is read ahead.
//
// A report lists at most 200 product lines, and fewer where its rules have more than 16 metrics and windows together: 3,200 lines of numbers, each of three
// channels (outputs.MostLines). It tells of at most 32 parts of a rule, and of fewer where the values of all have over 131,072 bytes (outputs.MaxPartBytes).
//
// What has no bound of its own is bounded by what it is made of: a seller's record in the changelog is 86 bytes for each rule that it ever had
// an alert of, and the meaning of a state a line for each rule.
//
// Rule files have bounds of their own, in pkg/rules: 64 KiB a file, 64 versions of rules and 64 metrics a set, 8 levels and 8 windows a rule, 64 values a list,
// and names of 64 bytes.
//
// Tests build the worst of each kind, with the code that writes it, and compare.
package limits

// Package rulebook keeps the rule sets that were applied to an application, in a compacted topic of one partition: a record a revision, the
// newest of which is in force. Whoever runs tasks follows it; who changes rules adds a revision, in a transaction, so that two who do so at the
// same time are one after the other and a number is given once.
//
// What a rule set says is left to package rules: here it is the texts of its files.
package rulebook

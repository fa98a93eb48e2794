// Package survey tells what all processes of the application do with each partition: this one's tasks, and those of the others, which are asked over HTTP at the
// same time. It also tells what this process carries over of other topics. Who has what is left to internal/worker, how a process is asked to internal/web/forward.
//
// Invariant: a process that does not answer costs no more than a short while, and is told as such: nothing old is given in place of its answer.
package survey

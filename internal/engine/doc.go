// Package engine is the pure middle of a task: records and instants go in, and what is to be committed comes out. It has no clock, no goroutine
// and no log, knows nothing of Kafka and calls nobody; [state.Partition] alone is beneath it. An Engine is for one goroutine. This is its
// caller's loop:
//
//	e := engine.New(partition, options)
//	if err := e.Open(); err != nil { … }
//	for {
//		in := …                                     // the next record, or an instant up to which there is none
//		for done := false; !done; {
//			if done, err = e.Step(in); err != nil { … } // drop the engine, and open another on the state of the last commit
//			if !done || commitDue {
//				c := e.Commit(offsets)                  // offsets are those before in, until it is done
//				…                                       // one transaction: c.Records to the changelog, c.Alerts, c.Reports, c.DeadLetters, the offsets
//				e.Committed()
//				if checkpointDue { e.Checkpoint(…) }    // where nothing was taken in since Commit
//			}
//		}
//	}
//
// A step ends where enough waits for one transaction, be it in the middle of an instant at which windows of a hundred thousand sellers slide.
// The same step again goes on from there; so does another engine, on the state of any commit, after a crash. Commits may be anywhere: what
// comes out, all together, is the same.
//
// A commit may be under way while more is taken in: [Engine.Commit] hands over what it is made of. Only a checkpoint waits for it.
//
// Invariants:
//   - Everything due up to stream time has been evaluated, each due instant for itself and in order, before an event is applied.
//   - Of a date that has expired nothing changes any more, whatever falls due, and where counts outlive orders its buckets are frozen in the instant in
//     which it expires.
//   - In the middle of an instant those sellers have gone through it whose ids are not behind that of [state.Clock]; all others are as of
//     the instant before.
//   - The sellers whose reports are due are those that are marked so (state.Seller.ReportDue). The queue holds them in the order in which
//     they came; those for whom it has no room are found again by their marks.
package engine

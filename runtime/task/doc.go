// Package task runs one subtask of a job: one goroutine with a chain of operators between an input and its outputs.
//
// A [Task] is made of its [Config] and run with [Task.Run]. Its head is a source reader, a gate, or nothing (constant rows); the chain is a tree of
// operators whose calls nest; its ends are sink writers and exchange outputs. Between two batches the task looks at its mailbox: checkpoints
// to begin, splits to read, snapshots whose memory can go, timers that are due.
//
// At a barrier the task first sends it on, then freezes the state of every operator, reads the source's positions and lets the writers end
// their epoch; another goroutine writes the frozen state and acknowledges. At the end of input the operators finish in order, the writers
// prepare for the last time, and the task reports what they prepared. The last watermark leaves an operator that acts at the end of input
// (operators.Finisher) only after it has done so: what it emits then is not late for those behind it.
//
// Run contains panics: they become the failure of the task, with their stack; a *vector.LimitError names the operator that wanted the memory.
//
// Invariants:
//  1. The chain, its state, timers, reader and writers are touched by the goroutine in Run only; Snapshot.Write excepted.
//  2. Nothing is emitted between a barrier and the end of the synchronous part of the snapshot.
//  3. A task reports FINISHED only after all its acknowledgements have been sent.
//
// The package must not know the coordinator, the job's life cycle, or SQL.
package task

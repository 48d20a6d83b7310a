// Package operators is the contract between operators and the task that runs them.
//
// An [Operator] is a stage of a chain. A chain is nested calls on one goroutine: the task calls the first operator with a batch, which calls
// its [Output] with the batches it makes, and so on to the end of the chain. Between batches the task delivers watermarks, processing-time
// timers, snapshots and the end of input. Barriers never reach operators: the task aligns them and snapshots the chain between two batches.
//
// Required methods are few; abilities are interfaces found by assertion: [Snapshotter] (has state), [Finisher] (acts at the end of input),
// [Timed] (wants processing-time timers).
//
// Rules:
//  1. One goroutine calls an operator, from Open to Close; only Snapshot.Write of a frozen snapshot runs on another.
//  2. Batches are borrowed: the caller keeps its reference, the callee retains what it keeps. A batch given to Emit is immutable from then on;
//     its creator releases its own reference after Emit.
//  3. Nothing is emitted in Open, Snapshot or Close.
//  4. Watermarks given to an operator never decrease; MaxWatermark means that no event time is left. An operator with several inputs gets the
//     minimum over them. It forwards a watermark after whatever the watermark made it emit.
//  5. The folded result does not depend on how rows are cut into batches, on parallelism, or on snapshots and restores.
//  6. An error fails the job. A panic with *vector.LimitError means that the job is over its memory.
//
// The package imports vectors and types only.
package operators

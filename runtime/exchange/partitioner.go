package exchange

import (
	"millrace/operators"
	"millrace/operators/vector"
)

// Partitioner splits batches by key. One instance serves one edge of one subtask, and is called by its goroutine.
type Partitioner interface {
	// Split calls emit with the rows of b for each target (a subtask of the consumer) that gets any. The row order within a target is kept, and so
	// are row kinds; rows with equal keys meet the same target. b and what emit gets are borrowed. keys are columns of b. A row of key group g
	// belongs to target g * parallelism / maxParallelism.
	Split(b *operators.Batch, keys []int, parallelism, maxParallelism int, emit func(target int, b *operators.Batch) error) error
}

// PartitionerFactory makes the partitioner of a hash edge. The pool belongs to the job.
type PartitionerFactory func(pool *vector.Pool) Partitioner

package exchange

import (
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// Partitioner splits batches by key. One instance serves one edge of one subtask, and is called by its goroutine.
type Partitioner interface {
	// Split calls emit with the rows of b for each target (a subtask of the consumer) that gets any, in ascending order. The row order within
	// a target is kept, and so are row kinds; -U and +U of one key meet the same target. b and what emit gets are borrowed. A row belongs to target
	// keyGroup * parallelism / maxParallelism.
	Split(b *operators.Batch, emit func(target int, b *operators.Batch) error) error
}

// PartitionerFactory makes the partitioner of a hash edge: keys are columns of the producer's output, whose types are given. pool belongs to
// the job.
type PartitionerFactory func(pool *vector.Pool, schema types.Schema, keys []int, parallelism, maxParallelism int) (Partitioner, error)

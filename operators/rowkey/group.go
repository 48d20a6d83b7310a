package rowkey

import (
	"math/bits"

	"millrace/operators"
)

// GroupOf is the key group, 0 to maxParallelism-1, of a key. It follows the high bits of the hash; tables use the low ones.
func GroupOf(hash uint64, maxParallelism int) int {
	hi, _ := bits.Mul64(hash, uint64(maxParallelism))
	return int(hi)
}

// SubtaskOf is the instance that owns a key group, as Flink assigns them.
func SubtaskOf(group, maxParallelism, parallelism int) int {
	return group * parallelism / maxParallelism
}

// RangeOf is the key groups that an instance owns: those that SubtaskOf maps to it.
func RangeOf(subtask, parallelism, maxParallelism int) operators.KeyRange {
	return operators.KeyRange{
		From: (subtask*maxParallelism + parallelism - 1) / parallelism,
		To:   ((subtask+1)*maxParallelism-1)/parallelism + 1,
		Max:  maxParallelism,
	}
}

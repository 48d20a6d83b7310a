package partition

import (
	"millrace/operators"
	"millrace/operators/rowkey"
	"millrace/operators/vector"
)

// Hash splits batches by key group. It keeps scratch memory: one for each sending task.
type Hash struct {
	Pool   *vector.Pool
	hashes []uint64
	target []uint16
	counts []int32
	starts []int32
	order  []uint16
	groups []uint16 // target of each key group
	spread int      // parallelism that groups is for
}

// Split calls emit with the rows of b for each target that has some. The batches are borrowed.
func (h *Hash) Split(b *operators.Batch, keys []int, parallelism, maxParallelism int, emit func(target int, b *operators.Batch) error) error {
	n := b.Rows()
	if n == 0 {
		return nil
	}
	if parallelism == 1 {
		return emit(0, b)
	}
	h.grow(n, parallelism)
	h.route(parallelism, maxParallelism)
	rowkey.HashColumns(b, keys, h.hashes[:n])
	clear(h.counts)
	for k, x := range h.hashes[:n] {
		t := h.groups[rowkey.GroupOf(x, maxParallelism)]
		h.target[k] = t
		h.counts[t+1]++
	}
	for t := range parallelism {
		if h.counts[t+1] == int32(n) {
			return emit(t, b)
		}
	}
	for t := range parallelism {
		h.counts[t+1] += h.counts[t]
	}
	h.starts = append(h.starts[:0], h.counts...)
	starts := h.starts
	for k, t := range h.target[:n] {
		r := uint16(k)
		if b.Sel != nil {
			r = b.Sel[k]
		}
		h.order[starts[t]] = r
		starts[t]++
	}
	sorted := gather(h.Pool, b, h.order[:n])
	defer sorted.Release()
	for t := range parallelism {
		from, to := int(h.counts[t]), int(h.counts[t+1])
		if from == to {
			continue
		}
		s := sorted.Slice(h.Pool, from, to)
		err := emit(t, s)
		s.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

func (h *Hash) grow(n, parallelism int) {
	if cap(h.hashes) < n {
		h.hashes, h.target, h.order = make([]uint64, n), make([]uint16, n), make([]uint16, n)
	}
	h.hashes, h.target, h.order = h.hashes[:n], h.target[:n], h.order[:n]
	if len(h.counts) != parallelism+1 {
		h.counts = make([]int32, parallelism+1)
	}
}

// route finds the target of each key group.
func (h *Hash) route(parallelism, maxParallelism int) {
	if len(h.groups) == maxParallelism && h.spread == parallelism {
		return
	}
	h.groups, h.spread = make([]uint16, maxParallelism), parallelism
	for g := range h.groups {
		h.groups[g] = uint16(rowkey.SubtaskOf(g, maxParallelism, parallelism))
	}
}

// gather copies rows in the given order, with their kinds.
func gather(pool *vector.Pool, b *operators.Batch, order []uint16) *operators.Batch {
	v := vector.NewBatch(b.Len, b.Columns...) // borrowed columns: only to call Dense
	v.Sel, v.Kinds = order, b.Kinds
	d := v.Dense(pool)
	return d
}

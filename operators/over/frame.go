package over

import (
	"sort"

	"millrace/operators/kernel/decimal"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// part is a partition: the positions [start, end), of which results are wanted from position from on.
type part struct {
	start, from, end int
	// id is the accumulator that holds the rows before from, for frames that begin with the first row; -1: there are none, and it is temporary.
	id int32
	// rows and peers are how many rows and how many different ones came before from, for ROW_NUMBER and its like.
	rows, peers int64
}

// order is what the evaluator needs of the order of rows.
type order struct {
	// first tells for each position whether the row differs from the one before it in the order, or begins a partition.
	first []bool
	// keys are the values of the first order key, ascending in a partition, for RANGE with an offset; nil if no frame has one.
	keys *keys
}

// keys are order keys as numbers in ascending order: descending ones are negated.
type keys struct {
	float bool
	ints  []decimal.Int128
	reals []float64
	null  []bool
}

// newKeys reads the values of a column.
func newKeys(v *vector.Vector, descending bool) *keys {
	k := &keys{null: make([]bool, v.Len)}
	st := v.Type.Storage()
	k.float = st == types.StoreF32 || st == types.StoreF64
	if k.float {
		k.reals = make([]float64, v.Len)
	} else {
		k.ints = make([]decimal.Int128, v.Len)
	}
	for i := range v.Len {
		if k.null[i] = v.IsNull(i); k.null[i] {
			continue
		}
		switch st {
		case types.StoreF32:
			k.reals[i] = float64(vector.Values[float32](v)[i])
		case types.StoreF64:
			k.reals[i] = vector.Values[float64](v)[i]
		case types.StoreI128:
			k.ints[i] = vector.Values[decimal.Int128](v)[i]
		default:
			k.ints[i] = decimal.FromInt64(integer(v, st, i))
		}
		if descending && k.float {
			k.reals[i] = -k.reals[i]
		} else if descending {
			k.ints[i] = k.ints[i].Neg()
		}
	}
	return k
}

func integer(v *vector.Vector, st types.Storage, i int) int64 {
	switch st {
	case types.StoreI8:
		return int64(vector.Values[int8](v)[i])
	case types.StoreI16:
		return int64(vector.Values[int16](v)[i])
	case types.StoreI32:
		return int64(vector.Values[int32](v)[i])
	default:
		return vector.Values[int64](v)[i]
	}
}

// below tells whether row j lies before row i plus the bound.
func (k *keys) below(j, i int, b plan.Bound) bool {
	if k.float {
		return k.reals[j] < k.reals[i]+b.Float
	}
	return k.ints[j].Less(k.plus(i, b))
}

// beyond tells whether row j lies after row i plus the bound.
func (k *keys) beyond(j, i int, b plan.Bound) bool {
	if k.float {
		return k.reals[j] > k.reals[i]+b.Float
	}
	return k.plus(i, b).Less(k.ints[j])
}

func (k *keys) plus(i int, b plan.Bound) decimal.Int128 {
	off := decimal.FromInt64(b.Offset)
	sum, ok := k.ints[i].AddChecked(off)
	switch {
	case ok:
		return sum
	case b.Offset < 0:
		return decimal.Int128{Hi: -1 << 63}
	default:
		return decimal.Int128{Lo: ^uint64(0), Hi: 1<<63 - 1}
	}
}

// frames writes the frames [lo, hi) of the rows of a partition that are wanted; lo and hi are by position.
func frames(f plan.Frame, p part, o *order, lo, hi []int32) {
	if f.Rows {
		for i := p.from; i < p.end; i++ {
			lo[i], hi[i] = int32(p.start), int32(p.end)
			if !f.Lower.Unbounded {
				lo[i] = int32(clamp(int64(i), f.Lower.Offset, p))
			}
			if !f.Upper.Unbounded {
				hi[i] = int32(clamp(int64(i)+1, f.Upper.Offset, p))
			}
			hi[i] = max(lo[i], hi[i])
		}
		return
	}
	peers(p, o, lo, hi)
	if f.Lower.Unbounded {
		fill(lo[p.from:p.end], int32(p.start))
	}
	if f.Upper.Unbounded {
		fill(hi[p.from:p.end], int32(p.end))
	}
	if isOffset(f.Lower) || isOffset(f.Upper) {
		offsets(f, p, o.keys, lo, hi)
	}
	for i := p.from; i < p.end; i++ {
		hi[i] = max(lo[i], hi[i])
	}
}

func isOffset(b plan.Bound) bool { return !b.Unbounded && !b.Current }

// clamp is i + off within the partition.
func clamp(i, off int64, p part) int64 {
	switch {
	case off < int64(p.start)-i:
		return int64(p.start)
	case off > int64(p.end)-i:
		return int64(p.end)
	default:
		return i + off
	}
}

func fill(x []int32, v int32) {
	for i := range x {
		x[i] = v
	}
}

// peers writes for each row the range of those that are equal to it in the order.
func peers(p part, o *order, lo, hi []int32) {
	for i := p.from; i < p.end; {
		from := i
		for from > p.start && !o.first[from] {
			from--
		}
		to := i + 1
		for to < p.end && !o.first[to] {
			to++
		}
		fill(lo[i:to], int32(from))
		fill(hi[i:to], int32(to))
		i = to
	}
}

// offsets replaces the bounds that are distances; rows without a key reach their peers only.
func offsets(f plan.Frame, p part, k *keys, lo, hi []int32) {
	from, to := p.start, p.end
	for from < to && k.null[from] {
		from++
	}
	for from < to && k.null[to-1] {
		to--
	}
	for i := max(p.from, from); i < to; i++ {
		if isOffset(f.Lower) {
			lo[i] = int32(from + sort.Search(to-from, func(j int) bool { return !k.below(from+j, i, f.Lower) }))
		}
		if isOffset(f.Upper) {
			hi[i] = int32(from + sort.Search(to-from, func(j int) bool { return k.beyond(from+j, i, f.Upper) }))
		}
	}
}

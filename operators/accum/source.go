package accum

import (
	"encoding/binary"
	"math/bits"

	"millrace/operators/table"
	"millrace/operators/vector"
)

// source is a choice of rows: those where the filter is TRUE, the argument is not NULL, and (distinct) the value is new or gone.
type source struct {
	filter   int // BOOLEAN column; -1: none
	arg      int // column that must not be NULL; -1: none
	distinct int // part << 8 | filter of it; -1: none
}

// selection is the rows of a batch that a source chooses.
type selection struct {
	all  bool
	rows []uint16 // if not all
	done bool
}

// update is one batch on its way into the accumulators.
type update struct {
	set        *Set
	state      *State
	batch      *vector.Batch
	n          int
	ids        []int32
	rows       []table.Row
	signs      []int64 // 1 or -1 for each row; nil: all 1
	single     bool    // all rows have the same id
	selections []selection
	signBuf    []int64
}

// Update accumulates a dense batch of at most 65536 rows: row i into the row rows[i] with id ids[i] of the state. Kinds that take away
// need Options.Retract. single says that all ids are equal.
func (s *Set) Update(st *State, b *vector.Batch, kinds []vector.RowKind, ids []int32, rows []table.Row, single bool) error {
	u := &s.u
	u.set, u.state, u.batch, u.n, u.ids, u.rows, u.single = s, st, b, b.Len, ids, rows, single
	u.signs = nil
	if s.retract && kinds != nil {
		u.takeKinds(kinds)
	}
	for i := range u.selections {
		u.selections[i].done = false
	}
	for _, p := range s.parts {
		if v, ok := p.(*values); ok {
			if err := v.add(u, nil); err != nil {
				return err
			}
			continue
		}
		sel := u.selection(p.source())
		if !sel.all && len(sel.rows) == 0 {
			continue
		}
		if err := p.add(u, sel); err != nil {
			return err
		}
	}
	return nil
}

func (u *update) takeKinds(kinds []vector.RowKind) {
	u.signBuf = u.signBuf[:0]
	minus := false
	for _, k := range kinds[:u.n] {
		// +I and +U are even, -U and -D odd.
		u.signBuf = append(u.signBuf, 1-2*int64(k&1))
		minus = minus || k&1 != 0
	}
	if minus {
		u.signs = u.signBuf
	}
}

// selection returns the rows of a source.
func (u *update) selection(i int) *selection {
	sel := &u.selections[i]
	if sel.done {
		return sel
	}
	sel.done = true
	src := u.set.sources[i]
	var arg []byte
	if src.arg >= 0 {
		arg = u.batch.Columns[src.arg].Valid
	}
	if src.distinct >= 0 {
		v := u.set.parts[src.distinct>>8].(*values)
		sel.all = false
		sel.rows = sel.rows[:0]
		for _, r := range v.changed[src.distinct&255] {
			if arg == nil || vector.Bit(arg, int(r)) {
				sel.rows = append(sel.rows, r)
			}
		}
		return sel
	}
	if sel.all = src.filter < 0 && arg == nil; sel.all {
		return sel
	}
	maps := make([][]byte, 0, 3)
	if src.filter >= 0 {
		f := u.batch.Columns[src.filter]
		maps = append(maps, f.Data)
		if f.Valid != nil {
			maps = append(maps, f.Valid)
		}
	}
	if arg != nil {
		maps = append(maps, arg)
	}
	sel.rows = selectBits(sel.rows[:0], u.n, maps)
	sel.all = len(sel.rows) == u.n
	return sel
}

// selectBits appends the positions below n whose bit is set in all maps.
func selectBits(dst []uint16, n int, maps [][]byte) []uint16 {
	for w := 0; w*64 < n; w++ {
		x := ^uint64(0)
		for _, m := range maps {
			x &= word(m, w)
		}
		if left := n - w*64; left < 64 {
			x &= 1<<left - 1
		}
		for ; x != 0; x &= x - 1 {
			dst = append(dst, uint16(w*64+bits.TrailingZeros64(x)))
		}
	}
	return dst
}

// word returns 64 bits of a bitmap.
func word(m []byte, w int) uint64 {
	if len(m) >= 8*w+8 {
		return binary.LittleEndian.Uint64(m[8*w:])
	}
	x := uint64(0)
	for i, b := range m[8*w:] {
		x |= uint64(b) << (8 * i)
	}
	return x
}

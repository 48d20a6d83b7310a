package eval

import (
	"encoding/binary"
	"math/bits"

	"millrace/operators/vector"
	"millrace/sql/types"
)

// b2u is 1 for true. The compiler makes it a SETcc.
func b2u(b bool) byte {
	var x byte
	if b {
		x = 1
	}
	return x
}

// strictValid gives out the validity of a strict function's result: not NULL where no argument is NULL.
func strictValid(f *frame, out *vector.Vector, args ...*vector.Vector) {
	for _, a := range args {
		if a.Valid == nil {
			continue
		}
		if a.Len != f.n { // a constant
			if a.IsNull(0) {
				vector.FillBits(out.EnsureValid(), out.Len, false)
			}
			continue
		}
		if out.Valid == nil {
			copy(out.EnsureValid(), a.Valid[:vector.BitmapLen(f.n)])
		} else {
			vector.AndBits(out.Valid, out.Valid, a.Valid, f.n)
		}
	}
}

// isNull tells whether an argument is NULL in row i, be it constant or not.
func isNull(f *frame, a *vector.Vector, i int) bool {
	if a.Valid == nil {
		return false
	}
	if a.Len != f.n {
		i = 0
	}
	return a.IsNull(i)
}

// trueRows appends the positions of the first n rows whose bit is set in data and, if there is one, in valid.
func trueRows(sel []uint16, data, valid []byte, n int) []uint16 {
	i := 0
	for ; i+64 <= n; i += 64 {
		w := binary.LittleEndian.Uint64(data[i>>3:])
		if valid != nil {
			w &= binary.LittleEndian.Uint64(valid[i>>3:])
		}
		for w != 0 {
			sel = append(sel, uint16(i+bits.TrailingZeros64(w)))
			w &= w - 1
		}
	}
	for ; i < n; i++ {
		if vector.Bit(data, i) && (valid == nil || vector.Bit(valid, i)) {
			sel = append(sel, uint16(i))
		}
	}
	return sel
}

// unsetRows appends the positions of the first n rows whose bit is not set.
func unsetRows(sel []uint16, data []byte, n int) []uint16 {
	i := 0
	for ; i+64 <= n; i += 64 {
		w := ^binary.LittleEndian.Uint64(data[i>>3:])
		for w != 0 {
			sel = append(sel, uint16(i+bits.TrailingZeros64(w)))
			w &= w - 1
		}
	}
	for ; i < n; i++ {
		if !vector.Bit(data, i) {
			sel = append(sel, uint16(i))
		}
	}
	return sel
}

// newBool returns a BOOLEAN column of the frame's rows, all FALSE.
func (f *frame) newBool() *vector.Vector { return vector.New(f.pool, types.BooleanType(), f.n, 0) }

// invert flips all bits.
func invert(b []byte) {
	for i := range b {
		b[i] = ^b[i]
	}
}

// selection lends a list of rows from the engine's scratch memory.
func (g *engine) selection() []uint16 {
	if l := len(g.sels); l > 0 {
		s := g.sels[l-1]
		g.sels = g.sels[:l-1]
		return s[:0]
	}
	return make([]uint16, 0, vector.MaxRows)
}

// unlend takes back what selection lent.
func (g *engine) unlend(s []uint16) { g.sels = append(g.sels, s) }

package normalize

import (
	"slices"

	"millrace/operators"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
)

// DropUpdateBefore is the operator of plan.DropUpdateBefore.
type DropUpdateBefore struct {
	operators.Stateless
	// Keys, if any: a -U that no row of the same key follows in its batch becomes -D, as the row that replaces it has another key or was
	// filtered out. Where it comes in the next batch, it inserts again.
	Keys []int
}

// Process passes all rows but -U on.
func (d DropUpdateBefore) Process(_ int, b *operators.Batch, out operators.Output) error {
	if b.Kinds == nil {
		return out.Emit(b)
	}
	kinds := b.Kinds
	sel := make([]uint16, 0, b.Rows())
	for k := range b.Rows() {
		r := at(b, k)
		if b.Kinds[r] == vector.UpdateBefore {
			if len(d.Keys) == 0 || k+1 < b.Rows() && d.same(b, int(r), int(at(b, k+1))) {
				continue
			}
			if &kinds[0] == &b.Kinds[0] {
				kinds = slices.Clone(kinds)
			}
			kinds[r] = vector.Delete
		}
		sel = append(sel, r)
	}
	if len(sel) == 0 {
		return nil
	}
	if len(sel) == b.Rows() && &kinds[0] == &b.Kinds[0] {
		return out.Emit(b)
	}
	cols := make([]*vector.Vector, len(b.Columns))
	for i, c := range b.Columns {
		cols[i] = c.Retain()
	}
	v := vector.NewBatch(b.Len, cols...)
	v.Sel, v.Kinds = sel, kinds
	defer v.Release()
	return out.Emit(v)
}

// at is the position of the k-th row that is selected.
func at(b *operators.Batch, k int) uint16 {
	if b.Sel != nil {
		return b.Sel[k]
	}
	return uint16(k)
}

// same tells whether two rows have one key.
func (d DropUpdateBefore) same(b *operators.Batch, i, j int) bool {
	for _, c := range d.Keys {
		if !rowstore.Equal(b.Columns[c], i, b.Columns[c], j) {
			return false
		}
	}
	return true
}

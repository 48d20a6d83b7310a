package normalize

import (
	"millrace/operators"
	"millrace/operators/vector"
)

// DropUpdateBefore is the operator of plan.DropUpdateBefore.
type DropUpdateBefore struct{ operators.Stateless }

// Process passes all rows but -U on.
func (DropUpdateBefore) Process(_ int, b *operators.Batch, out operators.Output) error {
	if b.Kinds == nil {
		return out.Emit(b)
	}
	sel := make([]uint16, 0, b.Rows())
	for k := range b.Rows() {
		r := uint16(k)
		if b.Sel != nil {
			r = b.Sel[k]
		}
		if b.Kinds[r] != vector.UpdateBefore {
			sel = append(sel, r)
		}
	}
	switch len(sel) {
	case 0:
		return nil
	case b.Rows():
		return out.Emit(b)
	}
	cols := make([]*vector.Vector, len(b.Columns))
	for i, c := range b.Columns {
		cols[i] = c.Retain()
	}
	v := vector.NewBatch(b.Len, cols...)
	v.Sel, v.Kinds = sel, b.Kinds
	defer v.Release()
	return out.Emit(v)
}

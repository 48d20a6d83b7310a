package column

import (
	"testing"

	"millrace/operators/vector"
	"millrace/sql/types"
)

// TestRollbackUnended takes back a row that broke off inside an ARRAY and a ROW.
func TestRollbackUnended(t *testing.T) {
	s := NewSet(vector.NewPool(0), []types.Type{
		types.ArrayType(types.IntType()),
		types.RowType(types.Field{Name: "x", Type: types.IntType()}, types.Field{Name: "y", Type: types.IntType()}),
	})
	defer s.Close()
	s.Begin()
	list, row := s.Columns[0], s.Columns[1]
	list.Children[0].AppendI32(1)
	list.Children[0].AppendI32(2)
	row.Children[0].AppendI32(5)
	s.Rollback(0)
	list.Children[0].AppendI32(3)
	list.EndList()
	if n := row.Children[0].N; n != 0 {
		t.Errorf("%d values of x are left", n)
	}
	s.EndRow()
	b := s.Take()
	defer b.Release()
	if got := b.Columns[0].Offsets[1]; got != 1 {
		t.Errorf("the array has %d elements, want 1", got)
	}
	if got := vector.Values[int32](b.Columns[0].Children[0])[0]; got != 3 {
		t.Errorf("its first element is %d, want 3", got)
	}
}

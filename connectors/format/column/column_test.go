package column_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"millrace/connectors/format/column"
	"millrace/operators/kernel/decimal"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// add appends a random value of any type and returns its text.
func add(r *rand.Rand, c *column.Column, depth int) string {
	if r.IntN(4) == 0 {
		c.AppendNull()
		return "null"
	}
	n := r.IntN(100)
	switch c.Store {
	case types.StoreBool:
		c.AppendBool(n%2 == 0)
		return strconv.FormatBool(n%2 == 0)
	case types.StoreI8:
		c.AppendI8(int8(n))
	case types.StoreI16:
		c.AppendI16(int16(n))
	case types.StoreI32:
		c.AppendI32(int32(n))
	case types.StoreI64:
		c.AppendI64(int64(n))
	case types.StoreF32:
		c.AppendF32(float32(n))
	case types.StoreF64:
		c.AppendF64(float64(n))
	case types.StoreI128:
		c.AppendI128(decimal.FromInt64(int64(n)))
	case types.StoreBytes:
		c.AppendBytes([]byte(strings.Repeat("x", n)))
		return strings.Repeat("x", n)
	case types.StoreList, types.StoreMap:
		var parts []string
		for range r.IntN(4) {
			for _, ch := range c.Children {
				parts = append(parts, add(r, ch, depth+1))
			}
		}
		c.EndList()
		return "[" + strings.Join(parts, " ") + "]"
	case types.StoreStruct:
		var parts []string
		for _, ch := range c.Children {
			parts = append(parts, add(r, ch, depth+1))
		}
		c.EndRow()
		return "(" + strings.Join(parts, " ") + ")"
	}
	return strconv.Itoa(n)
}

// show prints a value as add does.
func show(v *vector.Vector, i int) string {
	if v.IsNull(i) {
		return "null"
	}
	var parts []string
	switch v.Type.Storage() {
	case types.StoreBool:
		return strconv.FormatBool(v.Bool(i))
	case types.StoreI8:
		return strconv.Itoa(int(vector.Values[int8](v)[i]))
	case types.StoreI16:
		return strconv.Itoa(int(vector.Values[int16](v)[i]))
	case types.StoreI32:
		return strconv.Itoa(int(vector.Values[int32](v)[i]))
	case types.StoreI64:
		return strconv.FormatInt(vector.Values[int64](v)[i], 10)
	case types.StoreF32:
		return fmt.Sprint(vector.Values[float32](v)[i])
	case types.StoreF64:
		return fmt.Sprint(vector.Values[float64](v)[i])
	case types.StoreI128:
		return vector.Values[decimal.Int128](v)[i].String()
	case types.StoreBytes:
		return string(v.Bytes(i))
	case types.StoreStruct:
		for _, c := range v.Children {
			parts = append(parts, show(c, i))
		}
		return "(" + strings.Join(parts, " ") + ")"
	}
	for j := v.Offsets[i]; j < v.Offsets[i+1]; j++ {
		for _, c := range v.Children {
			parts = append(parts, show(c, int(j)))
		}
	}
	return "[" + strings.Join(parts, " ") + "]"
}

// TestRandomRows appends random rows of all types, takes some back, and compares what Take returns.
func TestRandomRows(t *testing.T) {
	row := types.RowType(types.Field{Name: "a", Type: types.StringType()}, types.Field{Name: "b", Type: types.ArrayType(types.BooleanType())},
		types.Field{Name: "c", Type: types.RowType(types.Field{Name: "d", Type: types.BigIntType()})})
	ts := []types.Type{
		types.BooleanType(), types.TinyIntType(), types.SmallIntType(), types.IntType(), types.BigIntType(), types.FloatType(),
		types.DoubleType(), types.DecimalType(38, 0), types.StringType(), types.ArrayType(types.StringType()),
		types.MapType(types.StringType(), types.DecimalType(30, 0)), row, types.ArrayType(row), types.ArrayType(types.ArrayType(types.DoubleType())),
		types.ArrayType(types.RowType(types.Field{Name: "x", Type: types.SmallIntType()}, types.Field{Name: "y", Type: types.TinyIntType()}, types.Field{Name: "z", Type: types.FloatType()})),
	}
	pool := vector.NewPool(0)
	pool.Check = true
	r := rand.New(rand.NewPCG(1, 2))
	s := column.NewSet(pool, ts)
	for _, rows := range []int{1, 70, 4096, 10000} {
		var want []string
		s.Begin()
		for len(want) < rows {
			var parts []string
			for _, c := range s.Columns {
				parts = append(parts, add(r, c, 0))
			}
			if r.IntN(5) == 0 {
				s.Rollback(s.Rows)
				continue
			}
			if r.IntN(50) == 0 {
				s.Columns[0].Rollback(s.Rows) // no value: NULL
				parts[0] = "null"
			}
			s.EndRow()
			want = append(want, strings.Join(parts, " "))
		}
		b := s.Take()
		for _, c := range b.Columns {
			if err := c.Check(); err != nil {
				t.Fatal(err)
			}
		}
		if b.Len != rows {
			t.Fatalf("%d rows, want %d", b.Len, rows)
		}
		for i := range b.Len {
			var parts []string
			for _, c := range b.Columns {
				parts = append(parts, show(c, i))
			}
			if got := strings.Join(parts, " "); got != want[i] {
				t.Fatalf("row %d of %d: got\n%s\nwant\n%s", i, rows, got, want[i])
			}
		}
		b.Release()
	}
	s.Begin()
	add(r, s.Columns[0], 0)
	s.Close()
	if n := pool.InUse(); n != 0 {
		t.Errorf("%d bytes in use at the end", n)
	}
}

package optest

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"millrace/operators/kernel/decimal"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// Row is a row of Go values: nil, bool, int, float64, string; []any for ARRAY and ROW; the unscaled int for DECIMAL.
type Row struct {
	Kind   vector.RowKind
	Values []any
}

// Append appends a Go value to a column. It panics if the value is not of the type.
func Append(b *vector.Builder, x any) {
	if x == nil {
		b.AppendNull()
		return
	}
	switch s := b.Type.Storage(); s {
	case types.StoreBool:
		b.AppendBool(x.(bool))
	case types.StoreF32:
		vector.AppendFixed(b, float32(asFloat(x)))
	case types.StoreF64:
		vector.AppendFixed(b, asFloat(x))
	case types.StoreBytes:
		b.AppendBytes([]byte(x.(string)))
	case types.StoreI128:
		if big, ok := x.(*big.Int); ok {
			d, _ := decimal.FromBig(big)
			vector.AppendFixed(b, d)
			return
		}
		vector.AppendFixed(b, decimal.FromInt64(int64(asInt(x))))
	case types.StoreI8:
		vector.AppendFixed(b, int8(asInt(x)))
	case types.StoreI16:
		vector.AppendFixed(b, int16(asInt(x)))
	case types.StoreI32:
		vector.AppendFixed(b, int32(asInt(x)))
	case types.StoreI64:
		vector.AppendFixed(b, int64(asInt(x)))
	case types.StoreList:
		for _, y := range x.([]any) {
			Append(b.Children[0], y)
		}
		b.EndList()
	case types.StoreStruct:
		for i, y := range x.([]any) {
			Append(b.Children[i], y)
		}
		b.EndRow()
	default:
		panic(fmt.Sprintf("optest: value of %s", b.Type))
	}
}

func asInt(x any) int {
	switch x := x.(type) {
	case int:
		return x
	case int64:
		return int(x)
	case int32:
		return int(x)
	default:
		panic(fmt.Sprintf("optest: %T is no integer", x))
	}
}

func asFloat(x any) float64 {
	if f, ok := x.(float64); ok {
		return f
	}
	return float64(asInt(x))
}

// Batch makes a batch of rows.
func Batch(pool *vector.Pool, ts []types.Type, rows []Row) *vector.Batch {
	b := vector.NewRows(pool, ts, len(rows))
	defer b.Release()
	for _, r := range rows {
		for i, x := range r.Values {
			Append(b.Columns[i], x)
		}
		b.EndRow(r.Kind)
	}
	return b.Finish()
}

// Text is value i of a column as the expectations of tests write it.
func Text(v *vector.Vector, i int) string {
	if v.IsNull(i) {
		return "NULL"
	}
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
		x := vector.Values[int64](v)[i]
		if v.Type.Kind == types.Decimal {
			return string(decimal.AppendFixed64(nil, x, v.Type.Scale))
		}
		return strconv.FormatInt(x, 10)
	case types.StoreF32:
		return floatText(float64(vector.Values[float32](v)[i]), 32)
	case types.StoreF64:
		return floatText(vector.Values[float64](v)[i], 64)
	case types.StoreI128:
		return string(decimal.AppendFixed(nil, vector.Values[decimal.Int128](v)[i], v.Type.Scale))
	case types.StoreBytes:
		return string(v.Bytes(i))
	case types.StoreList:
		var parts []string
		for j := v.Offsets[i]; j < v.Offsets[i+1]; j++ {
			parts = append(parts, Text(v.Children[0], int(j)))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case types.StoreMap:
		return mapText(v, i)
	case types.StoreStruct:
		var parts []string
		for _, c := range v.Children {
			parts = append(parts, Text(c, i))
		}
		return "(" + strings.Join(parts, ",") + ")"
	default:
		return "?"
	}
}

// floatText rounds to 7 digits: sums depend on the order of rows a little. So near 0 it is 0.
func floatText(x float64, bits int) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return strconv.FormatFloat(x, 'g', -1, bits)
	}
	if math.Abs(x) < 1e-9 {
		return "0"
	}
	return strconv.FormatFloat(x, 'g', min(7, bits/5), bits)
}

func mapText(v *vector.Vector, i int) string {
	var parts []string
	for j := v.Offsets[i]; j < v.Offsets[i+1]; j++ {
		parts = append(parts, Text(v.Children[0], int(j))+":"+Text(v.Children[1], int(j)))
	}
	// The order of entries does not count.
	sortStrings(parts)
	return "{" + strings.Join(parts, ",") + "}"
}

// RowText is the values of row i of a batch, separated by "|".
func RowText(b *vector.Batch, i int, cols []int) string {
	var parts []string
	if cols == nil {
		for _, c := range b.Columns {
			parts = append(parts, Text(c, i))
		}
		return strings.Join(parts, "|")
	}
	for _, c := range cols {
		parts = append(parts, Text(b.Columns[c], i))
	}
	return strings.Join(parts, "|")
}

// checkBatch fails the test if an emitted batch breaks an invariant.
func checkBatch(t testing.TB, b *vector.Batch, want []types.Type) {
	t.Helper()
	if len(b.Columns) != len(want) {
		t.Fatalf("batch has %d columns, want %d", len(b.Columns), len(want))
	}
	if b.Len > vector.MaxRows {
		t.Fatalf("batch of %d rows", b.Len)
	}
	for i, c := range b.Columns {
		if !c.Type.Same(want[i]) {
			t.Fatalf("column %d is %s, want %s", i, c.Type, want[i])
		}
		if c.Len != b.Len {
			t.Fatalf("column %d has %d rows of %d", i, c.Len, b.Len)
		}
		if err := c.Check(); err != nil {
			t.Fatal(err)
		}
		if want[i].NotNull && c.NullCount() > 0 {
			t.Fatalf("column %d is %s and has a NULL", i, want[i])
		}
	}
}

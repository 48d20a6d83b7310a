package gateway

import (
	"math"
	"testing"
	"time"

	"millrace/operators/kernel/decimal"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// Each value in both encodings, as a real Flink 2.3 writes them.
func TestCells(t *testing.T) {
	pool := vector.NewPool(0)
	fixed := func(t types.Type, add func(*vector.Builder)) *vector.Vector {
		b := vector.NewBuilder(pool, t, 1)
		add(b)
		return b.Finish()
	}
	i64 := func(x int64) func(*vector.Builder) { return func(b *vector.Builder) { vector.AppendFixed(b, x) } }
	i32 := func(x int32) func(*vector.Builder) { return func(b *vector.Builder) { vector.AppendFixed(b, x) } }
	text := func(s string) func(*vector.Builder) { return func(b *vector.Builder) { b.AppendBytes([]byte(s)) } }
	null := func(b *vector.Builder) { b.AppendNull() }
	berlin, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	row := types.RowType(types.Field{Name: "a", Type: types.IntType()}, types.Field{Name: "b", Type: types.StringType()})
	for _, c := range []struct {
		v           *vector.Vector
		json, plain string
	}{
		{fixed(types.BooleanType(), func(b *vector.Builder) { b.AppendBool(true) }), "true", "TRUE"},
		{fixed(types.BigIntType(), i64(math.MaxInt64)), "9223372036854775807", "9223372036854775807"},
		{fixed(types.DoubleType(), func(b *vector.Builder) { vector.AppendFixed(b, 1e20) }), "1.0E20", "1.0E20"},
		{fixed(types.DoubleType(), func(b *vector.Builder) { vector.AppendFixed(b, math.NaN()) }), `"NaN"`, "NaN"},
		{fixed(types.FloatType(), func(b *vector.Builder) { vector.AppendFixed(b, float32(3)) }), "3.0", "3.0"},
		{fixed(types.DecimalType(10, 4), i64(15000)), "1.5", "1.5000"},
		{fixed(types.DecimalType(10, 0), i64(10)), "1E+1", "10"},
		{fixed(types.DecimalType(38, 8), func(b *vector.Builder) { vector.AppendFixed(b, decimal.FromInt64(1)) }), "1E-8", "0.00000001"},
		{fixed(types.StringType(), text("a\"\\\n\x01é😀")), "\"a\\\"\\\\\\n\\u0001é😀\"", "a\"\\\n\x01é😀"},
		{fixed(types.BytesType(), text("\xde\xad\xbe\xef")), `"3q2+7w=="`, "x'deadbeef'"},
		{fixed(types.DateType(), i32(7591)), `"1990-10-14"`, "1990-10-14"},
		{fixed(types.TimeType(0), i32(45296000)), `"12:34:56"`, "12:34:56"},
		{fixed(types.TimestampType(3), i64(1709210040000)), `"2024-02-29T12:34:00"`, "2024-02-29 12:34:00.000"},
		{fixed(types.TimestampType(6), i64(1709210096500000)), `"2024-02-29T12:34:56.5"`, "2024-02-29 12:34:56.500000"},
		{fixed(types.TimestampLTZType(3), i64(0)), `"1969-12-31T19:00:00Z"`, "1969-12-31 19:00:00.000"},
		{fixed(types.IntervalYearMonthType("MONTH", 2), i32(34)), "34", "+2-10"},
		{fixed(types.IntervalDayTimeType("SECOND", 2, 3), i64(93784567)), "93784567", "+1 02:03:04.567"},
		{fixed(types.ArrayType(types.IntType()), func(b *vector.Builder) {
			vector.AppendFixed(b.Children[0], int32(1))
			b.Children[0].AppendNull()
			b.EndList()
		}), "[1,null]", "[1, NULL]"},
		{fixed(types.MapType(types.StringType(), types.IntType()), func(b *vector.Builder) {
			b.Children[0].AppendBytes([]byte("k"))
			vector.AppendFixed(b.Children[1], int32(1))
			b.EndList()
		}), `{"k":1}`, "{k=1}"},
		{fixed(row, func(b *vector.Builder) {
			vector.AppendFixed(b.Children[0], int32(1))
			b.Children[1].AppendNull()
			b.EndRow()
		}), `{"a":1,"b":null}`, "(1, NULL)"},
		{fixed(types.IntType(), null), "null", ""},
	} {
		got, err := newCells(berlin).append(nil, c.v, 0)
		if err != nil || string(got) != c.json {
			t.Errorf("%s: JSON %s, %v; want %s", c.v.Type, got, err, c.json)
		}
		if got := NewPlainText(berlin).Append(nil, c.v, 0); string(got) != c.plain {
			t.Errorf("%s: text %s, want %s", c.v.Type, got, c.plain)
		}
	}
	ints := fixed(types.MapType(types.IntType(), types.IntType()), func(b *vector.Builder) { b.EndList() })
	if _, err := newCells(nil).append(nil, ints, 0); err == nil {
		t.Error("a map with keys that are no text has no JSON form")
	}
}

func TestLogicalTypes(t *testing.T) {
	for _, c := range []struct {
		t    types.Type
		want string
	}{
		{types.IntType().AsNotNull(), `{"type":"INTEGER","nullable":false}`},
		{types.StringType(), `{"type":"VARCHAR","nullable":true,"length":2147483647}`},
		{types.DecimalType(10, 2), `{"type":"DECIMAL","nullable":true,"precision":10,"scale":2}`},
		{types.TimestampLTZType(3), `{"type":"TIMESTAMP_WITH_LOCAL_TIME_ZONE","nullable":true,"precision":3}`},
		{types.NullType(), `{"type":"NULL"}`},
		{
			types.MapType(types.IntType().AsNotNull(), types.DateType()),
			`{"type":"MAP","nullable":true,"keyType":{"type":"INTEGER","nullable":false},"valueType":{"type":"DATE","nullable":true}}`,
		},
		{
			types.RowType(types.Field{Name: "a b", Type: types.BooleanType()}),
			`{"type":"ROW","nullable":true,"fields":[{"name":"a b","fieldType":{"type":"BOOLEAN","nullable":true}}]}`,
		},
	} {
		if got := string(appendType(nil, c.t)); got != c.want {
			t.Errorf("%s: %s, want %s", c.t, got, c.want)
		}
	}
}

func BenchmarkPage(b *testing.B) {
	pool := vector.NewPool(0)
	n := vector.New(pool, types.BigIntType(), 4096, 0)
	s := vector.New(pool, types.StringType(), 4096, 4096*8)
	for i := range 4096 {
		vector.Values[int64](n)[i] = int64(i)
		s.AppendBytes(i, []byte("some text"))
	}
	p := Page{Result: &Result{Schema: types.Schema{{Name: "n", Type: n.Type}, {Name: "s", Type: s.Type}}}, Rows: []*vector.Batch{vector.NewBatch(4096, n, s)}}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if buf, err = appendPage(buf[:0], 3, "s", "o", "JSON", p); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(buf)))
}

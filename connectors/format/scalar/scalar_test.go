package scalar_test

import (
	"math"
	"testing"

	"millrace/connectors/format/column"
	"millrace/connectors/format/scalar"
	"millrace/operators/kernel/decimal"
	"millrace/operators/vector"
	"millrace/sql/types"
)

func TestParseLong(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "-1": -1, "+7": 7, "007": 7, "9223372036854775807": math.MaxInt64, "-9223372036854775808": math.MinInt64,
		"00000000000000000000012": 12,
	} {
		if got, ok := scalar.ParseLong([]byte(text)); !ok || got != want {
			t.Errorf("%q: %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "-", "+", "1.0", " 1", "9223372036854775808", "-9223372036854775809", "99999999999999999999", "1e3", "0x1"} {
		if got, ok := scalar.ParseLong([]byte(text)); ok {
			t.Errorf("%q: %d", text, got)
		}
	}
}

func TestDates(t *testing.T) {
	for text, want := range map[string]int32{"1970-01-01": 0, "2024-02-29": 19782, "0001-01-01": -719162, "+10000-01-01": 2932897} {
		if got, ok := scalar.ParseDate([]byte(text)); !ok || got != want {
			t.Errorf("%q: %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{"2023-02-29", "2024-1-2", "2024-01-02 ", "24-01-02", "2024/01/02", "", "10000-01-01", "+2024-01-01"} {
		if got, ok := scalar.ParseDate([]byte(text)); ok {
			t.Errorf("%q: %d", text, got)
		}
	}
	for text, want := range map[string]int32{"2024-1-2": 19724, "2024-02-31": 19784, "2024-01-02": 19724} {
		if got, ok := scalar.ParseJDBCDate([]byte(text)); !ok || got != want {
			t.Errorf("%q: %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{"2024-13-01", "2024-01-32", "2024-001-1", "224-01-02", "2024-01-", "2024-01-02x", "2024--1-2"} {
		if got, ok := scalar.ParseJDBCDate([]byte(text)); ok {
			t.Errorf("%q: %d", text, got)
		}
	}
}

// value builds a one-row column.
func value(t types.Type, add func(c *column.Column)) *vector.Vector {
	s := column.NewSet(vector.NewPool(0), []types.Type{t})
	s.Begin()
	add(s.Columns[0])
	s.EndRow()
	return s.Take().Columns[0]
}

func TestAppendJava(t *testing.T) {
	long := func(x int64) func(*column.Column) { return func(c *column.Column) { c.AppendI64(x) } }
	short := func(x int32) func(*column.Column) { return func(c *column.Column) { c.AppendI32(x) } }
	row := types.RowType(types.Field{Name: "a", Type: types.IntType()}, types.Field{Name: "b", Type: types.StringType()})
	for _, c := range []struct {
		t    types.Type
		add  func(*column.Column)
		want string
	}{
		{types.TimestampType(3), long(1577880000123), "2020-01-01T12:00:00.123"},
		{types.TimestampType(3), long(1577880000000), "2020-01-01T12:00"},
		{types.TimestampType(3), long(1577880001000), "2020-01-01T12:00:01"},
		{types.TimestampType(6), long(1577880000123400), "2020-01-01T12:00:00.123400"},
		{types.TimestampLTZType(3), long(1577880000000), "2020-01-01T12:00:00Z"},
		{types.TimestampType(3), long(-1), "1969-12-31T23:59:59.999"},
		{types.TimestampType(9), func(c *column.Column) { c.AppendI128(decimal.FromInt64(1)) }, "1970-01-01T00:00:00.000000001"},
		{types.DateType(), short(0), "1970-01-01"},
		{types.TimeType(3), short(45296789), "12:34:56.789"},
		{types.TimeType(0), short(43200000), "12:00"},
		{types.DecimalType(10, 2), long(150), "1.50"},
		{types.DecimalType(10, 8), long(1), "1E-8"},
		{types.BooleanType(), func(c *column.Column) { c.AppendBool(true) }, "true"},
		{types.BytesType(), func(c *column.Column) { c.AppendBytes([]byte{1, 2, 255}) }, "[1, 2, -1]"},
		{types.IntervalYearMonthType("YEAR TO MONTH", 2), short(14), "P1Y2M"},
		{types.IntervalYearMonthType("MONTH", 2), short(0), "P0D"},
		{types.IntervalDayTimeType("DAY TO SECOND", 2, 3), long(93781500), "PT26H3M1.5S"},
		{types.IntervalDayTimeType("SECOND", 2, 3), long(-500), "PT-0.5S"},
		{types.ArrayType(types.IntType()), func(c *column.Column) {
			c.Children[0].AppendI32(1)
			c.Children[0].AppendNull()
			c.EndList()
		}, "[1, null]"},
		{types.MapType(types.StringType(), types.IntType()), func(c *column.Column) {
			c.Children[0].AppendBytes([]byte("k"))
			c.Children[1].AppendI32(2)
			c.EndList()
		}, "{k=2}"},
		{row, func(c *column.Column) {
			c.Children[0].AppendI32(1)
			c.Children[1].AppendNull()
			c.EndRow()
		}, "+I[1, null]"},
		{row, func(c *column.Column) { c.AppendNull() }, "null"},
		{types.DoubleType(), func(c *column.Column) { c.AppendF64(1e10) }, "1.0E10"},
	} {
		if got := string(scalar.AppendJava(nil, value(c.t, c.add), 0)); got != c.want {
			t.Errorf("%s: %s, want %s", c.t, got, c.want)
		}
	}
}

func TestDayText(t *testing.T) {
	var d scalar.DayText
	for _, ms := range []int64{0, 1, 10, 999, -1, 1577880000120, 86399999, 86400000} {
		ts := value(types.TimestampType(3), func(c *column.Column) { c.AppendI64(ms) })
		want := string(scalar.AppendTimestamp(nil, scalar.TimestampAt(ts, 0), scalar.SQL, false))
		if got := string(d.AppendMillis(nil, ms, scalar.SQL, false)); got != want {
			t.Errorf("%d: %s, want %s", ms, got, want)
		}
		var c scalar.DateCache
		if got, ok := c.Millis([]byte(want)); !ok || got != ms {
			t.Errorf("%s: %d, %v", want, got, ok)
		}
	}
}

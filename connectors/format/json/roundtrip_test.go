package json_test

import (
	stdjson "encoding/json"
	"testing"

	"millrace/connectors/conntest"
	"millrace/connectors/format/json"
	"millrace/sql/types"
)

func TestRoundTrip(t *testing.T) {
	row := types.RowType(types.Field{Name: "x", Type: types.IntType()}, types.Field{Name: "y\"é", Type: types.ArrayType(types.StringType())})
	s := types.Schema{
		{Name: "b", Type: types.BooleanType()},
		{Name: "i8", Type: types.TinyIntType()},
		{Name: "i16", Type: types.SmallIntType()},
		{Name: "i", Type: types.IntType()},
		{Name: "l", Type: types.BigIntType()},
		{Name: "f", Type: types.FloatType()},
		{Name: "d", Type: types.DoubleType()},
		{Name: "dec", Type: types.DecimalType(12, 3)},
		{Name: "big", Type: types.DecimalType(38, 10)},
		{Name: "s", Type: types.StringType()},
		{Name: "byt", Type: types.BytesType()},
		{Name: "dt", Type: types.DateType()},
		{Name: "tm", Type: types.TimeType(0)},
		{Name: "t3", Type: types.TimestampType(3)},
		{Name: "t6", Type: types.TimestampType(6)},
		{Name: "t9", Type: types.TimestampType(9)},
		{Name: "z3", Type: types.TimestampLTZType(3)},
		{Name: "z6", Type: types.TimestampLTZType(6)},
		{Name: "a", Type: types.ArrayType(row)},
		{Name: "m", Type: types.MapType(types.StringType(), types.ArrayType(types.BigIntType()))},
		{Name: "r", Type: row},
		{Name: "ym", Type: types.IntervalYearMonthType("YEAR", 2)},
		{Name: "ds", Type: types.IntervalDayTimeType("DAY", 2, 0)},
	}
	for _, options := range []map[string]string{nil, conntest.Options("timestamp-format.standard", "ISO-8601", "encode.decimal-as-plain-number", "true",
		"encode.ignore-null-fields", "true")} {
		conntest.RoundTrip(t, json.Format{}, s, options, 2000, stdjson.Valid)
	}
}

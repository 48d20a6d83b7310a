package csv_test

import (
	"testing"

	"millrace/connectors/conntest"
	"millrace/connectors/format/csv"
	"millrace/sql/types"
)

func TestRoundTrip(t *testing.T) {
	s := schema("b", types.BooleanType(), "i8", types.TinyIntType(), "i16", types.SmallIntType(), "i", integer, "l", types.BigIntType(),
		"f", types.FloatType(), "d", types.DoubleType(), "dec", types.DecimalType(12, 3), "big", types.DecimalType(38, 10), "s", text,
		"byt", types.BytesType(), "dt", types.DateType(), "tm", types.TimeType(0), "t3", types.TimestampType(3), "t6", types.TimestampType(6),
		"t9", types.TimestampType(9), "z3", types.TimestampLTZType(3), "z6", types.TimestampLTZType(6))
	for _, options := range []map[string]string{
		conntest.Options("null-literal", "none"),
		conntest.Options("null-literal", `\N`, "field-delimiter", "|"),
		conntest.Options("null-literal", "none", "escape-character", `\`),
		conntest.Options("null-literal", "none", "quote-character", "'", "field-delimiter", ";"),
	} {
		conntest.RoundTrip(t, csv.Format{}, s, options, 2000, nil)
	}
}

package parquet_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/google/go-cmp/cmp"

	"millrace/connectors/conntest"
	"millrace/connectors/format/parquet"
	"millrace/sql/types"
)

// flinkSchema is the columns of the files in testdata that Flink 2.3 has written; flink.rows is what it reads from them.
func flinkSchema() types.Schema {
	integer, text := types.IntType(), types.StringType()
	f := func(name string, t types.Type) types.Field { return types.Field{Name: name, Type: t} }
	inner := types.RowType(f("w", types.DoubleType()), f("q", types.ArrayType(integer)))
	return schema("id", integer.AsNotNull(), "b", types.BooleanType(), "t", types.TinyIntType(), "s", types.SmallIntType(), "i", integer, "l", types.BigIntType(),
		"f", types.FloatType(), "d", types.DoubleType(), "c", types.CharType(2), "v", types.VarCharType(20), "str", text, "bin", types.BinaryType(2),
		"by", types.BytesType(), "d1", types.DecimalType(5, 2), "d2", types.DecimalType(15, 4), "d3", types.DecimalType(38, 10), "dt", types.DateType(),
		"tm", types.TimeType(0), "ts3", types.TimestampType(3), "ts6", types.TimestampType(6), "ts9", types.TimestampType(9),
		"lt3", types.TimestampLTZType(3), "lt6", types.TimestampLTZType(6), "ai", types.ArrayType(integer), "as", types.ArrayType(text),
		"m", types.MapType(text.AsNotNull(), integer), "r", types.RowType(f("x", integer), f("y", text), f("z", inner)),
		"ar", types.ArrayType(types.RowType(f("a", integer), f("b", text))),
		"mr", types.MapType(text.AsNotNull(), types.RowType(f("a", integer), f("b", types.ArrayType(text)))), "aa", types.ArrayType(types.ArrayType(integer)))
}

// TestFlinkFiles reads files of a real Flink: INT96 timestamps, and INT64 ones of microseconds.
func TestFlinkFiles(t *testing.T) {
	for _, name := range []string{"flink-int96", "flink-micros"} {
		data, err := os.ReadFile("testdata/" + name + ".parquet")
		if err != nil {
			t.Fatal(err)
		}
		rows, err := conntest.ReadFile(parquet.Format{}, conntest.FileConfig(flinkSchema(), conntest.Options("utc-timezone", "true")), data, 0, nil)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile("testdata/" + name + ".rows")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), strings.Join(rows, "\n")+"\n"); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// TestForFlink: what Flink's reader needs of files.
func TestForFlink(t *testing.T) {
	s := schema("d", types.DecimalType(5, 2), "a", types.ArrayType(types.DecimalType(30, 2)), "s", types.StringType())
	data, _ := conntest.WriteFile(t, parquet.Format{}, conntest.FileConfig(s, nil), 1, 100)
	r, err := file.NewParquetReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for i, dictionary := range []bool{false, false, true} {
		c, err := r.MetaData().RowGroup(0).ColumnChunk(i)
		if err != nil || c.HasDictionaryPage() != dictionary {
			t.Errorf("column %d: dictionary %t, %v", i, c.HasDictionaryPage(), err)
		}
	}
}

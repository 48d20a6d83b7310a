package arrow_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/google/go-cmp/cmp"

	"millrace/connectors/conntest"
	"millrace/connectors/format/arrow"
	"millrace/sql/types"
)

func schema(fields ...any) types.Schema {
	var s types.Schema
	for i := 0; i < len(fields); i += 2 {
		s = append(s, types.Field{Name: fields[i].(string), Type: fields[i+1].(types.Type)})
	}
	return s
}

func wide() types.Schema {
	integer, text := types.IntType(), types.StringType()
	return schema("b", types.BooleanType(), "i8", types.TinyIntType(), "i16", types.SmallIntType(), "i", integer, "l", types.BigIntType(),
		"f", types.FloatType(), "d", types.DoubleType(), "dec", types.DecimalType(12, 3), "big", types.DecimalType(38, 10), "s", text,
		"byt", types.BytesType(), "dt", types.DateType(), "tm", types.TimeType(0), "t3", types.TimestampType(3), "t6", types.TimestampType(6),
		"t9", types.TimestampType(9), "z3", types.TimestampLTZType(3), "nn", integer.AsNotNull(), "arr", types.ArrayType(types.DecimalType(5, 1)),
		"m", types.MapType(text.AsNotNull(), types.ArrayType(text)),
		"r", types.RowType(types.Field{Name: "x", Type: integer}, types.Field{Name: "y", Type: types.RowType(types.Field{Name: "z", Type: text})}))
}

func TestRoundTrip(t *testing.T) {
	for _, codec := range []string{"none", "lz4", "zstd"} {
		data := conntest.FileRoundTrip(t, arrow.Format{}, wide(), conntest.Options("compression", codec), 4, 700)
		r, err := ipc.NewFileReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range r.Schema().Fields()[7:9] {
			got = append(got, f.Type.String())
		}
		if d := cmp.Diff([]string{"decimal(12, 3)", "decimal(38, 10)"}, got); d != "" {
			t.Error(d)
		}
	}
}

func TestProjectionAndPromotion(t *testing.T) {
	c := conntest.FileConfig(schema("i", types.IntType(), "s", types.StringType(), "d", types.DecimalType(10, 2)), nil)
	data, want := conntest.WriteFile(t, arrow.Format{}, c, 1, 50)
	c.Columns = schema("s", types.StringType(), "new", types.BooleanType(), "i", types.DoubleType(), "d", types.DecimalType(38, 4))
	got, err := conntest.ReadFile(arrow.Format{}, c, data, 0, nil)
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d rows, %v", len(got), err)
	}
	for k, s := range map[string]types.Schema{
		"column 's': the file has utf8, which does not become INT":      schema("s", types.IntType()),
		"column 'new': the file has no such column, and it is NOT NULL": schema("new", types.IntType().AsNotNull()),
		"column 'i': it is NOT NULL, but the file has null":             schema("i", types.IntType().AsNotNull()),
		"which does not become ARRAY<INT>":                              schema("i", types.ArrayType(types.IntType())),
	} {
		c.Columns = s
		if _, err := conntest.ReadFile(arrow.Format{}, c, data, 0, nil); err == nil || !strings.Contains(err.Error(), k) {
			t.Errorf("%v, want %q", err, k)
		}
	}
	if n := c.Pool.InUse(); n != 0 {
		t.Errorf("%d bytes in use at the end", n)
	}
}

func TestTruncated(t *testing.T) {
	c := conntest.FileConfig(schema("i", types.IntType(), "s", types.StringType()), nil)
	data, _ := conntest.WriteFile(t, arrow.Format{}, c, 2, 20)
	for n := range len(data) {
		if _, err := conntest.ReadFile(arrow.Format{}, c, data[:n], 0, nil); err == nil {
			t.Fatalf("%d of %d bytes are read without error", n, len(data))
		}
	}
	if n := c.Pool.InUse(); n != 0 {
		t.Errorf("%d bytes in use at the end", n)
	}
}

func BenchmarkRead(b *testing.B) {
	c := conntest.FileConfig(schema("a", types.BigIntType(), "b", types.BigIntType(), "s", types.StringType(), "t", types.TimestampType(3)), nil)
	data, want := conntest.WriteFile(b, arrow.Format{}, c, 1, 4096)
	n := 0
	for b.Loop() {
		r, err := arrow.Format{}.OpenFile(c, bytes.NewReader(data), int64(len(data)))
		if err != nil {
			b.Fatal(err)
		}
		for {
			batch, err := r.Next()
			if err != nil {
				break
			}
			batch.Release()
		}
		r.Close()
		n += len(want)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

// Files that are cut or have wrong bytes are refused, or read as far as they are readable; they never end the process.
func TestDamagedFiles(t *testing.T) {
	s := schema("i", types.IntType(), "s", types.StringType(), "d", types.DecimalType(5, 2), "a", types.ArrayType(types.BigIntType()), "r", types.RowType(types.Field{Name: "x", Type: types.ArrayType(types.BigIntType())}))
	for _, packed := range []string{"none", "lz4", "zstd"} {
		if n, of := conntest.DamagedFiles(t, arrow.Format{}, s, conntest.Options("compression", packed)); n < of/10 {
			t.Errorf("%s: %d of %d damaged files are refused", packed, n, of)
		}
	}
}

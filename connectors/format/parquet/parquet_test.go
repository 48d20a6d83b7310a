package parquet_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/metadata"
	"github.com/google/go-cmp/cmp"

	"millrace/connectors/conntest"
	"millrace/connectors/format"
	"millrace/connectors/format/parquet"
	"millrace/operators/vector"
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
		"z3", types.TimestampLTZType(3), "nn", integer.AsNotNull())
}

func nested() types.Schema {
	integer, text := types.IntType(), types.StringType()
	row := types.RowType(types.Field{Name: "x", Type: integer}, types.Field{Name: "y", Type: types.ArrayType(types.RowType(types.Field{Name: "z", Type: text},
		types.Field{Name: "w", Type: integer.AsNotNull()}))})
	return schema("i", integer, "arr", types.ArrayType(types.DecimalType(5, 1)), "aa", types.ArrayType(types.ArrayType(text)),
		"m", types.MapType(text.AsNotNull(), types.ArrayType(text)), "r", row, "ar", types.ArrayType(row), "nn", types.ArrayType(integer.AsNotNull()).AsNotNull())
}

func TestRoundTrip(t *testing.T) {
	for _, o := range []map[string]string{
		{},
		conntest.Options("compression", "ZSTD", "block.size", "100000"), conntest.Options("compression", "GZIP", "enable.dictionary", "false"),
		conntest.Options("compression", "UNCOMPRESSED", "page.size", "1000", "write.int64.timestamp", "true"), conntest.Options("compression", "BROTLI"),
	} {
		o["utc-timezone"] = "true" // local times that no clock shows would change
		conntest.FileRoundTrip(t, parquet.Format{}, wide(), o, 4, 4000)
		data := conntest.FileRoundTrip(t, parquet.Format{}, nested(), o, 4, 3000)
		r, err := file.NewParquetReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if many := r.NumRowGroups() > 1; many != (o["block.size"] != "") {
			t.Errorf("%d row groups with %v", r.NumRowGroups(), o)
		}
	}
	conntest.FileRoundTrip(t, parquet.Format{}, schema("t9", types.TimestampType(9)), conntest.Options("utc-timezone", "true"), 1, 300)
}

func TestProjection(t *testing.T) {
	c := conntest.FileConfig(nested(), nil)
	data, want := conntest.WriteFile(t, parquet.Format{}, c, 2, 3000)
	c.Columns = schema("new", types.BooleanType(), "r", types.RowType(types.Field{Name: "other", Type: types.IntType()}), "i", types.BigIntType(),
		"ar", types.ArrayType(types.RowType(types.Field{Name: "x", Type: types.DoubleType()})))
	got, err := conntest.ReadFile(parquet.Format{}, c, data, 0, nil)
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d rows, %v", len(got), err)
	}
	for i := range want {
		w, _, _ := strings.Cut(want[i], ", ")
		if !strings.Contains(got[i], "], "+w+", ") && !strings.Contains(got[i], "null, "+w+", ") && !strings.Contains(got[i], "), "+w+", ") {
			t.Fatalf("row %d: %q of %q", i, got[i], want[i])
		}
	}
	c.Columns = types.Schema{}
	r, err := parquet.Format{}.OpenFile(c, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for b, err := r.Next(); err == nil; b, err = r.Next() {
		n += b.Len
		b.Release()
	}
	r.Close()
	if n != len(want) {
		t.Errorf("%d rows without columns, want %d", n, len(want))
	}
	for k, s := range map[string]types.Schema{
		"which does not become STRING":                                  schema("i", types.StringType()),
		"column 'new': the file has no such column, and it is NOT NULL": schema("new", types.IntType().AsNotNull()),
		"column 'i': it is NOT NULL, but the file has null":             schema("i", types.IntType().AsNotNull()),
	} {
		c.Columns = s
		if _, err := conntest.ReadFile(parquet.Format{}, c, data, 0, nil); err == nil || !strings.Contains(err.Error(), k) {
			t.Errorf("%v, want %q", err, k)
		}
	}
	if n := c.Pool.InUse(); n != 0 {
		t.Errorf("%d bytes in use at the end", n)
	}
}

func TestTruncated(t *testing.T) {
	c := conntest.FileConfig(schema("i", types.IntType(), "s", types.StringType()), nil)
	data, _ := conntest.WriteFile(t, parquet.Format{}, c, 2, 20)
	for n := range len(data) {
		if _, err := conntest.ReadFile(parquet.Format{}, c, data[:n], 0, nil); err == nil || !strings.Contains(err.Error(), "not complete") {
			t.Fatalf("%d of %d bytes: %v", n, len(data), err)
		}
	}
	for n := range data {
		bad := bytes.Clone(data)
		bad[n] ^= 0x41
		_, _ = conntest.ReadFile(parquet.Format{}, c, bad, 0, nil) // must not panic
	}
	if n := c.Pool.InUse(); n != 0 {
		t.Errorf("%d bytes in use at the end", n)
	}
}

// TestLocalZone writes times of the machine's zone, as Flink does by default: the instant is what is stored.
func TestLocalZone(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	defer func(z *time.Location) { time.Local = z }(time.Local)
	time.Local = zone
	c := conntest.FileConfig(schema("t", types.TimestampType(3)), nil)
	b := vector.NewBuilder(c.Pool, c.Columns[0].Type, 2)
	vector.AppendFixed(b, time.Date(2024, 7, 1, 12, 0, 0, 0, time.UTC).UnixMilli())
	vector.AppendFixed(b, time.Date(1965, 1, 1, 0, 30, 0, 5e6, time.UTC).UnixMilli())
	batch := vector.NewBatch(2, b.Finish())
	for _, o := range []map[string]string{nil, conntest.Options("write.int64.timestamp", "true")} {
		c.Options = o
		var out format.Output
		w, err := parquet.Format{}.CreateFile(c, &out)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Encode(batch, nil, &out); err != nil {
			t.Fatal(err)
		}
		if err := w.Finish(&out); err != nil {
			t.Fatal(err)
		}
		local, err := conntest.ReadFile(parquet.Format{}, c, out.Data, 0, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Options = conntest.Options("utc-timezone", "true")
		utc, err := conntest.ReadFile(parquet.Format{}, c, out.Data, 0, nil)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]string{"2024-07-01T12:00", "1965-01-01T00:30:00.005", "2024-07-01T10:00", "1964-12-31T23:30:00.005"}, append(local, utc...)); d != "" {
			t.Errorf("%v: %s", o, d)
		}
	}
}

// TestStatistics makes sure that the least and greatest values outlive the batches they came in.
func TestStatistics(t *testing.T) {
	c := conntest.FileConfig(schema("s", types.StringType().AsNotNull(), "d", types.DecimalType(12, 3).AsNotNull()), nil)
	data, want := conntest.WriteFile(t, parquet.Format{}, c, 6, 500)
	for i := range want {
		want[i] = want[i][:strings.LastIndex(want[i], ", ")]
	}
	r, err := file.NewParquetReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	chunk, err := r.MetaData().RowGroup(0).ColumnChunk(0)
	if err != nil {
		t.Fatal(err)
	}
	s, err := chunk.Statistics()
	if err != nil {
		t.Fatal(err)
	}
	b := s.(*metadata.ByteArrayStatistics)
	if string(b.Min()) != slices.Min(want) || string(b.Max()) != slices.Max(want) {
		t.Errorf("%q to %q, want %q to %q", b.Min(), b.Max(), slices.Min(want), slices.Max(want))
	}
}

func flat() types.Schema {
	return schema("a", types.BigIntType(), "b", types.BigIntType(), "s", types.StringType(), "t", types.TimestampType(3))
}

func BenchmarkRead(b *testing.B) {
	c := conntest.FileConfig(flat(), nil)
	data, want := conntest.WriteFile(b, parquet.Format{}, c, 1, vector.MaxRows)
	n := 0
	for b.Loop() {
		r, err := parquet.Format{}.OpenFile(c, bytes.NewReader(data), int64(len(data)))
		if err != nil {
			b.Fatal(err)
		}
		for batch, err := r.Next(); err == nil; batch, err = r.Next() {
			batch.Release()
		}
		r.Close()
		n += len(want)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

func BenchmarkWrite(b *testing.B) {
	c := conntest.FileConfig(flat(), nil)
	in := conntest.RandomBatch(rand.New(rand.NewPCG(1, 2)), c.Pool, c.Columns, vector.MaxRows)
	var out format.Output
	w, err := parquet.Format{}.CreateFile(c, &out)
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		out.Reset()
		if err := w.Encode(in, nil, &out); err != nil {
			b.Fatal(err)
		}
		n += in.Len
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

// Files that are cut or have wrong bytes are refused, or read as far as they are readable; they never end the process.
func TestDamagedFiles(t *testing.T) {
	s := schema("i", types.IntType(), "s", types.StringType(), "d", types.DecimalType(5, 2), "a", types.ArrayType(types.BigIntType()), "r", types.RowType(types.Field{Name: "x", Type: types.ArrayType(types.BigIntType())}))
	for _, packed := range []string{"UNCOMPRESSED", "SNAPPY", "ZSTD"} {
		if n, of := conntest.DamagedFiles(t, parquet.Format{}, s, conntest.Options("compression", packed)); n < of/10 {
			t.Errorf("%s: %d of %d damaged files are refused", packed, n, of)
		}
	}
}

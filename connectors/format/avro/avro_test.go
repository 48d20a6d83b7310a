package avro_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"millrace/connectors/conntest"
	"millrace/connectors/format"
	"millrace/connectors/format/avro"
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

var (
	integer = types.IntType()
	text    = types.StringType()
)

// wide has a column of every type that can be written.
func wide() types.Schema {
	return schema("b", types.BooleanType(), "i8", types.TinyIntType(), "i16", types.SmallIntType(), "i", integer, "l", types.BigIntType(),
		"f", types.FloatType(), "d", types.DoubleType(), "dec", types.DecimalType(12, 3), "big", types.DecimalType(38, 10), "s", text,
		"byt", types.BytesType(), "dt", types.DateType(), "tm", types.TimeType(0), "t3", types.TimestampType(3), "nn", integer.AsNotNull(),
		"arr", types.ArrayType(integer), "m", types.MapType(text.AsNotNull(), types.ArrayType(text)),
		"r", types.RowType(types.Field{Name: "x", Type: integer}, types.Field{Name: "y", Type: types.RowType(types.Field{Name: "z", Type: text})}))
}

// config is for columns that are written and read as they are.
func config(s types.Schema, pairs ...string) format.Config {
	c := format.Config{Options: conntest.Options(pairs...), Physical: s, Columns: s, Pool: vector.NewPool(0)}
	for i := range s {
		c.Positions = append(c.Positions, i)
	}
	return c
}

func TestRoundTrip(t *testing.T) {
	conntest.RoundTrip(t, avro.Format{}, wide(), nil, 2000, nil)
	conntest.RoundTrip(t, avro.Format{}, schema("t3", types.TimestampType(3), "t6", types.TimestampType(6), "z3", types.TimestampLTZType(3),
		"z6", types.TimestampLTZType(6), "ms", types.ArrayType(types.TimestampLTZType(6))), conntest.Options("timestamp_mapping.legacy", "false"), 500, nil)
}

// file writes batches of random rows to a file and tells the rows.
func file(t testing.TB, c format.Config, batches, rows int) (data []byte, want []string) {
	t.Helper()
	var out format.Output
	w, err := avro.Format{}.CreateFile(c, &out)
	if err != nil {
		t.Fatal(err)
	}
	for i := range batches {
		b := conntest.RandomBatch(rand.New(rand.NewPCG(uint64(i), 1)), c.Pool, c.Columns, rows)
		if err := w.Encode(b, nil, &out); err != nil {
			t.Fatal(err)
		}
		for k := range b.Len {
			want = append(want, conntest.Row(b, k))
		}
		b.Release()
	}
	if err := w.Finish(&out); err != nil {
		t.Fatal(err)
	}
	return out.Data, want
}

// rows reads a file; places, if wanted, takes the place and number of rows before each batch.
func rows(c format.Config, data []byte, from int64, visit func(place int64, n int)) (got []string, err error) {
	r, err := avro.Format{}.OpenFile(c, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if err := r.MoveTo(from); err != nil {
		return nil, err
	}
	for {
		if visit != nil {
			visit(r.Place(), len(got))
		}
		b, err := r.Next()
		if errors.Is(err, io.EOF) {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		for _, col := range b.Columns {
			if err := col.Check(); err != nil {
				return got, err
			}
		}
		for i := range b.Len {
			got = append(got, conntest.Row(b, i))
		}
		b.Release()
	}
}

func TestFiles(t *testing.T) {
	for _, codec := range []string{"null", "deflate", "snappy", "zstandard"} {
		c := config(wide(), "codec", codec)
		data, want := file(t, c, 6, 3000)
		type mark struct {
			place int64
			n     int
		}
		var marks []mark
		got, err := rows(c, data, 0, func(p int64, n int) { marks = append(marks, mark{p, n}) })
		if err != nil {
			t.Fatalf("%s: %v", codec, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("%s: %s", codec, d)
		}
		if len(marks) < 4 {
			t.Errorf("%s: only %d places", codec, len(marks))
		}
		for _, m := range marks[:len(marks)-1] {
			got, err := rows(c, data, m.place, nil)
			if err != nil || len(got) != len(want)-m.n || got[0] != want[m.n] {
				t.Errorf("%s: %d rows from place %d, %v; want those from %d on", codec, len(got), m.place, err, m.n)
			}
		}
		c.Columns = schema("s", text, "new", integer, "r", types.RowType(types.Field{Name: "y", Type: types.RowType(types.Field{Name: "z", Type: text})}), "l", types.BigIntType())
		c.Physical = c.Columns
		if got, err = rows(c, data, 0, nil); err != nil || len(got) != len(want) {
			t.Errorf("%s, projected: %d rows, %v", codec, len(got), err)
		}
		if n := c.Pool.InUse(); n != 0 {
			t.Errorf("%s: %d bytes in use at the end", codec, n)
		}
	}
}

func TestTruncated(t *testing.T) {
	c := config(schema("i", integer, "s", text), "codec", "deflate")
	data, want := file(t, c, 1, 50)
	for n := range len(data) {
		got, err := rows(c, data[:n], 0, nil)
		switch {
		case err == nil && len(got) == 0 && bytes.HasSuffix(data, data[n:]) && strings.Contains(string(data[:n]), "avro.codec"):
			// The end of the header is the end of a file without rows.
		case err == nil:
			t.Fatalf("%d of %d bytes are read as %d of %d rows", n, len(data), len(got), len(want))
		case !strings.Contains(err.Error(), "ends within") && !strings.Contains(err.Error(), "no avro object container"):
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
}

// TestDamaged turns bits: behind the header nothing of that goes unseen, as snappy has checksums.
func TestDamaged(t *testing.T) {
	c := config(schema("i", integer, "s", text), "codec", "snappy")
	data, want := file(t, c, 1, 50)
	header := len(data) - bytes.Index(reversed(data), reversed([]byte("avro.codec")))
	for n := range data {
		bad := bytes.Clone(data)
		bad[n] ^= 0x55
		if got, err := rows(c, bad, 0, nil); err == nil && n > header+10 {
			t.Errorf("byte %d of %d is damaged, but all is well: %v", n, len(data), cmp.Equal(got, want))
		}
	}
}

func reversed(b []byte) []byte {
	b = bytes.Clone(b)
	slices.Reverse(b)
	return b
}

func TestOptionsAndTypes(t *testing.T) {
	for _, k := range []struct {
		c    format.Config
		want string
	}{
		{config(schema("t", types.TimestampType(6))), "the precision is at most 3"},
		{config(schema("t", types.TimestampLTZType(3))), "only with timestamp_mapping.legacy = false"},
		{config(schema("m", types.MapType(integer, integer))), "keys of a map that are no text, such as INT"},
		{config(schema("t", types.TimeType(6))), "it is at most 3"},
		{config(schema("i", integer), "codec", "xz"), "supported are null, deflate"},
		{config(schema("i", integer), "encoding", "text"), "allowed are binary, json"},
	} {
		if err := (avro.Format{}).Check(k.c); err == nil || !strings.Contains(err.Error(), k.want) {
			t.Errorf("%v: %v, want %q", k.c.Physical, err, k.want)
		}
	}
}

func TestMalformedRecords(t *testing.T) {
	s := schema("i", integer.AsNotNull(), "s", text)
	for in, want := range map[string]string{
		"\x02":         "error malformed record: field 's': the record ends within it",
		"\x02\x02\x04": "error malformed record: field 's': the record ends within it",
		"\x02\x09x":    "error malformed record: field 's': the union has no such branch (9)",
		"\x02\x00more": "1, null",
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff": "error malformed record: field 'i': the number is longer than 64 bits",
	} {
		var r format.Records
		r.Append([]byte(in))
		c := config(s)
		d, err := avro.Format{}.Decoder(c)
		if err != nil {
			t.Fatal(err)
		}
		var got string
		if _, err := d.Decode(&r, 0); err != nil {
			got = "error " + err.Error()
		} else {
			got = conntest.Row(d.Take(), 0)
		}
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// FuzzContainer reads any bytes as a file.
func FuzzContainer(f *testing.F) {
	for _, codec := range []string{"null", "deflate", "snappy", "zstandard"} {
		data, _ := file(f, config(schema("i", integer, "s", text, "a", types.ArrayType(text)), "codec", codec), 1, 3)
		f.Add(data)
	}
	for _, k := range foreign() {
		f.Add(container(record(k.field), 1, k.value+"\x2a"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := config(schema("i", integer, "f", text, "a", types.ArrayType(text), "r", types.RowType(types.Field{Name: "x", Type: integer})))
		_, _ = rows(c, data, 0, nil)
		if n := c.Pool.InUse(); n != 0 {
			t.Errorf("%d bytes in use at the end", n)
		}
	})
}

// FuzzRecord reads any bytes as records.
func FuzzRecord(f *testing.F) {
	f.Add([]byte("\x02\x00"))
	f.Add([]byte("\x00\x02\x02\x02\x04ab\x00\x02"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := format.Config{Physical: wide()}
		whole := conntest.Decode(t, avro.Format{}, c, string(data), 1<<20)
		if d := cmp.Diff(whole, conntest.Decode(t, avro.Format{}, c, string(data), 1)); d != "" {
			t.Errorf("in pieces of %q: %s", data, d)
		}
	})
}

// bid is the table of benchmarks: 7 columns, some 170 bytes.
func bid() types.Schema {
	return schema("auction", types.BigIntType().AsNotNull(), "bidder", types.BigIntType().AsNotNull(), "price", types.BigIntType().AsNotNull(),
		"channel", text, "url", text, "dateTime", types.TimestampType(3), "extra", text)
}

func bids(b *testing.B) (format.Config, *vector.Batch) {
	c := config(bid())
	line := `{"auction":%d,"bidder":%d,"price":%d,"channel":"channel-%d","url":"https://www.nexmark.com/googoo/item.htm?query=1&channel_id=%d",` +
		`"dateTime":"2024-01-02 03:04:05.678","extra":"qwertyuiopasdfghjklzxcvbnmqwertyuiopasdfghjklzxcvbnm"}`
	var r format.Records
	for i := range vector.MaxRows {
		r.Append(fmt.Appendf(nil, line, 1000+i, 2000+i%77, 100+i*13, i%1000, i))
	}
	return c, jsonBatch(b, c, &r)
}

func BenchmarkDecode(b *testing.B) {
	c, in := bids(b)
	e, err := avro.Format{}.Encoder(c)
	if err != nil {
		b.Fatal(err)
	}
	var out format.Output
	if err := e.Encode(in, nil, &out); err != nil {
		b.Fatal(err)
	}
	var r format.Records
	from := 0
	r.Data = slices.Concat(out.Data, make([]byte, vector.Slack))
	for _, end := range out.Ends {
		r.Start, r.End = append(r.Start, int32(from)), append(r.End, int32(end))
		from = end
	}
	for _, k := range []struct {
		name string
		cols types.Schema
	}{{"all", bid()}, {"three", schema("bidder", types.BigIntType(), "price", types.BigIntType(), "dateTime", types.TimestampType(3))}} {
		b.Run(k.name, func(b *testing.B) {
			c.Columns = k.cols
			d, err := avro.Format{}.Decoder(c)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(out.Data)))
			n := 0
			for b.Loop() {
				if _, err := d.Decode(&r, 0); err != nil {
					b.Fatal(err)
				}
				batch := d.Take()
				n += batch.Len
				batch.Release()
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	c, in := bids(b)
	e, err := avro.Format{}.Encoder(c)
	if err != nil {
		b.Fatal(err)
	}
	var out format.Output
	n := 0
	for b.Loop() {
		out.Reset()
		if err := e.Encode(in, nil, &out); err != nil {
			b.Fatal(err)
		}
		n += in.Len
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

func BenchmarkReadFile(b *testing.B) {
	c := config(bid(), "codec", "snappy")
	data, want := file(b, c, 20, 4000)
	n := 0
	for b.Loop() {
		r, err := avro.Format{}.OpenFile(c, bytes.NewReader(data), int64(len(data)))
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

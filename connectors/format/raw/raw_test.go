package raw_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"millrace/connectors/conntest"
	"millrace/connectors/format"
	"millrace/connectors/format/json"
	"millrace/connectors/format/raw"
	"millrace/operators/vector"
	"millrace/sql/types"
)

func one(t types.Type) types.Schema { return types.Schema{{Name: "v", Type: t}} }

func TestLines(t *testing.T) {
	text := "first line\né😀 \"quoted\", {\"json\":1}\r\n blanks kept"
	for _, c := range []struct {
		t       types.Type
		options map[string]string
		want    []string
	}{
		{types.StringType(), nil, []string{"first line", `é😀 "quoted", {"json":1}`, " blanks kept"}},
		{types.VarCharType(3), nil, []string{"first line", `é😀 "quoted", {"json":1}`, " blanks kept"}},
		{types.StringType(), conntest.Options("charset", "ISO-8859-1"), []string{"first line", "Ã©ð\u009f\u0098\u0080 \"quoted\", {\"json\":1}", " blanks kept"}},
		{types.StringType(), conntest.Options("charset", "no-such"), []string{"error format 'raw': option 'charset' = 'no-such': the charset is unknown"}},
		{types.StringType(), conntest.Options("line-delimiter", " "), []string{"first", "line", "é😀", `"quoted",`, `{"json":1}`, "", "blanks", "kept"}},
		{types.IntType(), nil, []string{
			"error malformed record: INT has 4 bytes, not 10", "error malformed record: INT has 4 bytes, not 27",
			"error malformed record: INT has 4 bytes, not 12",
		}},
		{types.DecimalType(5, 2), nil, []string{"error format 'raw': column 'v': type DECIMAL(5, 2) is not supported"}},
	} {
		got := conntest.Decode(t, raw.Format{}, format.Config{Options: c.options, Physical: one(c.t)}, text, 5)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s %v: %s", c.t, c.options, d)
		}
	}
	two := append(one(types.StringType()), one(types.StringType())...)
	if got := conntest.Decode(t, raw.Format{}, format.Config{Physical: two}, text, 5); len(got) != 1 || !strings.Contains(got[0], "exactly one physical column") {
		t.Errorf("two columns: %v", got)
	}
}

// TestNumbers writes numbers and reads them back, in both orders.
func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		t     types.Type
		value string
		big   []byte
	}{
		{types.IntType(), "-2", []byte{0xff, 0xff, 0xff, 0xfe}},
		{types.SmallIntType(), "258", []byte{1, 2}},
		{types.TinyIntType(), "-1", []byte{0xff}},
		{types.BigIntType(), "258", []byte{0, 0, 0, 0, 0, 0, 1, 2}},
		{types.FloatType(), "1.5", []byte{0x3f, 0xc0, 0, 0}},
		{types.DoubleType(), "1.5", []byte{0x3f, 0xf8, 0, 0, 0, 0, 0, 0}},
		{types.BooleanType(), "true", []byte{1}},
	} {
		big := conntest.Encode(t, json.Format{}, raw.Format{}, one(c.t), nil, `{"v":`+c.value+`}`)
		if want := string(c.big) + "\n"; big != want {
			t.Errorf("%s: %x, want %x", c.t, big, want)
		}
		little := conntest.Encode(t, json.Format{}, raw.Format{}, one(c.t), conntest.Options("endianness", "little-endian"), `{"v":`+c.value+`}`)
		for order, record := range map[string]string{"big-endian": big, "little-endian": little} {
			d, err := raw.Format{}.Decoder(format.Config{Options: conntest.Options("endianness", order), Physical: one(c.t), Columns: one(c.t), Pool: vector.NewPool(0)})
			if err != nil {
				t.Fatal(err)
			}
			var r format.Records
			r.Append([]byte(strings.TrimSuffix(record, "\n")))
			r.Append([]byte(strings.TrimSuffix(record, "\n")))
			if _, err := d.Decode(&r, 0); err != nil {
				t.Fatal(err)
			}
			if b := d.Take(); b.Len != 2 || conntest.Row(b, 1) != c.value {
				t.Errorf("%s %s: %s", c.t, order, conntest.Row(b, 1))
			}
		}
	}
}

func TestWriteText(t *testing.T) {
	got := conntest.Encode(t, json.Format{}, raw.Format{}, one(types.StringType()), conntest.Options("charset", "ISO-8859-1"), `{"v":"é😀"}`)
	if want := "\xe9\x1a\n"; got != want && got != "\xe9?\n" {
		t.Errorf("%q", got)
	}
	got = conntest.Encode(t, json.Format{}, raw.Format{}, one(types.StringType()), conntest.Options("line-delimiter", `\r\n`), "{\"v\":\"a\"}\n{\"v\":\"\"}")
	if got != "a\r\n\r\n" {
		t.Errorf("%q", got)
	}
	if got := conntest.Encode(t, json.Format{}, raw.Format{}, one(types.StringType()), nil, `{"v":null}`); !strings.Contains(got, "NULL cannot be written") {
		t.Errorf("%q", got)
	}
}

func BenchmarkDecode(b *testing.B) {
	d, err := raw.Format{}.Decoder(format.Config{Physical: one(types.StringType()), Columns: one(types.StringType()), Pool: vector.NewPool(0)})
	if err != nil {
		b.Fatal(err)
	}
	data := append(bytes.Repeat([]byte("a line of some text that is not very long\n"), 4096), make([]byte, 64)...)
	data = data[:len(data)-64]
	var r format.Records
	n := 0
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		r.Reset()
		d.Split(data, true, 1<<20, &r)
		if _, err := d.Decode(&r, 0); err != nil {
			b.Fatal(err)
		}
		d.Take().Release()
		n += r.Len()
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

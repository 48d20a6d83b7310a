package avro_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"millrace/connectors/conntest"
	"millrace/connectors/format"
	"millrace/connectors/format/avro"
	"millrace/operators/vector"
	"millrace/sql/types"
)

func TestJSONRoundTrip(t *testing.T) {
	conntest.RoundTrip(t, avro.Format{}, wide(), conntest.Options("encoding", "json"), 2000, json.Valid)
}

// The text is that of Avro's own encoder.
func TestJSONText(t *testing.T) {
	s := schema("i", integer, "n", types.BigIntType().AsNotNull(), "s", text, "b", types.BytesType(), "d", types.DoubleType(), "a", types.ArrayType(integer.AsNotNull()),
		"m", types.MapType(text.AsNotNull(), text), "r", types.RowType(types.Field{Name: "x", Type: types.BooleanType()}))
	c := config(s)
	var in format.Records
	in.Append([]byte(`{"i":1,"n":-5,"s":"a\"\\\n\u0001ü😀","b":"AP9B","d":1e10,"a":[1,2],"m":{"k":"v","l":null},"r":{"x":true}}`))
	in.Append([]byte(`{"n":0,"a":[],"m":{}}`))
	b := jsonBatch(t, c, &in)
	defer b.Release()
	c.Options = conntest.Options("encoding", "json")
	e, err := avro.Format{}.Encoder(c)
	if err != nil {
		t.Fatal(err)
	}
	var out format.Output
	if err := e.Encode(b, nil, &out); err != nil {
		t.Fatal(err)
	}
	want := `{"i":{"int":1},"n":-5,"s":{"string":"a\"\\\n\u0001ü\uD83D\uDE00"},"b":{"bytes":"\u0000ÿA"},"d":{"double":1.0E10},"a":{"array":[1,2]},` +
		`"m":{"map":{"k":{"string":"v"},"l":null}},"r":{"org.apache.flink.avro.generated.record_r":{"x":{"boolean":true}}}}` +
		`{"i":null,"n":0,"s":null,"b":null,"d":null,"a":{"array":[]},"m":{"map":{}},"r":null}`
	if string(out.Data) != want {
		t.Errorf("got  %s\nwant %s", out.Data, want)
	}
}

func TestJSONRecords(t *testing.T) {
	s := schema("i", integer.AsNotNull(), "s", text, "b", types.BytesType(), "a", types.ArrayType(types.DoubleType()), "r", types.RowType(types.Field{Name: "x", Type: integer}))
	const rest = `,"s":null,"b":null,"a":null,"r":null`
	for in, want := range map[string]string{
		`{"i":1` + rest + `}`: "1, null, null, null, null",
		` { "r" : null , "a":null, "s":{"string":"\u00fc\ud83d\ude00\/"}, "zz":[{"y":[]},"}"], "b":{"bytes":"\u00ff"},"i":-7} more`:       "-7, ü😀/, [-1], null, null",
		`{"i":1,"s":null,"b":null,"a":{"array":[{"double":1},{"double":-2.5e-3},null,{"double":"NaN"},{"double":"-Infinity"}]},"r":null}`: "1, null, null, [1.0, -0.0025, null, NaN, -Infinity], null",
		`{"i":1,"s":null,"b":null,"a":null,"r":{"org.apache.flink.avro.generated.record_r":{"x":{"int":5}}}}`:                             "1, null, null, null, +I[5]",
		`{"i":1}`:                                                            "error malformed record: field 's': the record does not have it",
		`{"i":null` + rest + `}`:                                             `error malformed record: field 'i': a number is expected, not "null`,
		`{"i":2147483648` + rest + `}`:                                       "error malformed record: field 'i': 2147483648 is no int",
		`{"i":"1"` + rest + `}`:                                              `error malformed record: field 'i': a number is expected, not`,
		`{"i":1,"s":"x"`:                                                     "error malformed record: the text ends too early",
		`{"i":1,"s":"x","b":null,"a":null,"r":null}`:                         "error malformed record: field 's': null or an object with the type of the value is expected",
		`{"i":1,"s":{"long":1},"b":null,"a":null,"r":null}`:                  `error malformed record: field 's': the union [null, string] has no branch "long"`,
		`{"i":1,"s":null,"b":{"bytes":"\u0100"},"a":null,"r":null}`:          "error malformed record: field 'b': 'Ā' is no byte",
		`{"i":1,"s":null,"b":null,"a":{"array":[{"double":true}]},"r":null}`: "error malformed record: field 'a': a number is expected",
		`{"i":1,"s":null,"b":null,"a":null,"r":{"org.apache.flink.avro.generated.record_r":{}}}`: "error malformed record: field 'r.x': the record does not have it",
		`[1]`:       `error malformed record: an object is expected, not "[1]"`,
		``:          "error malformed record: the text ends too early",
		`{"i":1 2}`: `error malformed record: a comma is expected`,
		`{"s":{"string":"` + strings.Repeat("x", 100) + `"},"i":1,"b":null,"a":null,"r":null}`: "1, " + strings.Repeat("x", 100) + ", null, null, null",
	} {
		var r format.Records
		r.Append([]byte(in))
		c := config(s, "encoding", "json")
		d, err := avro.Format{}.Decoder(c)
		if err != nil {
			t.Fatal(err)
		}
		var got string
		if _, err := d.Decode(&r, 0); err != nil {
			if got = "error " + err.Error(); d.Rows() != 0 {
				t.Errorf("%q leaves %d rows", in, d.Rows())
			}
		} else {
			b := d.Take()
			got = conntest.Row(b, 0)
			b.Release()
		}
		d.Close()
		if got != want && !(strings.HasPrefix(want, "error") && strings.HasPrefix(got, want)) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// FuzzJSON reads any bytes as a record in JSON.
func FuzzJSON(f *testing.F) {
	s := schema("i", integer, "s", text, "b", types.BytesType(), "a", types.ArrayType(text), "m", types.MapType(text.AsNotNull(), integer), "f", types.FloatType())
	f.Add([]byte(`{"i":{"int":1},"s":{"string":"x\u00e9"},"b":{"bytes":"\u00ff"},"a":{"array":[null,{"string":""}]},"m":{"map":{"k":{"int":1}}},"f":{"float":1.5}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var r format.Records
		r.Append(data)
		c := config(s, "encoding", "json")
		d, err := avro.Format{}.Decoder(c)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if _, err := d.Decode(&r, 0); err != nil {
			return
		}
		b := d.Take()
		defer b.Release()
		for _, col := range b.Columns {
			if err := col.Check(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func BenchmarkJSON(b *testing.B) {
	s := schema("id", types.BigIntType().AsNotNull(), "name", text, "price", types.DoubleType(), "at", types.TimestampType(3))
	const n = 1000
	var in, r format.Records
	for i := range n {
		in.Append(fmt.Appendf(nil, `{"id":%d,"name":"name%d","price":%d.5,"at":"2024-01-02 03:04:05.678"}`, i, i, i))
	}
	c := config(s)
	batch := jsonBatch(b, c, &in)
	defer batch.Release()
	c.Options = conntest.Options("encoding", "json")
	e, err := avro.Format{}.Encoder(c)
	if err != nil {
		b.Fatal(err)
	}
	var out format.Output
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			out.Reset()
			if err := e.Encode(batch, nil, &out); err != nil {
				b.Fatal(err)
			}
		}
		b.SetBytes(int64(len(out.Data)))
	})
	from := 0
	for _, end := range out.Ends {
		r.Append(out.Data[from:end])
		from = end
	}
	c.Pool = vector.NewPool(0)
	d, err := avro.Format{}.Decoder(c)
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(out.Data)))
		for b.Loop() {
			if next, err := d.Decode(&r, 0); err != nil || next != n {
				b.Fatal(next, err)
			}
			d.Take().Release()
		}
	})
}

package json

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"strings"
	"testing"

	"millrace/connectors/format"
	"millrace/connectors/format/scalar"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/sql/types"
)

func options(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

func field(name string, t types.Type) types.Field { return types.Field{Name: name, Type: t} }

// decode reads records and prints the rows as Java would, or the error.
func decode(t testing.TB, schema types.Schema, opts map[string]string, records ...string) string {
	t.Helper()
	pool := vector.NewPool(0)
	pool.Check = true
	d, err := Format{}.Decoder(format.Config{Options: opts, Physical: schema, Columns: schema, Pool: pool, Malformed: &operators.Counter{}})
	if err != nil {
		return "error " + err.Error() + "\n"
	}
	var r format.Records
	for _, s := range records {
		r.Append([]byte(s))
	}
	var out []byte
	show := func() {
		b := d.Take()
		if b == nil {
			return
		}
		for _, c := range b.Columns {
			if err := c.Check(); err != nil {
				t.Fatal(err)
			}
		}
		for i := range b.Len {
			for k, c := range b.Columns {
				if k > 0 {
					out = append(out, ' ')
				}
				out = scalar.AppendJava(out, c, i)
			}
			out = append(out, '\n')
		}
		b.Release()
	}
	for at := 0; at < r.Len(); {
		next, err := d.Decode(&r, at)
		show()
		if err != nil {
			if _, ok := errors.AsType[*format.RecordError](err); !ok {
				t.Fatal(err)
			}
			out = append(out, "error "+err.Error()+"\n"...)
			next++
		}
		at = next
	}
	d.Close()
	if n := pool.InUse(); n != 0 {
		t.Errorf("%d bytes in use at the end", n)
	}
	return string(out)
}

func check(t *testing.T, what, got string, want ...string) {
	t.Helper()
	if w := strings.Join(want, "\n") + "\n"; got != w && !(len(want) == 0 && got == "") {
		t.Errorf("%s: got\n%swant\n%s", what, got, w)
	}
}

// conversions are the recorded values of every JSON form read as every type.
func TestConversions(t *testing.T) {
	values := []string{
		`"12"`, `12`, `1.9`, `"1.9"`, `true`, `"true"`, `"TRUE"`, `""`, `" 12 "`, `1e3`, `{"a":1,"b":"x"}`, `[1,"x"]`, `null`,
		`99999999999999999999`, `-0.0`, `"abc"`, `0`, `2147483648`, `1.10`, `"2024-01-02"`, `"2024-01-02 03:04:05.123"`, `"12:34:56"`, `"YWI="`,
	}
	for _, c := range []struct {
		t    types.Type
		want string
	}{
		{types.IntType(), `12 12 1 null null null null null 12 1000 null null null null 0 null 0 null 1 null null null null`},
		{types.BigIntType(), `12 12 1 null null null null null 12 1000 null null null null 0 null 0 2147483648 1 null null null null`},
		{types.TinyIntType(), `12 12 null null null null null null 12 null null null null null null null 0 null null null null null null`},
		{types.DoubleType(), `12.0 12.0 1.9 1.9 null null null null 12.0 1000.0 null null null 1.0E20 -0.0 null 0.0 2.147483648E9 1.1 null null null null`},
		{types.FloatType(), `12.0 12.0 1.9 1.9 null null null null 12.0 1000.0 null null null 1.0E20 -0.0 null 0.0 2.14748365E9 1.1 null null null null`},
		{types.DecimalType(12, 1), `12.0 12.0 1.9 1.9 null null null null 12.0 1000.0 null null null null 0.0 null 0.0 2147483648.0 1.1 null null null null`},
		{types.BooleanType(), `false false false false true true true false false false false false null false false false false false false false false false false`},
		{types.DateType(), `null null null null null null null null null null null null null null null null null null null 2024-01-02 null null null`},
		{types.TimeType(0), `null null null null null null null null null null null null null null null null null null null null null 12:34:56 null`},
		{types.TimestampType(3), `null null null null null null null null null null null null null null null null null null null null 2024-01-02T03:04:05.123 null null`},
		{types.BytesType(), `null null null null null [-74,-69,-98] [77,21,4] [] null null null null null null null null null null null null null null [97,98]`},
		{
			types.RowType(field("a", types.IntType()), field("b", types.StringType())),
			`null null null null null null null null null null +I[1,x] null null null null null null null null null null null null`,
		},
		{
			types.MapType(types.StringType(), types.StringType()),
			`null null null null null null null null null null {a=1,b=x} null null null null null null null null null null null null`,
		},
		{types.VarCharType(2), `12 12 1.9 1.9 true true TRUE   12  1e3 {"a":1,"b":"x"} [1,"x"] null 99999999999999999999 -0.0 abc 0 2147483648 1.10 ` +
			`2024-01-02 2024-01-02 03:04:05.123 12:34:56 YWI=`},
	} {
		var records []string
		for _, v := range values {
			records = append(records, `{"v":`+v+`}`)
		}
		got := decode(t, types.Schema{field("v", c.t)}, options("ignore-parse-errors", "true"), records...)
		got = strings.ReplaceAll(strings.ReplaceAll(strings.TrimSuffix(got, "\n"), ", ", ","), "\n", " ")
		if got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.t, got, c.want)
		}
	}
}

func TestBadRecords(t *testing.T) {
	schema := types.Schema{field("i", types.IntType()), field("s", types.StringType())}
	records := []string{
		`{"i":1,"s":"ok"}`, `not json`, `{"i":2,"s":"cut`, `{"i":3,"s":"missing brace"`, `5`, `null`, `"text"`,
		`[{"i":10,"s":"in array"},{"i":11,"s":"too"}]`, `[]`, `{"i":4,"s":"first"} {"i":5,"s":"second"}`, `{"i":6,"i":7,"s":"dup"}`,
		`{"i":8,"s":"trailing",}`, `{'i':9,'s':'single'}`, `{"i":NaN,"s":"nan"}`, `{"i":012,"s":"octal"}`, `{"i":12,"s":"last"}`, ``,
	}
	check(t, "ignored", decode(t, schema, options("ignore-parse-errors", "true"), records...),
		"1 ok", "10 in array", "11 too", "4 first", "7 null", "12 last")
	check(t, "strict", decode(t, schema, nil, `{"i":1,"s":"a"}`, `{"i":"x","s":"b"}`, `{"i":2,"s":"c"}`),
		"1 a", `error malformed record: field 'i': no INT in "{\"i\":\"x\",\"s\":\"b\"}"`, "2 c")
	check(t, "invalid UTF-8", decode(t, schema, options("ignore-parse-errors", "true"), "{\"s\":\"\xff\"}", "{\"x\":\"\xff\",\"i\":1}"))
}

func TestObjects(t *testing.T) {
	schema := types.Schema{
		field("i", types.IntType()), field("s", types.StringType()), field("d", types.DecimalType(6, 3)),
		field("b", types.BooleanType()), field("r", types.RowType(field("x", types.IntType()), field("y", types.StringType()))),
		field("a", types.ArrayType(types.IntType())), field("m", types.MapType(types.StringType(), types.IntType())),
	}
	check(t, "basic", decode(t, schema, nil,
		`{"i":1,"s":"abc","d":1.5,"b":true,"r":{"x":1,"y":"z"},"a":[1,null,3],"m":{"k":1,"l":null}}`,
		`{"s":"only s"}`, `{}`,
		`{"i":null,"s":null,"d":null,"b":null,"r":null,"a":null,"m":null,"unknown":{"x":[1]}}`,
		`{"i":2,"s":"é😀\u00e9\n\t\"\\","d":-0.001,"b":false,"r":{"x":null,"extra":5},"a":[],"m":{}}`,
		`  {"m":{"":7,"ü":8},"a":[9],"r":{},"b":true,"d":1e2,"s":"","i":-3}`,
		`{"m":{"a":1,"b":2,"a":3,"a":4}, "\u0069" : 5 , "s":"\ud83d\ude00\ud83d"}`),
		"1 abc 1.500 true +I[1, z] [1, null, 3] {k=1, l=null}",
		"null only s null null null null null", "null null null null null null null", "null null null null null null null",
		"2 é😀é\n\t\"\\ -0.001 false +I[null, null] [] {}",
		"-3  100.000 true +I[null, null] [9] {=7, ü=8}",
		"5 😀? null null null null {b=2, a=4}")
	check(t, "missing", decode(t, schema[:2], options("fail-on-missing-field", "true"), `{"i":1}`),
		`error malformed record: field 's': the field is missing in "{\"i\":1}"`)
	check(t, "text of nested", decode(t, types.Schema{field("s", types.StringType())}, nil, `{"s": {"b" : 1.10, "a" : [1, 2e2, {"k":null}], "b":"\u00e9\n"}}`),
		`{"b":"é\n","a":[1,200.0,{"k":null}]}`)
	check(t, "map keys", decode(t, types.Schema{field("m", types.MapType(types.IntType(), types.IntType()))}, nil),
		"error format 'json': column 'm': keys of MAP<INT, INT> must be text")
}

func TestTimes(t *testing.T) {
	schema := types.Schema{
		field("t0", types.TimestampType(0)), field("t3", types.TimestampType(3)), field("t6", types.TimestampType(6)),
		field("t9", types.TimestampType(9)), field("l", types.TimestampLTZType(3)),
	}
	row := func(ts string) string {
		return `{"t0":"` + ts + `","t3":"` + ts + `","t6":"` + ts + `","t9":"` + ts + `","l":"` + ts + `Z"}`
	}
	check(t, "sql", decode(t, schema, nil, row("2024-01-02 03:04:05.123456789"), row("1969-12-31 23:59:59.9999"), row("0001-01-01 00:00:00"),
		row("2023-02-30 24:00:00")),
		"2024-01-02T03:04:05 2024-01-02T03:04:05.123 2024-01-02T03:04:05.123456 2024-01-02T03:04:05.123456789 2024-01-02T03:04:05.123Z",
		"1969-12-31T23:59:59 1969-12-31T23:59:59.999 1969-12-31T23:59:59.999900 1969-12-31T23:59:59.999900 1969-12-31T23:59:59.999Z",
		"0001-01-01T00:00 0001-01-01T00:00 0001-01-01T00:00 0001-01-01T00:00 0001-01-01T00:00:00Z",
		"2023-03-01T00:00 2023-03-01T00:00 2023-03-01T00:00 2023-03-01T00:00 2023-03-01T00:00:00Z")
	check(t, "iso", decode(t, schema, options("timestamp-format.standard", "ISO-8601"), row("2024-01-02T03:04")),
		"2024-01-02T03:04 2024-01-02T03:04 2024-01-02T03:04 2024-01-02T03:04 2024-01-02T03:04:00Z")
	for _, bad := range []string{
		"2024-01-02", "2024-1-2 00:00:00", "2024-01-02 03:04", "2024-01-02T03:04:05", "2024-13-01 00:00:00", "x", "",
		"2024-01-02 03:04:60", "2024-01-02 03:04:05.", "2024-01-02 03:04:05.1234567890",
	} {
		got := decode(t, schema[1:2], nil, `{"t3":"`+bad+`"}`)
		if bad == "2024-01-02 03:04:05." {
			continue // java.time takes a point without digits
		}
		if !strings.HasPrefix(got, "error ") {
			t.Errorf("%q is taken: %s", bad, got)
		}
	}
}

// encode decodes records and writes them again.
func encode(t testing.TB, schema types.Schema, opts map[string]string, records ...string) string {
	t.Helper()
	pool := vector.NewPool(0)
	d, err := Format{}.Decoder(format.Config{Physical: schema, Columns: schema, Pool: pool})
	if err != nil {
		t.Fatal(err)
	}
	var r format.Records
	for _, s := range records {
		r.Append([]byte(s))
	}
	if _, err := d.Decode(&r, 0); err != nil {
		t.Fatal(err)
	}
	c := format.Config{Options: opts, Physical: schema, Columns: schema}
	for i := range schema {
		c.Positions = append(c.Positions, i)
	}
	e, err := Format{}.Encoder(c)
	if err != nil {
		t.Fatal(err)
	}
	out := format.Output{Terminate: true}
	b := d.Take()
	if err := e.Encode(b, nil, &out); err != nil {
		return "error " + err.Error() + "\n"
	}
	return string(out.Data)
}

func TestEncode(t *testing.T) {
	schema := types.Schema{
		field("i", types.IntType()), field("s", types.StringType()), field("d", types.DecimalType(10, 2)),
		field("f", types.DoubleType()), field("dt", types.DateType()), field("ts", types.TimestampType(3)), field("byt", types.BytesType()),
		field("r", types.RowType(field("x", types.IntType()), field("y", types.ArrayType(types.StringType())))),
	}
	in := []string{
		`{"i":1,"s":"plain","d":1.50,"f":0.1,"dt":"2024-01-02","ts":"2024-01-02 03:04:05.120","byt":"cSJ1","r":{"x":1,"y":["a",null]}}`,
		`{"i":2,"s":"q\"uote\\ /slash\u0001\u007f","d":0.00,"f":1e20,"dt":"0001-01-01","ts":"2024-01-02 00:00:00"}`,
		`{"i":3,"s":"é😀<&>","d":1000,"f":"-Infinity","r":{"x":null,"y":[]}}`,
	}
	check(t, "plain", encode(t, schema, nil, in...),
		`{"i":1,"s":"plain","d":1.5,"f":0.1,"dt":"2024-01-02","ts":"2024-01-02 03:04:05.12","byt":"cSJ1","r":{"x":1,"y":["a",null]}}`,
		`{"i":2,"s":"q\"uote\\ /slash\u0001`+"\x7f"+`","d":0,"f":1.0E20,"dt":"0001-01-01","ts":"2024-01-02 00:00:00","byt":null,"r":null}`,
		`{"i":3,"s":"é\uD83D\uDE00<&>","d":1E+3,"f":"-Infinity","dt":null,"ts":null,"byt":null,"r":{"x":null,"y":[]}}`)
	check(t, "options", encode(t, schema, options("encode.ignore-null-fields", "true", "encode.decimal-as-plain-number", "true",
		"timestamp-format.standard", "ISO-8601"), in...),
		`{"i":1,"s":"plain","d":1.50,"f":0.1,"dt":"2024-01-02","ts":"2024-01-02T03:04:05.12","byt":"cSJ1","r":{"x":1,"y":["a",null]}}`,
		`{"i":2,"s":"q\"uote\\ /slash\u0001`+"\x7f"+`","d":0.00,"f":1.0E20,"dt":"0001-01-01","ts":"2024-01-02T00:00:00"}`,
		`{"i":3,"s":"é\uD83D\uDE00<&>","d":1000.00,"f":"-Infinity","r":{"y":[]}}`)
}

// FuzzTokens compares what is JSON, and what it says, with encoding/json.
func FuzzTokens(f *testing.F) {
	for _, s := range []string{
		`{"a":1}`, `{"a":"\u00e9\n","b":[1,2,{"c":null}]}`, `{"a":-0.5e+3,}`, `{"a":01}`, `{"":{}}`, `{"a":"x`, "{\"a\":\"\x01\"}",
		`{"aaaaaaaaaaaa":true,"b":false}`, `{"a":"12345678"}`, `{"a":123456789012345678}`, `{"b":1,"a":[]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		in = bytes.TrimLeft(in, " \t\r\n")
		if len(in) == 0 || in[0] != '{' || bytes.ContainsAny(in, "\\") && bytes.Contains(in, []byte("\\u")) {
			return
		}
		dec := stdjson.NewDecoder(bytes.NewReader(in))
		dec.UseNumber()
		var want map[string]any
		ok := dec.Decode(&want) == nil && utf8Valid(in)
		for _, schema := range []types.Schema{
			{field("a", types.StringType()), field("z", types.IntType())},
			{field("z", types.IntType())},
			{field("a", types.MapType(types.StringType(), types.StringType())), field("z", types.BooleanType())},
		} {
			got := decode(t, schema, nil, string(in))
			if failed := strings.HasPrefix(got, "error "); ok == failed && ok && !strings.Contains(got, "field '") {
				t.Errorf("%q: encoding/json says %v, we %s", in, ok, got)
			} else if !ok && !failed && utf8Valid(in) {
				t.Errorf("%q: encoding/json refuses, we read %q", in, got)
			}
			if s, is := want["a"].(string); ok && is && len(schema) == 2 && schema[0].Type.IsText() && len(want) > 0 && want["z"] == nil {
				if got != s+" null\n" && !strings.HasPrefix(got, "error") && bytes.Count(in, []byte(`"a"`)) == 1 && bytes.Count(in, []byte(`"z"`)) == 0 {
					t.Errorf("%q: read %q, want %q", in, got, s)
				}
			}
		}
	})
}

func utf8Valid(b []byte) bool { return bytes.Equal(bytes.ToValidUTF8(b, []byte("?")), b) }

var bidSchema = types.Schema{
	field("auction", types.BigIntType()), field("bidder", types.BigIntType()), field("price", types.BigIntType()),
	field("channel", types.StringType()), field("url", types.StringType()), field("dateTime", types.TimestampType(3)), field("extra", types.StringType()),
}

const bidRecord = `{"auction":1000,"bidder":2001,"price":4206974,"channel":"channel-8409","url":"https://www.nexmark.com/_cbd/m_yj/gchx/item.htm?query=1&channel_id=1694236672","dateTime":"2015-07-15 00:00:00.123","extra":"zsazekrcfzjrwvkubtmxesfqkneozbqmdtyjaxecbtkdrqpqerqtoqekrjzhm"}`

func BenchmarkDecode(b *testing.B) {
	var r format.Records
	for range 4096 {
		r.Append([]byte(bidRecord))
	}
	for _, c := range []struct {
		name    string
		columns types.Schema
	}{{"bid", bidSchema}, {"3 of 7", types.Schema{bidSchema[0], bidSchema[2], bidSchema[5]}}, {"none", types.Schema{}}} {
		b.Run(c.name, func(b *testing.B) {
			d, err := Format{}.Decoder(format.Config{Physical: bidSchema, Columns: c.columns, Pool: vector.NewPool(0)})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.SetBytes(int64(4096 * len(bidRecord)))
			n := 0
			for b.Loop() {
				for at := 0; at < r.Len(); {
					if at, err = d.Decode(&r, at); err != nil {
						b.Fatal(err)
					}
					d.Take().Release()
				}
				n += r.Len()
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	d, err := Format{}.Decoder(format.Config{Physical: bidSchema, Columns: bidSchema, Pool: vector.NewPool(0)})
	if err != nil {
		b.Fatal(err)
	}
	var r format.Records
	for range 4000 {
		r.Append([]byte(bidRecord))
	}
	if _, err := d.Decode(&r, 0); err != nil {
		b.Fatal(err)
	}
	batch := d.Take()
	e, err := Format{}.Encoder(format.Config{Physical: bidSchema, Columns: bidSchema, Positions: []int{0, 1, 2, 3, 4, 5, 6}})
	if err != nil {
		b.Fatal(err)
	}
	out := format.Output{Terminate: true}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		out.Reset()
		if err := e.Encode(batch, nil, &out); err != nil {
			b.Fatal(err)
		}
		n += batch.Len
	}
	b.SetBytes(int64(len(out.Data)))
	b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

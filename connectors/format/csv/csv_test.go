package csv_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"millrace/connectors/conntest"
	"millrace/connectors/format"
	"millrace/connectors/format/csv"
	"millrace/connectors/format/json"
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

// read checks the rows of a file, whatever the pieces it is read in.
func read(t *testing.T, what string, physical, columns types.Schema, options map[string]string, data string, want ...string) {
	t.Helper()
	for _, chunk := range []int{1, 7, 1 << 20} {
		got := conntest.Decode(t, csv.Format{}, format.Config{Options: options, Physical: physical, Columns: columns}, data, chunk)
		for i := range got {
			if strings.HasPrefix(got[i], "error") {
				got[i], _, _ = strings.Cut(got[i], " in \"")
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s, pieces of %d bytes: %s", what, chunk, d)
			return
		}
	}
}

const plain = "1,abc,1.50,true,2024-01-02\n2,\"q,uo\"\"te\",-0.5,FALSE,1999-12-31\n3,,100,false,0001-01-01\n4,é😀,1e2,true,9999-12-31\n" +
	"5,\" sp \",0.999,True,2024-02-29\n"

func TestPlain(t *testing.T) {
	s := schema("i", integer, "s", text, "d", types.DecimalType(6, 2), "b", types.BooleanType(), "dt", types.DateType())
	read(t, "plain", s, nil, nil, plain,
		"1, abc, 1.50, true, 2024-01-02", `2, q,uo"te, -0.50, false, 1999-12-31`, "3, , 100.00, false, 0001-01-01",
		"4, é😀, 100.00, true, 9999-12-31", "5,  sp , 1.00, true, 2024-02-29")
	read(t, "projected", s, s[4:], nil, plain, "2024-01-02", "1999-12-31", "0001-01-01", "9999-12-31", "2024-02-29")
	more := "error malformed record: there are more than the expected 2 fields"
	read(t, "too many", schema("i", integer, "s", text), nil, nil, plain, more, more, more, more, more)
	wide := slices.Concat(s[:5], schema("extra", text))
	few := "error malformed record: there are 5 fields where 6 are expected"
	read(t, "too few", wide, nil, nil, plain, few, few, few, few, few)
	read(t, "missing alone", wide, wide[5:], nil, plain, "null", "null", "null", "null", "null")
	read(t, "missing ignored", wide, wide[4:], conntest.Options("ignore-parse-errors", "true"), plain,
		"2024-01-02, null", "1999-12-31, null", "0001-01-01, null", "9999-12-31, null", "2024-02-29, null")
}

func TestOptions(t *testing.T) {
	s := schema("i", integer, "s", text, "n", text)
	read(t, "escape", s, nil, conntest.Options("field-delimiter", ";", "quote-character", "'", "escape-character", `\`, "null-literal", "N"),
		"1;'a;b';\\N\n2;'it''s';x\n3;back\\;slash;\\N\n4;;y\n", "1, a;b, null", "2, it's, x", "3, back;slash, null", "4, , y")
	read(t, "tab", s, nil, conntest.Options("field-delimiter", `\t`), "1\ta b\tx\n2\t\"t\tab\"\ty\n", "1, a b, x", "2, t\tab, y")
	n := schema("i", integer, "s", text, "n", integer)
	nulls := "1,,5\n2,x,\n3,NULL,7\n4,\"\",8\n5,\"NULL\",9\n"
	read(t, "empty literal", n, nil, conntest.Options("null-literal", ""), nulls, "1, null, 5", "2, x, null", "3, NULL, 7", "4, null, 8", "5, NULL, 9")
	read(t, "errors ignored", n, nil, conntest.Options("ignore-parse-errors", "true"), nulls, "1, , 5", "2, x, null", "3, NULL, 7", "4, , 8", "5, NULL, 9")
	bad := "1,ok,5\n2,toofew\n3,too,6,many\nx,badint,7\n5,badlast,y\n6,\"open,8\n7,after,9\n"
	read(t, "bad", n, nil, conntest.Options("ignore-parse-errors", "true"), bad, "1, ok, 5", "2, toofew, null", "null, badint, 7", "5, badlast, null")
	read(t, "bad strict", n, nil, nil, bad, "1, ok, 5", "error malformed record: there are 2 fields where 3 are expected",
		"error malformed record: there are more than the expected 3 fields", `error malformed record: field 'i': "x" is no INT`,
		`error malformed record: field 'n': "y" is no INT`, "error malformed record: a quoted field does not end")
	two := schema("i", text, "s", text)
	com := "1,a\n # a comment\n2,#b\n3, # c\n"
	read(t, "comments", two, nil, conntest.Options("allow-comments", "true"), com, "1, a", "2, #b", "3,  # c")
	read(t, "no comments", two, nil, nil, com, "1, a", "error malformed record: there are 1 fields where 2 are expected", "2, #b", "3,  # c")
	read(t, "quoted line end", two, nil, nil, "1,\"a\nb\"\r\n2,c", "1, a\nb", "2, c")
	read(t, "no quotes", two, nil, conntest.Options("disable-quote-character", "true"), "1,\"a\n2,b\"\n", `1, "a`, `2, b"`)
	read(t, "trim", two, nil, conntest.Options("trim-spaces", "true"), " 1 , \"a b\" \n", "1, a b")
	for key, value := range map[string]string{"field-delimiter": "||", "quote-character": "ab", "allow-comments": "maybe"} {
		got := conntest.Decode(t, csv.Format{}, format.Config{Options: conntest.Options(key, value), Physical: two}, "1,a\n", 100)
		if len(got) != 1 || !strings.Contains(got[0], "option '"+key+"' = '"+value+"'") {
			t.Errorf("%s = %s: %v", key, value, got)
		}
	}
}

func TestArrays(t *testing.T) {
	row := types.RowType(types.Field{Name: "n", Type: integer}, types.Field{Name: "t", Type: text})
	s := schema("i", integer, "a", types.ArrayType(integer), "s", types.ArrayType(text), "r", row)
	arr := "1,1;2;3,a;b,10;x\n2,,,\n3,5,é;;z,7;\n4,1;x,q,8\n"
	read(t, "arrays", s, nil, conntest.Options("ignore-parse-errors", "true"), arr,
		"1, [1, 2, 3], [a, b], +I[10, x]", "2, [], [], null", "3, [5], [é, , z], +I[7, ]", "4, [1, null], [q], +I[8, null]")
	pruned := schema("i", integer, "r", types.RowType(types.Field{Name: "t", Type: text}))
	read(t, "pruned", s, pruned, conntest.Options("ignore-parse-errors", "true"), arr, "1, +I[x]", "2, null", "3, +I[]", "4, +I[null]")
	read(t, "nested", schema("a", types.ArrayType(types.ArrayType(integer))), nil, nil, arr,
		"error format 'csv': column 'a': elements of ARRAY and fields of ROW must be simple, not ARRAY<INT>")
	read(t, "map", schema("a", types.MapType(text, integer)), nil, nil, arr, "error format 'csv': column 'a': type MAP<STRING, INT> is not supported")
}

func TestOneValue(t *testing.T) {
	for _, c := range []struct {
		t           types.Type
		value, want string
	}{
		{types.TinyIntType(), "300", "error"},
		{integer, "99999999999", "error"},
		{integer, "1.0", "error"},
		{integer, "1e3", "error"},
		{integer, " 1 ", "1"},
		{integer, "+7", "7"},
		{types.BigIntType(), "-9223372036854775808", "-9223372036854775808"},
		{types.BigIntType(), "99999999999999999999", "error"},
		{types.DoubleType(), "abc", "error"},
		{types.DateType(), "2024-13-01", "error"},
		{types.DateType(), "2024-1-2", "2024-01-02"},
		{types.TimestampType(3), "2024-01-02T03:04:05", "error"},
		{types.TimestampType(3), "2024-01-02", "error"},
		{types.TimestampType(3), "2024-01-02 03:04", "error"},
		{types.DecimalType(3, 2), "1.239", "1.24"},
		{types.DecimalType(2, 2), "1.5", "null"},
		{types.DecimalType(5, 2), "x", "error"},
		{types.BooleanType(), "yes", "false"},
		{types.BooleanType(), "1", "false"},
		{types.BooleanType(), " true", "true"},
		{types.TimeType(0), "25:00:00", "error"},
		{types.TimeType(3), "12:34:56.789", "12:34:56.789"},
		{types.TimeType(0), "12:34", "12:34"},
		{types.DoubleType(), "0x1p3", "8.0"},
		{types.DoubleType(), "1d", "1.0"},
		{types.FloatType(), "1e40", "Infinity"},
		{types.TimestampLTZType(3), "2024-01-02 03:04:05", "error"},
		{types.TimestampLTZType(3), "2024-01-02 03:04:05.5Z", "2024-01-02T03:04:05.500Z"},
		{types.TimestampLTZType(3), "2024-01-02T03:04:05Z", "error"},
		{types.BytesType(), "not base64!", "error"},
		{types.BytesType(), "YWI=", "[97, 98]"},
		{types.VarCharType(2), "abcdef", "abcdef"},
		{types.TimestampType(9), "2024-01-02 03:04:05.123456789", "2024-01-02T03:04:05.123456789"},
		{types.DecimalType(30, 9), "12345678901234567890.123456789", "12345678901234567890.123456789"},
	} {
		got := conntest.Decode(t, csv.Format{}, format.Config{Physical: schema("a", c.t)}, c.value+"\n", 100)
		if len(got) != 1 || got[0] != c.want && (c.want != "error" || !strings.HasPrefix(got[0], "error")) {
			t.Errorf("%q as %s: %v, want %s", c.value, c.t, got, c.want)
		}
	}
}

const rows = `{"i":1,"s":"plain","d":1.50,"f":0.1,"b":true,"dt":"2024-01-02","ts":"2024-01-02 03:04:05.120","a":[1,2],"r":{"x":1,"y":"z"}}
{"i":2,"s":"a,b","d":-0.00,"f":1e20,"b":false,"dt":"0001-01-01","ts":"2024-01-02 00:00:00","a":[],"r":{"x":null,"y":""}}
{"i":3,"s":"q\"uote","d":123456.78,"f":-0.0,"b":null,"dt":null,"ts":null,"a":null,"r":null}
{"i":4,"s":"","d":null,"f":1e-7,"b":true,"dt":"9999-12-31","ts":"1969-12-31 23:59:59.999","a":[null,3],"r":{"x":5,"y":"a;b"}}
{"i":5,"s":null,"d":1000,"f":100,"b":true,"dt":"2024-02-29","ts":"2024-01-02 03:04:00","a":[7],"r":{"x":6,"y":"é😀"}}
{"i":6,"s":"é😀;x y","d":0.01,"f":123456789,"b":true,"dt":"2024-02-29","ts":"2024-01-02 03:04:00","a":[7],"r":{"x":6,"y":"b c"}}
{"i":8,"s":"tab\there","d":0.01,"f":1.0,"b":true,"dt":"2024-02-29","ts":"2024-01-02 03:04:00","a":[7],"r":{"x":6,"y":"b\"c"}}
{"i":10,"s":"back\\slash'","d":0.01,"f":1.0,"b":true,"dt":"2024-02-29","ts":"2024-01-02 03:04:00","a":[7],"r":{"x":6,"y":"b"}}
`

func TestEncode(t *testing.T) {
	s := schema("i", integer, "s", text, "d", types.DecimalType(10, 2), "f", types.DoubleType(), "b", types.BooleanType(), "dt", types.DateType(),
		"ts", types.TimestampType(3), "a", types.ArrayType(integer),
		"r", types.RowType(types.Field{Name: "x", Type: integer}, types.Field{Name: "y", Type: text}))
	for _, c := range []struct {
		what    string
		schema  types.Schema
		options map[string]string
		want    string
	}{
		{"default", s, nil, `1,plain,1.5,0.1,true,2024-01-02,"2024-01-02 03:04:05.12",1;2,1;z
2,"a,b",0,1.0E20,false,0001-01-01,"2024-01-02 00:00:00",,;
3,"q""uote",123456.78,-0.0,,,,,
4,,,1.0E-7,true,9999-12-31,"1969-12-31 23:59:59.999",;3,5;a;b
5,,1E+3,100.0,true,2024-02-29,"2024-01-02 03:04:00",7,6;é😀
6,"é😀;x y",0.01,1.23456789E8,true,2024-02-29,"2024-01-02 03:04:00",7,"6;b c"
8,"tab	here",0.01,1.0,true,2024-02-29,"2024-01-02 03:04:00",7,"6;b""c"
10,"back\slash'",0.01,1.0,true,2024-02-29,"2024-01-02 03:04:00",7,6;b
`},
		{
			"no quotes", s[:2], conntest.Options("disable-quote-character", "true", "escape-character", `\`),
			"1,plain\n2,a,b\n3,q\"uote\n4,\n5,\n6,é😀;x y\n8,tab\there\n10,back\\slash'\n",
		},
		{
			"single quotes", s[:2], conntest.Options("quote-character", "'"),
			"1,plain\n2,'a,b'\n3,'q\"uote'\n4,\n5,\n6,'é😀;x y'\n8,'tab\there'\n10,'back\\slash'''\n",
		},
		{
			"bar", schema("i", integer, "s", text, "a", types.ArrayType(integer)),
			conntest.Options("field-delimiter", "|", "null-literal", "NULL", "array-element-delimiter", "/"),
			"1|\"plain\"|\"1/2\"\n2|\"a,b\"|\n3|\"q\"\"uote\"|NULL\n4||\"NULL/3\"\n5|NULL|\"7\"\n6|\"é😀;x y\"|\"7\"\n8|\"tab\there\"|\"7\"\n10|\"back\\slash'\"|\"7\"\n",
		},
	} {
		if d := cmp.Diff(c.want, conntest.Encode(t, json.Format{}, csv.Format{}, c.schema, c.options, rows)); d != "" {
			t.Errorf("%s: %s", c.what, d)
		}
	}
}

var bids = schema("auction", types.BigIntType(), "bidder", types.BigIntType(), "price", types.BigIntType(), "channel", text, "url", text,
	"dateTime", types.TimestampType(3), "extra", text)

const bid = `1000,2001,4206974,channel-8409,"https://www.nexmark.com/_cbd/m_yj/gchx/item.htm?query=1&channel_id=1694236672","2015-07-15 00:00:00.123",zsazekrcfzjrwvkubtmxesfqkneozbqmdtyjaxecbtkdrqpqerqtoqekrjzhm`

func BenchmarkDecode(b *testing.B) {
	for name, line := range map[string]string{"quoted": bid, "unquoted": strings.ReplaceAll(bid, `"`, "")} {
		for _, columns := range []types.Schema{bids, {bids[0], bids[2], bids[5]}} {
			b.Run(name+map[int]string{7: "", 3: " 3 of 7"}[len(columns)], func(b *testing.B) {
				d, err := csv.Format{}.Decoder(format.Config{Physical: bids, Columns: columns, Pool: vector.NewPool(0)})
				if err != nil {
					b.Fatal(err)
				}
				data := []byte(strings.Repeat(line+"\n", 4096) + strings.Repeat("\n", 64))
				data = data[:len(data)-64]
				var r format.Records
				b.ReportAllocs()
				b.SetBytes(int64(len(data)))
				n := 0
				for b.Loop() {
					r.Reset()
					d.Split(data, true, 1<<20, &r)
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
}

func BenchmarkEncode(b *testing.B) {
	d, err := csv.Format{}.Decoder(format.Config{Physical: bids, Columns: bids, Pool: vector.NewPool(0)})
	if err != nil {
		b.Fatal(err)
	}
	var r format.Records
	for range 4000 {
		r.Append([]byte(bid))
	}
	if _, err := d.Decode(&r, 0); err != nil {
		b.Fatal(err)
	}
	batch := d.Take()
	e, err := csv.Format{}.Encoder(format.Config{Columns: bids, Positions: []int{0, 1, 2, 3, 4, 5, 6}})
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
	b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

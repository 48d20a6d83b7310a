package avro_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"millrace/connectors/conntest"
	"millrace/connectors/format/avro"
	"millrace/sql/types"
)

// container makes a file of one block with any schema.
func container(schema string, rows int, block string) []byte {
	out := []byte("Obj\x01\x02")
	for _, t := range []string{"avro.schema", schema} {
		out = append(binary.AppendVarint(out, int64(len(t))), t...)
	}
	const sync = "0123456789abcdef"
	out = append(append(out, 0), sync...)
	out = binary.AppendVarint(out, int64(rows))
	out = append(binary.AppendVarint(out, int64(len(block))), block...)
	return append(out, sync...)
}

// record is the schema of a record with one field f, and one behind it that must be found again.
func record(field string) string {
	return `{"type":"record","name":"r","fields":[{"name":"f","type":` + field + `},{"name":"last","type":"int"}]}`
}

const chain = `{"type":"record","name":"list","fields":[{"name":"v","type":"long"},{"name":"next","type":["null","list"]}]}`

// foreign lists values of other programs' schemas, and what they are in columns of some types. A type that is missing passes over the value.
func foreign() []struct {
	field, value string
	t            types.Type
	want         string
} {
	ms, text := types.TimestampType(3), types.StringType()
	when := string(binary.AppendVarint(nil, 1_700_000_000_123_456))
	return []struct {
		field, value string
		t            types.Type
		want         string
	}{
		{chain, "\x02\x02\x04\x02\x06\x00", types.Type{}, ""},
		{chain, "\x02\x02\x04\x00", types.RowType(types.Field{Name: "v", Type: types.DoubleType()}, types.Field{
			Name: "next",
			Type: types.RowType(types.Field{Name: "v", Type: types.BigIntType()}),
		}), "+I[1.0, +I[2]]"},
		{`{"type":"enum","name":"e","symbols":["A","B"]}`, "\x02", text, "B"},
		{`{"type":"enum","name":"e","symbols":["A","B"]}`, "\x08", text, "the enum has no symbol 4"},
		{`{"type":"fixed","name":"x","size":2}`, "ab", types.BytesType(), "[97, 98]"},
		{`{"type":"fixed","name":"x","size":2,"logicalType":"decimal","precision":4,"scale":2}`, "\xff\x9c", types.DecimalType(5, 1), "-1.0"},
		{`{"type":"bytes","logicalType":"decimal","precision":30,"scale":0}`, "\x22" + strings.Repeat("\x11", 17), types.DecimalType(30, 0), "null"},
		{`{"type":"long","logicalType":"time-micros"}`, "\x80\x89\x7a", types.TimeType(3), "00:00:01"},
		{`{"type":"long","logicalType":"timestamp-micros"}`, when, ms, "2023-11-14T22:13:20.123"},
		{`{"type":"long","logicalType":"timestamp-nanos"}`, "\x01", ms, "1969-12-31T23:59:59.999"},
		{`{"type":"long","logicalType":"timestamp-micros"}`, "\x01", ms, "1969-12-31T23:59:59.999"},
		{`"long"`, "\x02", types.FloatType(), "1.0"},
		{`"int"`, "\x02", types.BigIntType(), "1"},
		{`"bytes"`, "\x02\xff", text, "\uFFFD"},
		{`"double"`, "\x00\x00\x00\x00\x00\x00\xf0\x3f", types.FloatType(), "does not become FLOAT"},
		{`{"type":"array","items":["null","int","string"]}`, "\x05\x0c\x02\x04\x00\x04\x02x\x00", types.Type{}, ""},
		{`{"type":"array","items":["null","string"]}`, "\x03\x08\x02\x02y\x00\x00", types.ArrayType(text), "[y, null]"},
		{`{"type":"array","items":"null"}`, "\x80\x80\x80\x80\x10\x00", types.ArrayType(text), "elements without content"},
		{`{"type":"map","values":{"type":"map","values":"boolean"}}`, "\x02\x02k\x02\x02l\x01\x00\x00", types.MapType(text, types.MapType(text, types.BooleanType())), "{k={l=true}}"},
		{`{"type":"record","name":"self","fields":[{"name":"s","type":"self"}]}`, "", types.Type{}, ""},
		{`{"type":"int","logicalType":"nonsense"}`, "\x04", types.IntType(), "2"},
		{`"unknown"`, "\x04", types.IntType(), `type "unknown" is unknown`},
		{`["int",["null"]]`, "\x04", types.IntType(), "a union cannot have a union"},
		{`{"type":"fixed","name":"x","size":-2}`, "\x04", types.IntType(), "is not possible"},
	}
}

func TestForeignSchemas(t *testing.T) {
	for _, k := range foreign() {
		c := conntest.FileConfig(schema("f", k.t, "last", types.IntType()), nil)
		want := k.want + ", 21"
		if k.t.Kind == types.Invalid {
			c.Columns, want = c.Columns[1:], "21"
		}
		c.Physical = c.Columns
		got, err := conntest.ReadFile(avro.Format{}, c, container(record(k.field), 1, k.value+"\x2a"), 0, nil)
		if err != nil {
			if k.want == "" || !strings.Contains(err.Error(), k.want) {
				t.Errorf("%s: %v, want %q", k.field, err, k.want)
			}
			continue
		}
		if d := cmp.Diff([]string{want}, got); d != "" {
			t.Errorf("%s as %s: %s", k.field, k.t, d)
		}
		if n := c.Pool.InUse(); n != 0 {
			t.Errorf("%s: %d bytes in use at the end", k.field, n)
		}
	}
}

package csv_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"millrace/connectors/conntest"
	"millrace/connectors/format"
	"millrace/connectors/format/csv"
	"millrace/sql/types"
)

// FuzzPieces reads any bytes: the rows must not depend on the pieces they come in, and nothing may panic or leak.
func FuzzPieces(f *testing.F) {
	for _, s := range []string{plain, "1,\"a\nb\",x\n", "\"", "a,\"b\"\"", "\\,\"\\\"\n", " \"x\" ,\r\n\n", "#c\n1;2,3\n", "a\"b,\"c\nd\"\n"} {
		f.Add(s, uint8(0))
		f.Add(s, uint8(7))
	}
	f.Fuzz(func(t *testing.T, data string, bits uint8) {
		options := map[string]string{}
		for i, kv := range [][2]string{
			{"ignore-parse-errors", "true"},
			{"escape-character", `\`},
			{"trim-spaces", "true"},
			{"allow-comments", "true"},
			{"disable-quote-character", "true"},
		} {
			if bits>>i&1 != 0 {
				options[kv[0]] = kv[1]
			}
		}
		c := format.Config{Options: options, Physical: schema("a", text, "b", types.ArrayType(integer), "c", types.TimestampType(3))}
		whole := conntest.Decode(t, csv.Format{}, c, data, 1<<20)
		for _, chunk := range []int{1, 5} {
			if d := cmp.Diff(whole, conntest.Decode(t, csv.Format{}, c, data, chunk)); d != "" {
				t.Errorf("pieces of %d bytes of %q with %v: %s", chunk, data, options, d)
			}
		}
	})
}

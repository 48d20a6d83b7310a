package render

import (
	"bytes"
	"testing"

	"millrace/operators/vector"
	"millrace/runtime/gateway"
	"millrace/sql/types"
)

// result is a changelog: a row, its update, another row.
func result() *gateway.Result {
	schema := types.Schema{{Name: "n", Type: types.IntType()}, {Name: "text", Type: types.StringType()}}
	rows := vector.NewRows(vector.NewPool(0), schema.Types(), 4)
	add := func(k vector.RowKind, n int32, s string) {
		vector.AppendFixed(rows.Columns[0], n)
		if s == "" {
			rows.Columns[1].AppendNull()
		} else {
			rows.Columns[1].AppendBytes([]byte(s))
		}
		rows.EndRow(k)
	}
	add(vector.Insert, 1, "a")
	add(vector.UpdateBefore, 1, "a")
	add(vector.UpdateAfter, 1, "名前, \"x\"")
	add(vector.Insert, 2, "")
	return &gateway.Result{Schema: schema, Query: true, Content: true, Rows: gateway.FixedRows(rows.Finish())}
}

func TestFormats(t *testing.T) {
	for format, want := range map[Format]string{
		Table: `+---+-----------+
| n |      text |
+---+-----------+
| 1 | 名前, "x" |
| 2 |    <NULL> |
+---+-----------+
2 rows in set
`,
		Changelog: `+----+-------------+--------------------------------+
| op |           n |                           text |
+----+-------------+--------------------------------+
| +I |           1 |                              a |
| -U |           1 |                              a |
| +U |           1 |                      名前, "x" |
| +I |           2 |                         <NULL> |
+----+-------------+--------------------------------+
Received a total of 4 rows
`,
		CSV:  "op,n,text\n+I,1,a\n-U,1,a\n+U,1,\"名前, \"\"x\"\"\"\n+I,2,\n",
		JSON: "{\"op\":\"+I\",\"n\":1,\"text\":\"a\"}\n{\"op\":\"-U\",\"n\":1,\"text\":\"a\"}\n{\"op\":\"+U\",\"n\":1,\"text\":\"名前, \\\"x\\\"\"}\n{\"op\":\"+I\",\"n\":2,\"text\":null}\n",
	} {
		var out bytes.Buffer
		if _, err := Print(t.Context(), &out, result(), Options{Format: format}); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("%s:\n%s\nwant:\n%s", format, out.String(), want)
		}
	}
}

func TestLimitAndCut(t *testing.T) {
	var out bytes.Buffer
	if _, err := Print(t.Context(), &out, result(), Options{Format: Table, Limit: 1}); err == nil {
		t.Error("more rows than the limit were printed")
	}
	if got := cut("a long text that does not fit", 10); got != "a long ..." {
		t.Error(got)
	}
	if got := oneLine("a\nb\tc"); got != "a b c" {
		t.Error(got)
	}
	if _, err := ParseFormat("xml"); err == nil {
		t.Error("xml is no format")
	}
}

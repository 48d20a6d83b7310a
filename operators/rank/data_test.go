package rank_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"millrace/operators"
	"millrace/operators/optest"
	"millrace/operators/rank"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// TestData plays the files in testdata: "top from=1 to=3 number updating" begins a ranking of (k, v, id) by v; "rows" are one batch, one row a
// line, such as "+I a 5 1", and give the changes that come of it.
func TestData(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		in := types.Schema{{Name: "k", Type: types.StringType()}, {Name: "v", Type: types.IntType()}, {Name: "id", Type: types.IntType()}}
		var h *optest.Harness
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd == "top" {
				if h != nil {
					h.Close()
				}
				s := &plan.Rank{
					Keys: []int{0}, Order: []plan.SortKey{{Column: 1, Descending: d.HasArg("descending"), NullsLast: d.HasArg("nulls-last")}},
					ToColumn: -1, WithNumber: d.HasArg("number"), InputUpdating: d.HasArg("updating"), UpdateBefore: true,
				}
				d.ScanArgs(t, "from", &s.From)
				d.ScanArgs(t, "to", &s.To)
				out := in.Types()
				if s.WithNumber {
					out = append(out, types.BigIntType().AsNotNull())
				}
				h = optest.NewHarness(t, &optest.Case{
					New: func() (operators.Operator, error) { return rank.NewTopN(s, in) }, Inputs: []types.Schema{in},
					Output: out,
				}, 1)
				return "ok\n"
			}
			h.Changes = nil
			var rows []optest.Row
			for line := range strings.SplitSeq(strings.TrimSpace(d.Input), "\n") {
				f := strings.Fields(line)
				r := optest.Row{Values: []any{f[1], nil, nil}}
				for k := range vector.RowKind(4) {
					if k.String() == f[0] {
						r.Kind = k
					}
				}
				for i, x := range f[2:] {
					if n, err := strconv.Atoi(x); err == nil {
						r.Values[1+i] = n
					}
				}
				rows = append(rows, r)
			}
			h.Rows(0, rows, false)
			if len(h.Changes) == 0 {
				return "nothing\n"
			}
			return strings.Join(h.Changes, "\n") + "\n"
		})
		h.Close()
	})
}

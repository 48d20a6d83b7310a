package join_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"millrace/operators"
	"millrace/operators/join"
	"millrace/operators/optest"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// TestData plays the files in testdata: "join kind=left" begins a join of (k, v) with (k, v) on k; "rows" are one batch, one row a line, such as
// "left +I 1 a", and give the changes that come of it.
func TestData(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		in := types.Schema{{Name: "k", Type: types.IntType()}, {Name: "v", Type: types.StringType()}}
		var h *optest.Harness
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "join":
				if h != nil {
					h.Close()
				}
				var kind string
				d.ScanArgs(t, "kind", &kind)
				s := &plan.Join{
					Join: plan.JoinKind(kind), LeftKeys: []int{0}, RightKeys: []int{0}, UpdateBefore: true, Final: d.HasArg("final"),
					NullAware: d.HasArg("not-in"), LeftUpdating: true, RightUpdating: true,
				}
				if d.HasArg("null-safe") {
					s.NullSafe = []bool{true}
				}
				out := append(in.Types(), in.Types()...)
				if s.Join == plan.Semi || s.Join == plan.Anti {
					out = in.Types()
				}
				h = optest.NewHarness(t, &optest.Case{
					New:    func() (operators.Operator, error) { return join.NewRegular(s, in, in) },
					Inputs: []types.Schema{in, in}, Output: out,
				}, 1)
				return "ok\n"
			case "rows":
				h.Changes = nil
				for line := range strings.SplitSeq(strings.TrimSpace(d.Input), "\n") {
					input, row := parse(t, line)
					h.Rows(input, []optest.Row{row}, false)
				}
			case "end":
				h.Changes = nil
				h.End()
			}
			if len(h.Changes) == 0 {
				return "nothing\n"
			}
			return strings.Join(h.Changes, "\n") + "\n"
		})
		h.Close()
	})
}

func parse(t *testing.T, line string) (int, optest.Row) {
	t.Helper()
	f := strings.Fields(line)
	row := optest.Row{Values: []any{nil, nil}}
	for k := range vector.RowKind(4) {
		if k.String() == f[1] {
			row.Kind = k
		}
	}
	if f[2] != "NULL" {
		n, err := strconv.Atoi(f[2])
		if err != nil {
			t.Fatal(fmt.Errorf("line %q: %w", line, err))
		}
		row.Values[0] = n
	}
	if f[3] != "NULL" {
		row.Values[1] = f[3]
	}
	if f[0] == "left" {
		return 0, row
	}
	return 1, row
}

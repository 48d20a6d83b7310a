package logical_test

import (
	"fmt"
	"testing"

	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func scan(key ...string) *logical.Scan {
	return &logical.Scan{Table: &logical.Table{Name: "t", Key: key}, Columns: []plan.SourceColumn{
		{Name: "a", Type: types.IntType().AsNotNull()}, {Name: "b", Type: types.StringType()}, {Name: "ts", Type: types.TimestampType(3)},
	}}
}

func column(n logical.Node, i int) *expr.Expr { return expr.NewColumn(i, n.Schema()[i].Type) }

func TestUniqueKeys(t *testing.T) {
	keyed, plainScan := scan("a"), scan()
	swap := logical.Project(keyed, []int{1, 0})
	lost := logical.Project(keyed, []int{1})
	wide := logical.NewCalc(keyed, nil, []*expr.Expr{expr.NewCast(column(keyed, 0), types.BigIntType().AsNotNull())}, []string{"a"})
	narrow := logical.NewCalc(keyed, nil, []*expr.Expr{expr.NewCast(column(keyed, 0), types.TinyIntType().AsNotNull())}, []string{"a"})
	agg := &logical.Aggregate{Input: plainScan, Keys: []int{1, 0}, TTL: -1}
	join := func(kind plan.JoinKind, l, r logical.Node) logical.Node {
		return &logical.Join{Left: l, Right: r, Kind: kind, LeftKeys: []int{0}, RightKeys: []int{0}, NullSafe: []bool{false}}
	}
	for _, c := range []struct {
		name string
		n    logical.Node
		want string
	}{
		{"primary key", keyed, "[[0]]"},
		{"none", plainScan, "[]"},
		{"key moves with its column", swap, "[[1]]"},
		{"key is lost with its column", lost, "[]"},
		{"a wider integer keeps values apart", wide, "[[0]]"},
		{"a narrower one does not", narrow, "[]"},
		{"grouping keys", agg, "[[0 1]]"},
		{"both sides are met once", join(plan.Inner, keyed, keyed), "[[0] [3]]"},
		{"the left key is enough", join(plan.Left, keyed, keyed), "[[0]]"},
		{"one side without a key", join(plan.Inner, plainScan, keyed), "[]"},
		{"semi join", join(plan.Semi, keyed, plainScan), "[[0]]"},
		{"row number", &logical.Rank{Input: plainScan, Keys: []int{1}, From: 1, To: 3, ToColumn: -1, Number: true}, "[[1 3]]"},
		{"first of each", &logical.Rank{Input: plainScan, Keys: []int{1}, From: 1, To: 1, ToColumn: -1}, "[[1]]"},
	} {
		if got := fmt.Sprint(logical.UniqueKeys(c.n)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestUpsertKeys: unique keys that are lost as upsert keys where updating rows move between tasks.
func TestUpsertKeys(t *testing.T) {
	keyed := scan("a")
	onB := &logical.Join{Left: keyed, Right: keyed, Kind: plan.Inner, LeftKeys: []int{1}, RightKeys: []int{0}, NullSafe: []bool{false}}
	onA := &logical.Join{Left: keyed, Right: keyed, Kind: plan.Inner, LeftKeys: []int{0}, RightKeys: []int{0}, NullSafe: []bool{false}}
	rank := func(from, to int64, number bool, keys ...int) logical.Node {
		return &logical.Rank{Input: keyed, Keys: keys, From: from, To: to, ToColumn: -1, Number: number}
	}
	for _, c := range []struct {
		name       string
		n          logical.Node
		still, was string // of input that does not change, and that does
	}{
		{"primary key", keyed, "[[0]]", "[[0]]"},
		{"shipped by the key", onA, "[[0] [3]]", "[[0] [3]]"},
		{"shipped by another column", onB, "[[0]]", "[]"},
		{"top three by the key", rank(1, 3, false, 0), "[[0]]", "[[0]]"},
		{"top three by another column", rank(1, 3, false, 1), "[[0]]", "[]"},
		{"numbered", rank(1, 3, true, 1), "[[1 3]]", "[[1 3]]"},
		{"first", rank(1, 1, false, 1), "[[1]]", "[[1]]"},
		{"over", &logical.Over{Input: keyed, Keys: []int{1}}, "[[0]]", "[]"},
	} {
		for want, updating := range map[string]bool{c.still: false, c.was: true} {
			if c.still == c.was && !updating {
				continue
			}
			if got := fmt.Sprint(logical.UpsertKeys(c.n, func(logical.Node) bool { return updating })); got != want {
				t.Errorf("%s, updating %t: %s, want %s", c.name, updating, got, want)
			}
		}
	}
}

func TestWindowBoundsAreFollowed(t *testing.T) {
	in := scan()
	tvf := &logical.WindowTVF{Input: in, Window: plan.Window{Kind: plan.Tumble, Size: 10, Column: 2}}
	if b := logical.WindowOf(tvf); b == nil || b.Start != 3 || b.End != 4 || b.Time != 5 {
		t.Fatalf("window function: %+v", b)
	}
	calc := logical.Project(tvf, []int{4, 1, 3})
	if b := logical.WindowOf(calc); b == nil || b.Start != 2 || b.End != 0 || b.Time != -1 {
		t.Errorf("projection: %+v", b)
	}
	if b := logical.WindowOf(logical.Project(tvf, []int{1})); b != nil {
		t.Errorf("bounds that were projected away: %+v", b)
	}
	join := &logical.Join{Left: calc, Right: calc, Kind: plan.Inner, LeftKeys: []int{0, 2}, RightKeys: []int{0, 2}, NullSafe: []bool{false, false}}
	if b := logical.WindowOf(join); b == nil || b.Start != 2 {
		t.Errorf("join on both bounds: %+v", b)
	}
	join.LeftKeys, join.RightKeys = []int{0}, []int{0}
	if b := logical.WindowOf(join); b != nil {
		t.Errorf("join on one bound: %+v", b)
	}
}

func TestTimeAttributes(t *testing.T) {
	in := scan()
	w := &logical.Watermark{Input: in, Column: 2, Expr: column(in, 2)}
	attr := func(n logical.Node, i int) types.TimeAttribute { return n.Schema()[i].Type.Attribute }
	if attr(w, 2) != types.RowTime {
		t.Error("the watermark makes no time attribute")
	}
	if attr(logical.Project(w, []int{2}), 0) != types.RowTime {
		t.Error("a projection loses the time attribute")
	}
	plus := expr.NewCall("+", types.TimestampType(3), column(w, 2), column(w, 2))
	if attr(logical.NewCalc(w, nil, []*expr.Expr{plus}, []string{"x"}), 0) != types.NoTime {
		t.Error("a computed column is a time attribute")
	}
	if attr(&logical.Join{Left: w, Right: w, Kind: plan.Inner}, 2) != types.NoTime {
		t.Error("a regular join keeps the time attribute")
	}
	if attr(&logical.Aggregate{Input: w, Keys: []int{2}}, 0) != types.NoTime {
		t.Error("a grouping key keeps the time attribute")
	}
	if attr(&logical.Union{In: []logical.Node{w, w}}, 2) != types.RowTime || attr(&logical.Union{In: []logical.Node{w, in}}, 2) != types.NoTime {
		t.Error("a union has the time attribute that all branches have")
	}
}

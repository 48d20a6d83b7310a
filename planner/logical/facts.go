package logical

import (
	"slices"

	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// UniqueKeys returns sets of columns that are unique in the rows that are valid at one time. There may be none. Sets are sorted.
func UniqueKeys(n Node) [][]int {
	switch n := n.(type) {
	case *Scan:
		return scanKeys(n)
	case *Calc:
		return MapKeys(UniqueKeys(n.Input), n.Exprs)
	case *Watermark:
		return UniqueKeys(n.Input)
	case *Sort:
		return UniqueKeys(n.Input)
	case *Limit:
		return UniqueKeys(n.Input)
	case *SetOp:
		if n.All {
			return nil
		}
		return [][]int{seq(len(n.Left.Schema()))}
	case *Aggregate:
		return [][]int{seq(len(n.Keys))}
	case *WindowAggregate:
		return windowKeys(n)
	case *Rank:
		keys := UniqueKeys(n.Input)
		if n.Number {
			keys = append(keys, sorted(append(slices.Clone(n.Keys), len(n.Input.Schema()))))
		}
		if n.From == n.To {
			keys = append(keys, sorted(slices.Clone(n.Keys)))
		}
		return keys
	case *Deduplicate:
		return [][]int{sorted(slices.Clone(n.Keys))}
	case *Over:
		return UniqueKeys(n.Input)
	case *Join:
		return joinKeys(n)
	case *Values:
		if len(n.Rows) <= 1 {
			return [][]int{{}}
		}
	}
	return nil
}

func scanKeys(n *Scan) [][]int {
	if len(n.Table.Key) == 0 {
		return nil
	}
	var key []int
	for _, k := range n.Table.Key {
		i := slices.IndexFunc(n.Columns, func(c plan.SourceColumn) bool { return c.Name == k && c.Metadata == "" })
		if i < 0 {
			return nil
		}
		key = append(key, i)
	}
	return [][]int{sorted(key)}
}

func windowKeys(n *WindowAggregate) [][]int {
	base := seq(len(n.Keys))
	off := len(n.Keys) + len(n.Aggs)
	start, end := slices.Index(n.Columns, plan.WindowStart), slices.Index(n.Columns, plan.WindowEnd)
	if end < 0 && start < 0 {
		return nil
	}
	bound := end
	if end < 0 || n.Window.Kind == plan.Cumulate && start >= 0 {
		bound = start
	}
	if n.Window.Kind == plan.Cumulate || n.Window.Kind == plan.Session {
		if start < 0 || end < 0 {
			return nil
		}
		return [][]int{append(base, sorted([]int{off + start, off + end})...)}
	}
	return [][]int{append(base, off+bound)}
}

// ContainsKey tells whether columns contain one of the keys.
func ContainsKey(keys [][]int, columns []int) bool {
	for _, k := range keys {
		if !slices.ContainsFunc(k, func(c int) bool { return !slices.Contains(columns, c) }) {
			return true
		}
	}
	return false
}

// MapKeys carries keys through a projection; keys that lose a column are dropped.
func MapKeys(keys [][]int, exprs []*expr.Expr) [][]int {
	var out [][]int
	for _, k := range keys {
		m := make([]int, 0, len(k))
		for _, c := range k {
			i := slices.IndexFunc(exprs, func(e *expr.Expr) bool { return IsColumn(e, c) })
			if i < 0 {
				break
			}
			m = append(m, i)
		}
		if len(m) == len(k) {
			out = append(out, sorted(m))
		}
	}
	return out
}

// OverTime tells by what a stream orders the rows of n.
func OverTime(n *Over) plan.OverTime {
	if len(n.Order) == 1 {
		switch n.Input.Schema()[n.Order[0].Column].Type.Attribute {
		case types.RowTime:
			return plan.OverEventTime
		case types.ProcTime:
			return plan.OverProcessing
		}
	}
	return plan.OverByValue
}

// IsColumn tells whether e is column c, perhaps cast without loss.
func IsColumn(e *expr.Expr, c int) bool {
	for e.Kind == expr.Cast && Lossless(e) {
		e = e.Args[0]
	}
	return e.Kind == expr.Column && e.Index == c
}

// Lossless tells whether a cast keeps different values different and cannot fail: a wider integer, a longer text.
func Lossless(e *expr.Expr) bool {
	from, to := e.Args[0].Type, e.Type
	switch {
	case from.Kind == to.Kind && from.Length == to.Length && from.Precision == to.Precision && from.Scale == to.Scale && !from.IsNested():
		return true
	case from.IsInteger() && to.IsInteger():
		return to.Kind >= from.Kind
	case from.IsText() && to.IsText():
		return to.Length >= from.Length && (from.Kind == to.Kind)
	case from.Kind == to.Kind && from.IsTimestamp():
		return to.Precision >= from.Precision
	default:
		return false
	}
}

func seq(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func sorted(k []int) []int {
	slices.Sort(k)
	return slices.Compact(k)
}

// Bounds says which columns hold the window of a row.
type Bounds struct {
	Window           plan.Window
	Start, End, Time int // -1: not there
	Keys             []int
	Place            *sqlerr.Place // of the window function
}

// WindowOf returns the columns that hold the window of each row of n, or nil if there are none. Start and End may be -1 if they were
// projected away.
func WindowOf(n Node) *Bounds {
	switch n := n.(type) {
	case *WindowTVF:
		w := len(n.Input.Schema())
		return &Bounds{Window: n.Window, Start: w, End: w + 1, Time: w + 2, Keys: n.Keys, Place: n.Place}
	case *WindowAggregate:
		b := &Bounds{Window: n.Window, Start: -1, End: -1, Time: -1, Keys: seq(len(n.Keys)), Place: n.Place}
		for i, c := range n.Columns {
			at := len(n.Keys) + len(n.Aggs) + i
			switch c {
			case plan.WindowStart:
				b.Start = at
			case plan.WindowEnd:
				b.End = at
			default:
				b.Time = at
			}
		}
		return b
	case *Calc:
		b := WindowOf(n.Input)
		if b == nil {
			return nil
		}
		find := func(c int) int {
			if c < 0 {
				return -1
			}
			return slices.IndexFunc(n.Exprs, func(e *expr.Expr) bool { return e.Kind == expr.Column && e.Index == c })
		}
		m := *b
		m.Start, m.End, m.Time = find(b.Start), find(b.End), find(b.Time)
		m.Keys = nil
		if m.Start < 0 && m.End < 0 {
			return nil
		}
		return &m
	case *Rank:
		if b := WindowOf(n.Input); b != nil && slices.Contains(n.Keys, b.Start) && slices.Contains(n.Keys, b.End) {
			return b
		}
	case *Expand:
		return expandBounds(n)
	case *Join:
		return joinBounds(n)
	}
	return nil
}

// expandBounds: the window survives where every projection passes it on.
func expandBounds(n *Expand) *Bounds {
	b := WindowOf(n.Input)
	if b == nil || b.Start < 0 || b.End < 0 {
		return nil
	}
	at := func(c int) int {
		for i := range n.Out {
			all := true
			for _, p := range n.Projections {
				all = all && p[i].Kind == expr.Column && p[i].Index == c
			}
			if all {
				return i
			}
		}
		return -1
	}
	m := *b
	m.Start, m.End, m.Time, m.Keys = at(b.Start), at(b.End), -1, nil
	if b.Time >= 0 {
		m.Time = at(b.Time)
	}
	if m.Start < 0 || m.End < 0 {
		return nil
	}
	return &m
}

// joinBounds: an inner join of two windowed inputs on both bounds is windowed as its left side is.
func joinBounds(n *Join) *Bounds {
	if n.Kind != plan.Inner && n.Kind != plan.Semi {
		return nil
	}
	l, _ := WindowsOf(n)
	if l == nil {
		return nil
	}
	m := *l
	m.Keys, m.Time = nil, -1
	return &m
}

// WindowsOf returns the windows of the inputs of a join whose keys contain their bounds, so that only rows of one window meet; nil: it is another
// join.
func WindowsOf(n *Join) (left, right *Bounds) {
	l, r := WindowOf(n.Left), WindowOf(n.Right)
	if n.AsOf != nil || l == nil || r == nil || l.Start < 0 || l.End < 0 || r.Start < 0 || r.End < 0 || !sameWindow(l.Window, r.Window) {
		return nil, nil
	}
	pair := func(a, b int) bool {
		for i := range n.LeftKeys {
			if n.LeftKeys[i] == a && n.RightKeys[i] == b {
				return true
			}
		}
		return false
	}
	if !pair(l.Start, r.Start) || !pair(l.End, r.End) {
		return nil, nil
	}
	return l, r
}

func sameWindow(a, b plan.Window) bool {
	a.Column, b.Column = 0, 0
	return a == b
}

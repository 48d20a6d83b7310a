package physical

import (
	"millrace/planner/changelog"
	"millrace/planner/logical"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// DescribeNode names a relational node as the operator that it becomes, for messages.
func DescribeNode(n logical.Node) string {
	if s, ok := n.(*logical.Scan); ok {
		return "TableSourceScan(table=[" + s.Table.Name + "])"
	}
	b := &builder{
		g: &plan.Graph{}, done: map[logical.Node]int{}, uids: map[string]int{}, lineage: map[int]string{}, cfg: Config{Batch: true},
		info: &changelog.Info{Kinds: map[logical.Node]changelog.Kinds{}, Before: map[logical.Node]bool{}},
	}
	in := make([]int, len(n.Inputs()))
	for i, c := range n.Inputs() {
		in[i] = b.add(&plan.Union{}, nil, c.Schema(), plan.InsertOnly, 1, "")
	}
	id, err := b.operator(n, in)
	if err != nil {
		return "query"
	}
	return b.node(id).Name
}

// state growth classes, for EXPLAIN.
const (
	growsRows   = "rows of the input"
	growsKeys   = "distinct keys"
	growsWindow = "keys of open windows"
	growsConst  = "constant"
	// growsInterval: rows that later ones can still meet.
	growsInterval = "rows of the interval"
)

// State describes the state of an operator.
type State struct {
	Operator, Key, Growth, TTL string
}

// StateOf tells what state an operator keeps; false for stateless ones.
func StateOf(n *plan.Node, in []types.Schema) (State, bool) {
	s := State{Operator: n.Spec.Kind(), TTL: "none"}
	ttl := func(ms int64) {
		if ms > 0 {
			s.TTL = millis(ms)
		}
	}
	key := func(ks []int) {
		s.Key = "(all)"
		if len(ks) > 0 {
			s.Key = columnNames(in[0], ks)
		}
	}
	switch t := n.Spec.(type) {
	case *plan.GroupAggregate:
		key(t.Keys)
		s.Growth = growsKeys
		if len(t.Keys) == 0 {
			s.Growth = growsConst
		}
		ttl(t.TTLMillis)
	case *plan.WindowAggregate:
		key(t.Keys)
		s.Growth = growsWindow
	case *plan.WindowTVF:
		if t.Window.Kind != plan.Session {
			return s, false
		}
		key(t.Keys)
		s.Growth = growsWindow
	case *plan.Rank:
		key(t.Keys)
		s.Growth = growsKeys + " x N"
		if t.InputUpdating || t.ToColumn >= 0 {
			s.Growth = growsRows
		}
		ttl(t.TTLMillis)
	case *plan.Over:
		key(t.Keys)
		s.Growth = growsKeys
		for _, c := range t.Calls {
			if t.Time == plan.OverByValue || !c.IsPlace() && !c.Frame.Lower.Unbounded {
				s.Growth = growsRows
			}
		}
		ttl(t.TTLMillis)
	case *plan.Deduplicate:
		key(t.Keys)
		s.Growth = growsKeys
		ttl(t.TTLMillis)
	case *plan.Join:
		key(t.LeftKeys)
		s.Growth = growsRows
		ttl(max(t.LeftTTL, t.RightTTL))
	case *plan.WindowJoin:
		key(t.LeftKeys)
		s.Growth = "rows of open windows"
	case *plan.IntervalJoin:
		key(t.LeftKeys)
		s.Growth = growsInterval
	case *plan.TemporalJoin:
		key(t.LeftKeys)
		s.Growth = "rows behind the watermark, distinct keys"
	case *plan.SetOp:
		s.Key, s.Growth = "(row)", "distinct rows"
	case *plan.Sort:
		s.Key, s.Growth = "(all)", "rows behind the watermark"
	case *plan.Limit:
		s.Key, s.Growth = "(all)", growsConst
		if t.InputUpdating {
			s.Growth = growsRows
		}
	case *plan.ChangelogNormalize:
		key(t.Keys)
		s.Growth = growsKeys
		ttl(t.TTLMillis)
	case *plan.SinkMaterialize:
		key(t.Keys)
		s.Growth = growsRows
		ttl(t.TTLMillis)
	default:
		return s, false
	}
	return s, true
}

package build

import (
	"fmt"
	"math"

	"millrace/operators"
	"millrace/operators/aggregate"
	"millrace/operators/calc"
	"millrace/operators/expand"
	"millrace/operators/join"
	"millrace/operators/normalize"
	"millrace/operators/over"
	"millrace/operators/rank"
	"millrace/operators/setop"
	"millrace/operators/sort"
	"millrace/operators/temporal"
	"millrace/operators/unnest"
	"millrace/operators/values"
	"millrace/operators/watermark"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Operator returns the operator of a node that is neither source nor sink. inputs are the nodes that it reads, in the order of n.Inputs.
// The error says what about the node cannot be executed, without its name: the task names it.
func Operator(n *plan.Node, inputs []*plan.Node) (operators.Operator, error) {
	if want := arity(n.Spec); want >= 0 && len(inputs) != want {
		return nil, fmt.Errorf("%s: %d inputs, want %d", n.Spec.Kind(), len(inputs), want)
	}
	return operator(n, inputs)
}

// arity is how many inputs a node has; -1: any number.
func arity(s plan.Spec) int {
	switch s.(type) {
	case *plan.Values, *plan.Source:
		return 0
	case *plan.Join, *plan.IntervalJoin, *plan.WindowJoin, *plan.TemporalJoin, *plan.SetOp:
		return 2
	case *plan.Union:
		return -1
	default:
		return 1
	}
}

func operator(n *plan.Node, inputs []*plan.Node) (operators.Operator, error) {
	var in types.Schema
	if len(inputs) > 0 {
		in = inputs[0].Schema
	}
	switch s := n.Spec.(type) {
	case *plan.Source, *plan.Sink:
		return nil, fmt.Errorf("a %s is run by its task", s.Kind())
	case *plan.Calc:
		return calc.New(s, in, s.Batch), nil
	case *plan.Watermark:
		return watermark.New(s, in), nil
	case *plan.Values:
		return values.New(s, n.Schema), nil
	case *plan.Union:
		return setop.Union{}, nil
	case *plan.Expand:
		return expand.New(s, in), nil
	case *plan.GroupAggregate:
		return aggregate.NewGroup(s, in)
	case *plan.WindowTVF:
		return windowFunction(s, in, n.Schema)
	case *plan.WindowAggregate:
		return windowAggregate(s, in, n.Schema)
	case *plan.Rank:
		return rank.NewTopN(s, in)
	case *plan.Over:
		return over.New(s, in)
	case *plan.Deduplicate:
		return rank.NewDeduplicate(s, in)
	case *plan.Join:
		return join.NewRegular(s, in, inputs[1].Schema)
	case *plan.WindowJoin:
		return join.NewWindow(s, in, inputs[1].Schema)
	case *plan.IntervalJoin:
		return join.NewInterval(s, in, inputs[1].Schema)
	case *plan.TemporalJoin:
		return temporal.New(s, in, inputs[1].Schema)
	case *plan.SetOp:
		return setop.New(s, in), nil
	case *plan.Sort:
		return sort.New(s, in), nil
	case *plan.Limit:
		return limit(s, in, n.Mode)
	case *plan.Unnest:
		return unnest.New(s, in, n.Schema)
	case *plan.ChangelogNormalize:
		return normalize.NewChangelog(s, in, n.Mode.HasUpdateBefore()), nil
	case *plan.SinkMaterialize:
		return normalize.NewMaterialize(s, in)
	case *plan.DropUpdateBefore:
		return normalize.DropUpdateBefore{Keys: s.Keys}, nil
	default:
		return nil, fmt.Errorf("%s is not supported yet", n.Spec.Kind())
	}
}

// limit is sort.Limit, or over an updating input a ranking by arrival.
func limit(s *plan.Limit, in types.Schema, out plan.Mode) (operators.Operator, error) {
	if !s.InputUpdating || s.Count == 0 {
		return sort.NewLimit(s), nil
	}
	to := int64(math.MaxInt64)
	if s.Count > 0 && s.Offset <= to-s.Count {
		to = s.Offset + s.Count
	}
	return rank.NewTopN(&plan.Rank{From: s.Offset + 1, To: to, ToColumn: -1, InputUpdating: true, UpdateBefore: out.HasUpdateBefore()}, in)
}

package build

import (
	"millrace/operators"
	"millrace/operators/window"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func windowFunction(s *plan.WindowTVF, in, out types.Schema) (operators.Operator, error) {
	return window.NewFunction(s, in, out)
}

func windowAggregate(s *plan.WindowAggregate, in, out types.Schema) (operators.Operator, error) {
	return window.New(s, in, out)
}

package build

import (
	"errors"

	"millrace/operators"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func windowFunction(*plan.WindowTVF, types.Schema, types.Schema) (operators.Operator, error) {
	return nil, errors.New("window table functions are not supported yet")
}

func windowAggregate(*plan.WindowAggregate, types.Schema, types.Schema) (operators.Operator, error) {
	return nil, errors.New("window aggregates are not supported yet")
}

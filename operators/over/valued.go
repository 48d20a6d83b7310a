package over

import (
	"fmt"

	"millrace/operators"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func newValued(spec *plan.Over, input types.Schema) (operators.Operator, error) {
	return nil, fmt.Errorf("OVER in another order than time is not supported yet")
}

func newTimed(spec *plan.Over, input types.Schema) (operators.Operator, error) {
	return nil, fmt.Errorf("OVER in the order of time is not supported yet")
}

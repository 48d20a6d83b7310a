package task

import (
	"millrace/operators"
	"millrace/planner/plan"
)

// OperatorFactory makes the operator of a plan node that is neither source nor sink. inputs are the nodes that it reads, in order. A node
// without inputs (VALUES) gets one call of Process with a nil batch, in which it emits its rows, then Watermark(MaxWatermark) and Finish.
type OperatorFactory func(n *plan.Node, inputs []*plan.Node) (operators.Operator, error)

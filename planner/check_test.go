package planner_test

import (
	"fmt"

	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// checkTypes verifies that every expression of a plan refers to columns of the types that are there, and that operators agree on types.
func checkTypes(g *plan.Graph) error {
	for _, n := range g.Nodes {
		var in []types.Schema
		for _, e := range n.Inputs {
			in = append(in, g.Nodes[e.From].Schema)
		}
		if err := checkNode(n, in); err != nil {
			return fmt.Errorf("node %d %s: %w", n.ID, n.Name, err)
		}
	}
	return nil
}

func checkExprs(in types.Schema, es ...*expr.Expr) error {
	var bad error
	for _, e := range es {
		expr.Walk(e, func(x *expr.Expr) bool {
			switch {
			case x.Kind != expr.Column:
			case x.Index < 0 || x.Index >= len(in):
				bad = fmt.Errorf("column %d of %d", x.Index, len(in))
			case !x.Type.Same(in[x.Index].Type):
				bad = fmt.Errorf("column %d has type %s, not %s", x.Index, in[x.Index].Type, x.Type)
			}
			return bad == nil
		})
	}
	return bad
}

func checkNode(n *plan.Node, in []types.Schema) error {
	same := func(what string, a, b types.Type) error {
		if !a.Same(b) {
			return fmt.Errorf("%s: %s and %s", what, a, b)
		}
		return nil
	}
	switch t := n.Spec.(type) {
	case *plan.Calc:
		if err := checkExprs(in[0], append(t.Exprs, t.Filter)...); err != nil {
			return err
		}
		for i, e := range t.Exprs {
			if err := same("output", e.Type, n.Schema[i].Type); err != nil {
				return err
			}
		}
	case *plan.Watermark:
		return checkExprs(in[0], t.Expr)
	case *plan.Join:
		if err := checkExprs(append(append(types.Schema(nil), in[0]...), in[1]...), t.Residual); err != nil {
			return err
		}
		for i := range t.LeftKeys {
			a, b := in[0][t.LeftKeys[i]].Type, in[1][t.RightKeys[i]].Type
			if !(a.IsText() && b.IsText()) {
				if err := same("join key", a, b); err != nil {
					return err
				}
			}
		}
	case *plan.Union, *plan.SetOp:
		for _, s := range in {
			for i, f := range s {
				if err := same("branch", f.Type, n.Schema[i].Type); err != nil {
					return err
				}
			}
		}
	case *plan.Sink:
		for i, f := range t.Schema {
			if err := same("sink column", f.Type, in[0][i].Type); err != nil {
				return err
			}
		}
	case *plan.Expand:
		for _, p := range t.Projections {
			if err := checkExprs(in[0], p...); err != nil {
				return err
			}
		}
	case *plan.Unnest:
		return checkExprs(in[0], t.Collection)
	}
	return nil
}

package rules

import (
	"slices"

	"millrace/planner/logical"
)

// joinOvers makes OVER calls over one window, which stand one above the other, one operator.
func joinOvers(n logical.Node) logical.Node {
	return logical.Transform(n, func(n logical.Node) logical.Node {
		o, ok := n.(*logical.Over)
		if !ok {
			return n
		}
		below, ok := o.Input.(*logical.Over)
		if !ok || !slices.Equal(o.Keys, below.Keys) || !slices.Equal(o.Order, below.Order) {
			return n
		}
		width := len(below.Input.Schema())
		for _, c := range o.Calls {
			for _, a := range c.Args {
				if a >= width {
					return n
				}
			}
		}
		m := *below
		m.Calls = append(slices.Clone(below.Calls), o.Calls...)
		return &m
	})
}

package planner

import (
	"fmt"
	"strings"

	"millrace/planner/expr"
	"millrace/planner/plan"
)

// writeSources tells of each source what it does of the query itself, and the splits that it would read.
func (p *Planner) writeSources(b *strings.Builder, g *plan.Graph) {
	if p.cfg.Splits == nil {
		return
	}
	b.WriteString("\n== Sources ==\n")
	none := true
	for _, n := range g.Nodes {
		s, ok := n.Spec.(*plan.Source)
		if !ok {
			continue
		}
		none = false
		fmt.Fprintf(b, "%s (%s)\n", s.Table, s.Connector)
		for _, line := range pushed(s) {
			b.WriteString("  " + line + "\n")
		}
		for i, line := range p.cfg.Splits(n) {
			if i == 0 {
				line = "splits: " + line
			} else {
				line = "  " + line
			}
			b.WriteString("  " + line + "\n")
		}
	}
	if none {
		b.WriteString("none\n")
	}
}

// pushed lists what was pushed down into a source.
func pushed(s *plan.Source) []string {
	names := make([]string, len(s.Projected))
	columns, metadata := 0, []string(nil)
	for i, c := range s.Projected {
		names[i] = c.Name
		if c.Metadata != "" {
			metadata = append(metadata, c.Metadata)
		} else {
			columns++
		}
	}
	out := []string{fmt.Sprintf("columns: %d of %d", columns, len(s.Physical))}
	if len(metadata) > 0 {
		out[0] += ", and metadata " + strings.Join(metadata, ", ")
	}
	for _, f := range s.Filter {
		out = append(out, "filter: "+expr.Text(f, names))
	}
	if s.Limit > 0 {
		out = append(out, fmt.Sprintf("limit: %d rows", s.Limit))
	}
	if s.Watermark != nil {
		out = append(out, "watermark of each split: "+expr.Text(s.Watermark.Expr, names))
	}
	return out
}

package planner

import (
	"fmt"
	"strconv"
	"strings"

	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/planner/plan"
)

// writeLogical prints a bound query as a tree.
func writeLogical(b *strings.Builder, n logical.Node) { writeLogicalNode(b, n, "", "") }

func writeLogicalNode(b *strings.Builder, n logical.Node, first, rest string) {
	if c, ok := n.(*logical.Calc); ok && c.Filter != nil && !keepsColumns(c) {
		// A projection and a filter are two nodes here.
		p := *c
		p.Filter = nil
		b.WriteString(first + logicalText(&p) + "\n")
		f := logical.Filter(c.Input, c.Filter).(*logical.Calc)
		writeLogicalNode(b, f, rest+"+- ", rest+"   ")
		return
	}
	b.WriteString(first + logicalText(n) + "\n")
	in := n.Inputs()
	for i, c := range in {
		if i < len(in)-1 {
			writeLogicalNode(b, c, rest+":- ", rest+":  ")
		} else {
			writeLogicalNode(b, c, rest+"+- ", rest+"   ")
		}
	}
}

func keepsColumns(c *logical.Calc) bool {
	if len(c.Exprs) != len(c.Input.Schema()) {
		return false
	}
	for i, e := range c.Exprs {
		if e.Kind != expr.Column || e.Index != i {
			return false
		}
	}
	return true
}

// logicalText names one node with its attributes; columns are positions.
func logicalText(n logical.Node) string {
	switch t := n.(type) {
	case *logical.Scan:
		return "LogicalTableScan(table=[[" + strings.ReplaceAll(t.Table.Name, ".", ", ") + "]])"
	case *logical.Values:
		return fmt.Sprintf("LogicalValues(tuples=[%d])", len(t.Rows))
	case *logical.Calc:
		if t.Filter != nil {
			return "LogicalFilter(condition=[" + t.Filter.String() + "])"
		}
		var xs []string
		for i, e := range t.Exprs {
			xs = append(xs, t.Names[i]+"=["+e.String()+"]")
		}
		return "LogicalProject(" + strings.Join(xs, ", ") + ")"
	case *logical.Watermark:
		return "LogicalWatermarkAssigner(rowtime=[" + t.Schema()[t.Column].Name + "], watermark=[" + t.Expr.String() + "])"
	case *logical.Union:
		return "LogicalUnion(all=[true])"
	case *logical.SetOp:
		return fmt.Sprintf("Logical%s(all=[%t])", map[bool]string{true: "Minus", false: "Intersect"}[t.Except], t.All)
	case *logical.Expand:
		return fmt.Sprintf("LogicalExpand(projects=[%d])", len(t.Projections))
	case *logical.Aggregate:
		return "LogicalAggregate(group=[" + set(t.Keys) + "]" + aggregates(t.Aggs) + ")"
	case *logical.WindowTVF:
		return "LogicalTableFunctionScan(invocation=[" + strings.ToUpper(string(t.Window.Kind)) + fmt.Sprintf("(DESCRIPTOR($%d), size=%d ms, slide=%d ms)])",
			t.Window.Column, t.Window.Size, t.Window.Slide)
	case *logical.WindowAggregate:
		return "LogicalWindowAggregate(group=[" + set(t.Keys) + "]" + aggregates(t.Aggs) + ", window=[" + strings.ToUpper(string(t.Window.Kind)) + "])"
	case *logical.Over:
		return "LogicalWindow(partition=[" + set(t.Keys) + "], order=[" + order(t.Order) + "], aggs=[" + strings.Join(overCalls(t), ", ") + "])"
	case *logical.Rank:
		return fmt.Sprintf("LogicalRank(partition=[%s], order=[%s], range=[%d..%d])", set(t.Keys), order(t.Order), t.From, t.To)
	case *logical.Join:
		cond := "true"
		if t.Condition != nil {
			cond = t.Condition.String()
		}
		name := "LogicalJoin"
		if t.AsOf != nil {
			name = "LogicalTemporalJoin"
		}
		return name + "(condition=[" + cond + "], joinType=[" + string(t.Kind) + "])"
	case *logical.Sort:
		return "LogicalSort(sort=[" + order(t.Order) + "])"
	case *logical.Limit:
		return fmt.Sprintf("LogicalSort(offset=[%d], fetch=[%d])", t.Offset, t.Count)
	case *logical.Unnest:
		if t.Condition != nil {
			return "LogicalUnnest(collection=[" + t.Collection.String() + "], condition=[" + t.Condition.String() + "])"
		}
		return "LogicalUnnest(collection=[" + t.Collection.String() + "])"
	case *logical.Sink:
		return "LogicalSink(table=[" + t.Table.Name + "], fields=[" + strings.Join(t.Spec.Schema.Names(), ", ") + "])"
	default:
		return fmt.Sprintf("%T", n)
	}
}

func set(cols []int) string {
	var out []string
	for _, c := range cols {
		out = append(out, strconv.Itoa(c))
	}
	return "{" + strings.Join(out, ", ") + "}"
}

func order(keys []plan.SortKey) string {
	var out []string
	for _, k := range keys {
		dir := " ASC"
		if k.Descending {
			dir = " DESC"
		}
		out = append(out, fmt.Sprintf("$%d%s", k.Column, dir))
	}
	return strings.Join(out, ", ")
}

func aggregates(as []logical.Agg) string {
	var b strings.Builder
	for _, a := range as {
		b.WriteString(", " + a.Name + "=[" + a.Func + "(")
		if a.Distinct {
			b.WriteString("DISTINCT ")
		}
		for i, c := range a.Args {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "$%d", c)
		}
		b.WriteString(")")
		if a.Filter >= 0 {
			fmt.Fprintf(&b, " FILTER $%d", a.Filter)
		}
		b.WriteString("]")
	}
	return b.String()
}

func overCalls(t *logical.Over) []string {
	var out []string
	for _, c := range t.Calls {
		args := make([]string, len(c.Args))
		for i, a := range c.Args {
			args[i] = fmt.Sprintf("$%d", a)
		}
		out = append(out, c.Func+"("+strings.Join(args, ", ")+")")
	}
	return out
}

package logical

import (
	"slices"

	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Schema is the columns read.
func (n *Scan) Schema() types.Schema {
	out := make(types.Schema, len(n.Columns))
	for i, c := range n.Columns {
		out[i] = types.Field{Name: c.Name, Type: c.Type}
	}
	if n.Watermark != nil && n.Watermark.Column < len(out) {
		f := &out[n.Watermark.Column]
		f.Type = f.Type.WithAttribute(types.RowTime)
	}
	return out
}

// Schema is the declared one.
func (n *Values) Schema() types.Schema { return n.Out }

// Schema is one column for each expression. A time attribute stays one only where it is passed on as it is, or made by PROCTIME().
func (n *Calc) Schema() types.Schema {
	in := n.Input.Schema()
	out := make(types.Schema, len(n.Exprs))
	for i, e := range n.Exprs {
		out[i] = types.Field{Name: n.Names[i], Type: exprType(e, in)}
	}
	return out
}

func exprType(e *expr.Expr, in types.Schema) types.Type {
	switch {
	case e.Kind == expr.Column && e.Index < len(in) && e.Type.Attribute != types.NoTime:
		return e.Type.WithAttribute(in[e.Index].Type.Attribute)
	case e.IsCall("PROCTIME"):
		return e.Type.WithAttribute(types.ProcTime)
	default:
		return e.Type.WithAttribute(types.NoTime)
	}
}

// Schema is the input with its time attribute.
func (n *Watermark) Schema() types.Schema {
	out := append(types.Schema(nil), n.Input.Schema()...)
	t := out[n.Column].Type.WithAttribute(types.RowTime)
	if t.Precision < 3 {
		t.Precision = 3
	}
	out[n.Column].Type = t
	return out
}

// Schema has the names of the first branch; a column can be NULL if it can in one branch.
func (n *Union) Schema() types.Schema { return mergeSchemas(n.In, true) }

// Schema has the names of the left input.
//
// EXCEPT passes on rows of the left input only, so its time attribute stays.
func (n *SetOp) Schema() types.Schema {
	out := mergeSchemas([]Node{n.Left, n.Right}, false)
	if n.Except {
		for i, f := range n.Left.Schema() {
			out[i].Type = out[i].Type.WithAttribute(f.Type.Attribute)
		}
	}
	return out
}

func mergeSchemas(in []Node, keepTime bool) types.Schema {
	out := append(types.Schema(nil), in[0].Schema()...)
	for _, b := range in[1:] {
		for i, f := range b.Schema() {
			if !f.Type.NotNull {
				out[i].Type = out[i].Type.AsNullable()
			}
			if f.Type.Attribute != out[i].Type.Attribute {
				out[i].Type = out[i].Type.WithAttribute(types.NoTime)
			}
		}
	}
	if !keepTime {
		out = withoutTime(out)
	}
	return out
}

func withoutTime(s types.Schema) types.Schema {
	out := append(types.Schema(nil), s...)
	for i := range out {
		out[i].Type = out[i].Type.WithAttribute(types.NoTime)
	}
	return out
}

// withoutRowTime makes event times plain columns.
func withoutRowTime(s types.Schema) types.Schema {
	out := append(types.Schema(nil), s...)
	for i := range out {
		if out[i].Type.Attribute == types.RowTime {
			out[i].Type = out[i].Type.WithAttribute(types.NoTime)
		}
	}
	return out
}

// Schema is the declared one.
func (n *Expand) Schema() types.Schema { return n.Out }

// Schema is the keys, then the aggregates. window_time next to both bounds of its window stays a time attribute.
func (n *Aggregate) Schema() types.Schema {
	in := n.Input.Schema()
	out := withoutTime(in.Project(n.Keys))
	if b := WindowOf(n.Input); b != nil && b.Time >= 0 && slices.Contains(n.Keys, b.Start) && slices.Contains(n.Keys, b.End) {
		if i := slices.Index(n.Keys, b.Time); i >= 0 {
			out[i].Type = in[b.Time].Type
		}
	}
	for _, a := range n.Aggs {
		out = append(out, types.Field{Name: a.Name, Type: a.Type.WithAttribute(types.NoTime)})
	}
	return out
}

// BoundType is the type of window_start and window_end.
func BoundType() types.Type { return types.TimestampType(3).AsNotNull() }

// TimeType is the type of window_time for windows over a column of type t.
func TimeType(t types.Type) types.Type {
	kind := types.Timestamp
	if t.Kind == types.TimestampLTZ {
		kind = types.TimestampLTZ
	}
	return types.Type{Kind: kind, Precision: 3, NotNull: true, Attribute: t.Attribute}
}

// Schema is the input, then window_start, window_end and window_time.
func (n *WindowTVF) Schema() types.Schema {
	in := n.Input.Schema()
	out := append(types.Schema(nil), in...)
	return append(out, types.Field{Name: "window_start", Type: BoundType()}, types.Field{Name: "window_end", Type: BoundType()},
		types.Field{Name: "window_time", Type: TimeType(in[n.Window.Column].Type)})
}

// Schema is the keys, the aggregates, the window columns.
func (n *WindowAggregate) Schema() types.Schema {
	out := withoutTime(n.Input.Schema().Project(n.Keys))
	for _, a := range n.Aggs {
		out = append(out, types.Field{Name: a.Name, Type: a.Type.WithAttribute(types.NoTime)})
	}
	for i, c := range n.Columns {
		t := BoundType()
		if c == plan.WindowTime {
			t = TimeType(n.Time)
		}
		out = append(out, types.Field{Name: n.Names[i], Type: t})
	}
	return out
}

// Schema is the input and the columns of the calls.
func (n *Over) Schema() types.Schema {
	out := append(types.Schema(nil), n.Input.Schema()...)
	for _, c := range n.Calls {
		out = append(out, types.Field{Name: c.Name, Type: c.Type})
	}
	return out
}

// Schema is the input and the row number, if wanted.
func (n *Rank) Schema() types.Schema {
	out := append(types.Schema(nil), n.Input.Schema()...)
	if n.Number {
		out = append(out, types.Field{Name: n.Name, Type: types.BigIntType().AsNotNull()})
	}
	return out
}

// Schema is the input.
func (n *Deduplicate) Schema() types.Schema { return n.Input.Schema() }

// Schema is left, then right; sides that may be missing are nullable. Event times stay where the join bounds their distance, but for a side
// that may be missing; else time attributes are lost.
func (n *Join) Schema() types.Schema {
	left := n.Left.Schema()
	if n.Kind == plan.Semi || n.Kind == plan.Anti {
		return left
	}
	right := n.Right.Schema()
	if n.AsOf != nil {
		right = withoutTime(right)
		if n.Kind == plan.Left {
			right = nullable(right)
		}
		return append(append(types.Schema(nil), left...), right...)
	}
	i := intervalOf(n, left, right)
	interval := i != nil
	if interval && i.ProcTime { // rows wait by the clock, whatever their event time
		left, right = withoutRowTime(left), withoutRowTime(right)
	}
	if !interval || n.Kind == plan.Right || n.Kind == plan.Full {
		left = withoutTime(left)
	}
	if !interval || n.Kind == plan.Left || n.Kind == plan.Full {
		right = withoutTime(right)
	}
	if n.Kind == plan.Right || n.Kind == plan.Full {
		left = nullable(left)
	}
	if n.Kind == plan.Left || n.Kind == plan.Full {
		right = nullable(right)
	}
	return append(append(types.Schema(nil), left...), right...)
}

func nullable(s types.Schema) types.Schema {
	out := append(types.Schema(nil), s...)
	for i := range out {
		out[i].Type = out[i].Type.AsNullable()
	}
	return out
}

// Schema is the input.
func (n *Sort) Schema() types.Schema { return n.Input.Schema() }

// Schema is the input.
func (n *Limit) Schema() types.Schema { return n.Input.Schema() }

// Schema is the input and the columns of the element.
func (n *Unnest) Schema() types.Schema {
	e := n.Elements
	if n.Outer {
		e = nullable(e)
	}
	in := n.Input.Schema()
	if n.Pass != nil {
		in = in.Project(n.Pass)
	}
	return append(append(types.Schema(nil), in...), e...)
}

// Schema is the input.
func (n *Sink) Schema() types.Schema { return n.Input.Schema() }

// NewCalc is a Calc that takes its names from the arguments.
func NewCalc(in Node, filter *expr.Expr, exprs []*expr.Expr, names []string) *Calc {
	return &Calc{Input: in, Filter: filter, Exprs: exprs, Names: names}
}

// Filter keeps the rows where cond is TRUE.
func Filter(in Node, cond *expr.Expr) Node {
	if cond == nil {
		return in
	}
	s := in.Schema()
	return &Calc{Input: in, Filter: cond, Exprs: Columns(s), Names: s.Names()}
}

// Columns refers to every column of a schema.
func Columns(s types.Schema) []*expr.Expr {
	out := make([]*expr.Expr, len(s))
	for i, f := range s {
		out[i] = expr.NewColumn(i, f.Type)
	}
	return out
}

// Project picks columns, under their names.
func Project(in Node, columns []int) Node {
	s := in.Schema()
	c := &Calc{Input: in}
	for _, i := range columns {
		c.Exprs = append(c.Exprs, expr.NewColumn(i, s[i].Type))
		c.Names = append(c.Names, s[i].Name)
	}
	return c
}

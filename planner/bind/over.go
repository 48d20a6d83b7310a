package bind

import (
	"slices"
	"strconv"

	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/planner/plan"
	"millrace/planner/scalar"
	"millrace/sql/ast"
	"millrace/sql/function"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// overCall is a call with OVER: everything in the space of the block's select list.
type overCall struct {
	plan.OverCall
	args  []*expr.Expr
	keys  []*expr.Expr
	order []*expr.Expr
	sort  []plan.SortKey
	pos   int
}

// over binds a call with OVER.
func (bl *block) over(c scalar.Call, at scalar.Scope) (*expr.Expr, error) {
	inner := noOver{at}
	spec, err := bl.windowSpec(c.Modifiers.Over)
	if err != nil {
		return nil, err
	}
	ac, err := scalar.BindAggregate(c, inner, bl.b.cfg.Env, mayBeEmpty(spec.Frame))
	if err != nil {
		return nil, err
	}
	switch {
	case c.Modifiers.Filter != nil:
		return nil, invalid(c.Pos(), "FILTER is not allowed before OVER")
	case c.Modifiers.Distinct && bl.b.cfg.Batch:
		return nil, invalid(c.Pos(), "DISTINCT is not supported in a window function")
	case c.Func.Class == function.Ranking && c.Modifiers.Over.Frame != nil:
		return nil, invalid(c.Modifiers.Over.Frame.Pos(), "ROWS or RANGE is not allowed with %s", c.Func.Name)
	}
	o := &overCall{args: ac.Args, pos: c.Pos()}
	o.Agg = plan.Agg{Func: ac.Func.Name, Distinct: c.Modifiers.Distinct, Filter: -1, Type: ac.Type.WithAttribute(types.NoTime), IgnoreNulls: ac.IgnoreNulls}
	for _, x := range spec.PartitionBy {
		e, err := scalar.Bind(x, inner, bl.b.cfg.Env)
		if err != nil {
			return nil, err
		}
		o.keys = append(o.keys, e)
	}
	constant := true
	for _, it := range spec.OrderBy {
		e, err := scalar.Bind(it.X, inner, bl.b.cfg.Env)
		if err != nil {
			return nil, err
		}
		constant = constant && e.Kind == expr.Literal
		o.order = append(o.order, e)
		o.sort = append(o.sort, sortKey(0, it))
	}
	if c.Func.Class == function.Ranking && constant {
		return nil, invalid(c.Pos(), "%s requires an ORDER BY clause with non-constant fields", c.Func.Name)
	}
	if err := bl.overArgs(o, c.Func.Class == function.Ranking, spec, inner); err != nil {
		return nil, err
	}
	for i, p := range bl.overs {
		if p.equal(o) {
			return expr.NewColumn(overBase+i, o.Type), nil
		}
	}
	if err := bl.checkWindow(o); err != nil {
		return nil, err
	}
	bl.overs = append(bl.overs, o)
	return expr.NewColumn(overBase+len(bl.overs)-1, o.Type), nil
}

// overArgs binds what is constant in a call: the offset of LAG and LEAD, the buckets of NTILE, the frame of an aggregate.
func (bl *block) overArgs(o *overCall, ranking bool, spec *ast.WindowSpec, inner scalar.Scope) error {
	if !ranking {
		var err error
		o.Frame, err = bl.overFrame(spec, o, inner)
		return err
	}
	number := func(at int) (err error) {
		x, err := bl.b.fold(o.args[at])
		if err != nil {
			return err
		}
		n, ok := x.Value.(int64)
		if !ok || x.Kind != expr.Literal {
			return invalid(o.pos, "the argument of %s must be a constant number", o.Func)
		}
		o.Offset = n
		return nil
	}
	switch o.Func {
	case "NTILE":
		if err := number(0); err != nil {
			return err
		}
		o.args = nil
		if o.Offset < 1 {
			return invalid(o.pos, "NTILE needs a positive number of buckets")
		}
	case "LAG", "LEAD":
		o.Offset = 1
		var offset *expr.Expr
		if len(o.args) > 1 {
			if offset = o.args[1]; len(expr.Columns(offset)) == 0 {
				if err := number(1); err != nil {
					return err
				}
				offset = nil
			}
		}
		if len(o.args) > 2 {
			o.args = []*expr.Expr{o.args[0], o.args[2]}
			// The default is the last word only where the row is missing: a NULL of the other row stays.
			o.Type = o.Type.WithNullable(!o.args[0].Type.NotNull || !o.args[1].Type.NotNull)
		} else {
			o.args = o.args[:1]
		}
		if offset != nil {
			o.args = append(slices.Clone(o.args), scalar.Coerce(offset, types.BigIntType().WithNullable(!offset.Type.NotNull)))
			o.OffsetArg, o.Offset = true, 0
			if !offset.Type.NotNull {
				o.Type = o.Type.AsNullable()
			}
		}
	}
	return nil
}

// checkWindow refuses what streams cannot do: several windows in one block, frames that look ahead, functions that need all rows.
func (bl *block) checkWindow(o *overCall) error {
	if bl.b.cfg.Batch {
		return nil
	}
	switch o.Func {
	case "LEAD", "NTILE", "PERCENT_RANK", "CUME_DIST":
		return sqlerr.New(sqlerr.Unsupported, o.pos, "%s is not supported in streaming mode", o.Func)
	}
	if !o.IsPlace() && (!o.Frame.Upper.Current || o.Frame.Lower.Current || !o.Frame.Lower.Unbounded && o.Frame.Lower.Offset > 0) {
		return sqlerr.New(sqlerr.Unsupported, o.pos, "OVER windows of a stream end with the current row and begin before it: BETWEEN ... PRECEDING AND CURRENT ROW")
	}
	if o.Func == "LAG" && o.Offset < 0 {
		return sqlerr.New(sqlerr.Unsupported, o.pos, "LAG with a negative offset is not supported in streaming mode")
	}
	for _, p := range bl.overs {
		if !p.sameOrder(o) || !p.IsPlace() && !o.IsPlace() && p.Frame != o.Frame {
			return sqlerr.New(sqlerr.Unsupported, o.pos, "all OVER windows of a query block must be the same in streaming mode")
		}
	}
	return nil
}

func (o *overCall) sameOrder(p *overCall) bool {
	return slices.EqualFunc(o.keys, p.keys, expr.Equal) && slices.EqualFunc(o.order, p.order, expr.Equal) && slices.Equal(o.sort, p.sort)
}

func (o *overCall) equal(p *overCall) bool {
	return o.Func == p.Func && o.Distinct == p.Distinct && o.IgnoreNulls == p.IgnoreNulls && o.Frame == p.Frame && o.Offset == p.Offset && o.OffsetArg == p.OffsetArg &&
		slices.EqualFunc(o.args, p.args, expr.Equal) && o.sameOrder(p)
}

// noOver is a scope inside of OVER.
type noOver struct{ scalar.Scope }

func (s noOver) Call(c scalar.Call) (*expr.Expr, error) {
	if c.Over() {
		return nil, invalid(c.Pos(), "windowed aggregate expressions cannot be nested")
	}
	return s.Scope.Call(c)
}

// windowSpec resolves the names of the WINDOW clause.
func (bl *block) windowSpec(w *ast.WindowSpec) (*ast.WindowSpec, error) {
	for depth := 0; w.Ref != nil; depth++ {
		var found *ast.WindowSpec
		for _, n := range bl.sel.Windows {
			if n.Name.Name == w.Ref.Name {
				found = n.Spec
			}
		}
		if found == nil || depth > 20 {
			return nil, invalid(w.Ref.Pos(), "window '%s' not found", w.Ref.Name)
		}
		m := *found
		if len(w.PartitionBy) > 0 {
			m.PartitionBy = w.PartitionBy
		}
		if len(w.OrderBy) > 0 {
			m.OrderBy = w.OrderBy
		}
		if w.Frame != nil {
			m.Frame = w.Frame
		}
		w = &m
	}
	return w, nil
}

// overNodes puts the OVER calls above n; their results are columns from position at on.
func (bl *block) overNodes(n logical.Node, resolve func(*expr.Expr) (*expr.Expr, error)) (logical.Node, int, error) {
	s := n.Schema()
	xs, names := logical.Columns(s), s.Names()
	column := func(e *expr.Expr) (int, error) {
		e, err := resolve(e)
		if err != nil {
			return 0, err
		}
		for i, x := range xs {
			if expr.Equal(x, e) {
				return i, nil
			}
		}
		xs = append(xs, e)
		names = append(names, "$o"+strconv.Itoa(len(xs)))
		return len(xs) - 1, nil
	}
	var nodes []*logical.Over
	for _, o := range bl.overs {
		v := &logical.Over{}
		call := logical.OverCall{OverCall: o.OverCall, Place: bl.b.place(o.pos), Name: "w" + strconv.Itoa(len(nodes)) + "$o0"}
		for _, part := range []struct {
			from []*expr.Expr
			to   *[]int
		}{{o.args, &call.Args}, {o.keys, &v.Keys}} {
			for _, e := range part.from {
				at, err := column(e)
				if err != nil {
					return nil, 0, err
				}
				if !slices.Contains(*part.to, at) || part.to == &call.Args {
					*part.to = append(*part.to, at)
				}
			}
		}
		for i, e := range o.order {
			at, err := column(e)
			if err != nil {
				return nil, 0, err
			}
			k := o.sort[i]
			k.Column = at
			v.Order = append(v.Order, k)
		}
		v.Calls = []logical.OverCall{call}
		nodes = append(nodes, v)
	}
	if len(xs) > len(s) {
		n = logical.NewCalc(n, nil, xs, names)
	}
	for _, v := range nodes {
		v.Input = n
		n = v
	}
	return n, len(xs), nil
}

// overColumns replaces the numbers of OVER calls by positions from at on.
func overColumns(e *expr.Expr, at int) *expr.Expr {
	return expr.Transform(e, func(x *expr.Expr) *expr.Expr {
		if x.Kind == expr.Column && x.Index >= overBase && x.Index < subBase {
			return expr.NewColumn(x.Index-overBase+at, x.Type)
		}
		return x
	})
}

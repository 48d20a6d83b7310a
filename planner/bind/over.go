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
	"millrace/sql/types"
)

// overCall is a call with OVER: everything in the space of the block's select list.
type overCall struct {
	fn    string
	args  []*expr.Expr
	keys  []*expr.Expr
	order []*expr.Expr
	sort  []plan.SortKey
	typ   types.Type
	pos   int
	frame bool
}

// over binds a call with OVER.
func (bl *block) over(c scalar.Call, at scalar.Scope) (*expr.Expr, error) {
	inner := noOver{at}
	ac, err := scalar.BindAggregate(c, inner, bl.b.cfg.Env, false)
	if err != nil {
		return nil, err
	}
	if c.Modifiers.Filter != nil {
		return nil, invalid(c.Pos(), "FILTER is not allowed before OVER")
	}
	spec, err := bl.windowSpec(c.Modifiers.Over)
	if err != nil {
		return nil, err
	}
	o := &overCall{fn: ac.Func.Name, args: ac.Args, typ: ac.Type.WithAttribute(types.NoTime), pos: c.Pos(), frame: spec.Frame != nil}
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
	for i, p := range bl.overs {
		if p.equal(o) {
			return expr.NewColumn(overBase+i, o.typ), nil
		}
	}
	bl.overs = append(bl.overs, o)
	return expr.NewColumn(overBase+len(bl.overs)-1, o.typ), nil
}

func (o *overCall) equal(p *overCall) bool {
	return o.fn == p.fn && !o.frame && !p.frame && slices.EqualFunc(o.args, p.args, expr.Equal) && slices.EqualFunc(o.keys, p.keys, expr.Equal) &&
		slices.EqualFunc(o.order, p.order, expr.Equal) && slices.Equal(o.sort, p.sort)
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
		v := &logical.Over{Func: o.fn, Type: o.typ, Pos: o.pos, Frame: o.frame, Name: "w" + strconv.Itoa(len(nodes)) + "$o0"}
		for _, part := range []struct {
			from []*expr.Expr
			to   *[]int
		}{{o.args, &v.Args}, {o.keys, &v.Keys}} {
			for _, e := range part.from {
				at, err := column(e)
				if err != nil {
					return nil, 0, err
				}
				if !slices.Contains(*part.to, at) || part.to == &v.Args {
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

package bind

import (
	"slices"

	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/planner/plan"
	"millrace/sql/ast"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// temporal binds l JOIN table FOR SYSTEM_TIME AS OF time: a join with the version of the table that is valid at a time of the left side.
func (b *Binder) temporal(r *ast.Join, table *ast.TableName, kind plan.JoinKind, l, rt *scope) (*scope, error) {
	pos := table.AsOf.Pos()
	switch {
	case b.cfg.Batch:
		return nil, sqlerr.New(sqlerr.Unsupported, pos, "FOR SYSTEM_TIME AS OF is not supported in batch mode")
	case kind != plan.Inner && kind != plan.Left:
		return nil, invalid(r.OpPos, "FOR SYSTEM_TIME AS OF goes with an inner or a left join only, not with a %s join", kind)
	}
	x, err := l.bind(table.AsOf)
	if err != nil {
		return nil, err
	}
	left := l.node.Schema()
	switch {
	case x.Type.Attribute == types.ProcTime || x.IsCall("PROCTIME"):
		return nil, unsupported(pos, "FOR SYSTEM_TIME AS OF a processing time")
	case x.Kind != expr.Column || x.Index >= len(left):
		return nil, unsupported(pos, "FOR SYSTEM_TIME AS OF another time than a column of the left side")
	case !eventTime(l.node, x.Index):
		return nil, invalid(pos, "FOR SYSTEM_TIME AS OF requires an event-time attribute of the left side, but is %s", x.Type).WithHint(
			"declare a WATERMARK for the column, and pass it on unchanged")
	}
	right := rt.node.Schema()
	at := slices.IndexFunc(right, func(f types.Field) bool { return f.Type.Attribute == types.RowTime })
	if at < 0 {
		return nil, invalid(table.Path.Pos(), "an event-time temporal join requires both a primary key and an event-time attribute in the versioned table, "+
			"but no event-time attribute can be found").WithHint("declare a WATERMARK")
	}
	if lt, rt := x.Type, right[at].Type; lt.Kind != rt.Kind {
		return nil, sqlerr.New(sqlerr.Type, pos, "an event-time temporal join requires times of one type, but they are %s and %s", lt, rt)
	}
	s, err := b.joinScopes(r, kind, l, rt)
	if err != nil {
		return nil, err
	}
	j := s.node.(*logical.Join)
	j.AsOf, j.Place = &logical.AsOf{Left: x.Index, Right: at, Alive: -1}, b.place(pos)
	s.retype(j)
	return s, nil
}

// eventTime tells whether a column is an event time, or the least or greatest one of a group.
func eventTime(n logical.Node, col int) bool {
	if t := n.Schema()[col].Type; t.Attribute == types.RowTime || !t.IsTimestamp() || t.Precision != 3 {
		return t.Attribute == types.RowTime
	}
	switch n := n.(type) {
	case *logical.Calc:
		x := n.Exprs[col] // an event time below that is none here was cast
		return x.Kind == expr.Column && n.Input.Schema()[x.Index].Type.Attribute == types.NoTime && eventTime(n.Input, x.Index)
	case *logical.Aggregate:
		if col < len(n.Keys) {
			return eventTime(n.Input, n.Keys[col])
		}
		a := n.Aggs[col-len(n.Keys)]
		return (a.Func == "MAX" || a.Func == "MIN") && eventTime(n.Input, a.Args[0])
	}
	return false
}

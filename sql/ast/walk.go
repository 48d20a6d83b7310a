package ast

// Walk calls visit for node and, if it returns true, for everything below, in
// the order of the text as far as the tree knows it. Nodes are statements,
// alter actions, queries, bodies, table references and expressions; nil is
// skipped. Nodes must not be changed during the walk.
func Walk(node Node, visit func(Node) bool) {
	if node == nil || isNil(node) {
		return
	}
	if !visit(node) {
		return
	}
	w := walker{visit}
	switch n := node.(type) {
	case Expr:
		w.expr(n)
	case TableRef:
		w.tableRef(n)
	case *Query:
		w.query(n)
	case Body:
		w.body(n)
	case AlterAction:
		w.alter(n)
	case Stmt:
		w.stmt(n)
	}
}

// isNil catches typed nils of the pointer types that optional fields hold.
func isNil(node Node) bool {
	switch n := node.(type) {
	case *Query:
		return n == nil
	case *Call:
		return n == nil
	case *Insert:
		return n == nil
	}
	return false
}

type walker struct{ visit func(Node) bool }

func (w walker) one(n Node) { Walk(n, w.visit) }

func (w walker) exprs(list []Expr) {
	for _, x := range list {
		w.one(x)
	}
}

func (w walker) order(list []OrderItem) {
	for _, o := range list {
		w.one(o.X)
	}
}

func (w walker) window(s *WindowSpec) {
	if s == nil {
		return
	}
	w.exprs(s.PartitionBy)
	w.order(s.OrderBy)
	if s.Frame != nil {
		w.one(s.Frame.Start.X)
		if s.Frame.End != nil {
			w.one(s.Frame.End.X)
		}
	}
}

func (w walker) modifiers(m *Modifiers) {
	w.order(m.OrderBy)
	w.order(m.WithinGroup)
	w.one(m.Filter)
	w.window(m.Over)
}

func (w walker) expr(x Expr) {
	switch n := x.(type) {
	case *Interval:
		w.one(n.X)
	case *IntervalDiff:
		w.one(n.L)
		w.one(n.R)
	case *Unary:
		w.one(n.X)
	case *Binary:
		w.one(n.L)
		w.one(n.R)
	case *Like:
		w.one(n.X)
		w.one(n.Pattern)
		w.one(n.Escape)
	case *Between:
		w.one(n.X)
		w.one(n.Low)
		w.one(n.High)
	case *In:
		w.one(n.X)
		w.exprs(n.List)
		w.one(n.Query)
	case *Quantified:
		w.one(n.X)
		w.exprs(n.List)
		w.one(n.Query)
	case *Exists:
		w.one(n.Query)
	case *Unique:
		w.one(n.Query)
	case *IsTest:
		w.one(n.X)
	case *Case:
		w.one(n.Operand)
		for _, b := range n.Whens {
			w.exprs(b.Conds)
			w.one(b.Result)
		}
		w.one(n.Else)
	case *Cast:
		w.one(n.X)
	case *Item:
		w.one(n.X)
		w.one(n.Index)
	case *Field:
		w.one(n.X)
	case *Ctor:
		w.exprs(n.Args)
		w.one(n.Query)
	case *Subquery:
		w.one(n.Query)
	default:
		w.form(x)
	}
}

// form walks calls, special forms and things that are only arguments.
func (w walker) form(x Expr) {
	switch n := x.(type) {
	case *NamedArg:
		w.one(n.X)
	case *TableArg:
		w.one(n.Query)
		w.exprs(n.PartitionBy)
		w.order(n.OrderBy)
	case *Call:
		w.exprs(n.Args)
		w.modifiers(&n.Modifiers)
	case *Extract:
		w.one(n.X)
	case *RoundTo:
		w.one(n.X)
	case *TimestampArith:
		w.one(n.A)
		w.one(n.B)
	case *Trim:
		w.one(n.Chars)
		w.one(n.X)
	case *JSONExists:
		w.one(n.X)
		w.one(n.Path)
	case *JSONValue:
		w.one(n.X)
		w.one(n.Path)
		w.one(n.DefaultOnEmpty)
		w.one(n.DefaultOnError)
	case *JSONQuery:
		w.one(n.X)
		w.one(n.Path)
	case *JSONObject:
		for _, e := range n.Entries {
			w.one(e.Key)
			w.one(e.Value)
		}
		w.modifiers(&n.Modifiers)
	case *JSONArray:
		for _, e := range n.Elems {
			w.one(e.X)
		}
		w.modifiers(&n.Modifiers)
	}
}

func (w walker) query(q *Query) {
	for _, c := range q.With {
		w.one(c.Query)
	}
	w.one(q.Body)
	w.order(q.OrderBy)
	w.one(q.Limit)
	w.one(q.Offset)
}

func (w walker) groups(items []GroupItem) {
	for _, g := range items {
		w.exprs(g.Exprs)
		w.groups(g.Items)
	}
}

func (w walker) body(b Body) {
	switch n := b.(type) {
	case *Select:
		for _, it := range n.Items {
			w.one(it.X)
		}
		w.one(n.From)
		w.one(n.Where)
		if n.GroupBy != nil {
			w.groups(n.GroupBy.Items)
		}
		w.one(n.Having)
		for _, nw := range n.Windows {
			w.window(nw.Spec)
		}
		w.one(n.Qualify)
	case *SetOp:
		w.one(n.L)
		w.one(n.R)
	case *Values:
		for _, r := range n.Rows {
			w.exprs(r.Exprs)
		}
	}
}

func (w walker) tableRef(t TableRef) {
	switch n := t.(type) {
	case *TableName:
		w.one(n.AsOf)
	case *Derived:
		w.one(n.Query)
	case *TableFunc:
		w.one(n.Call)
	case *Unnest:
		w.exprs(n.Args)
	case *Join:
		w.one(n.Left)
		w.one(n.Right)
		w.one(n.On)
	case *Match:
		w.one(n.Input)
		w.exprs(n.PartitionBy)
		w.order(n.OrderBy)
		for _, m := range n.Measures {
			w.one(m.X)
		}
		w.one(n.Within)
		for _, d := range n.Defines {
			w.one(d.Cond)
		}
	}
}

func (w walker) schema(s *Schema) {
	if s == nil {
		return
	}
	for _, c := range s.Columns {
		w.one(c.Expr)
	}
	for _, m := range s.Watermarks {
		w.one(m.Expr)
	}
}

func (w walker) partition(p *Partition) {
	if p == nil {
		return
	}
	for _, v := range p.Values {
		w.one(v.Value)
	}
}

func (w walker) alter(a AlterAction) {
	switch n := a.(type) {
	case *AddColumns:
		w.schema(n.Schema)
	case *ModifyColumns:
		w.schema(n.Schema)
	case *AddPartitions:
		for i := range n.Partitions {
			w.partition(&n.Partitions[i])
		}
	case *DropPartitions:
		for i := range n.Partitions {
			w.partition(&n.Partitions[i])
		}
	case *AlterQuery:
		w.one(n.Query)
	case *Refresh:
		w.partition(n.Partition)
	}
}

func (w walker) stmt(s Stmt) {
	switch n := s.(type) {
	case *CreateTable:
		w.schema(n.Schema)
		w.one(n.As)
	case *CreateView:
		w.one(n.Query)
	case *CreateMaterializedTable:
		w.schema(n.Schema)
		if n.StartMode != nil {
			w.one(n.StartMode.Arg)
		}
		w.one(n.Freshness)
		w.one(n.Query)
	case *CreateModel:
		w.one(n.As)
	case *Alter:
		w.one(n.Action)
	case *QueryStmt:
		w.one(n.Query)
	case *Insert:
		w.partition(n.Partition)
		w.one(n.Query)
	case *StatementSet:
		for _, i := range n.Inserts {
			w.one(i)
		}
	case *Execute:
		w.one(n.Stmt)
	case *Update:
		for _, a := range n.Sets {
			w.one(a.X)
		}
		w.one(n.Where)
	case *Delete:
		w.one(n.Where)
	case *CallStmt:
		w.one(n.Call)
	case *CompilePlan:
		w.one(n.Stmt)
	case *Explain:
		w.one(n.Stmt)
	case *Show:
		w.partition(n.Partition)
	case *Analyze:
		w.partition(n.Partition)
	}
}

package rules

import (
	"fmt"
	"strings"

	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/sql/function"
)

// share makes equal parts of the queries of a job one node.
func share(sinks []*logical.Sink) []*logical.Sink {
	sh := &sharer{byText: map[string]logical.Node{}, ids: map[logical.Node]int{}}
	out := make([]*logical.Sink, len(sinks))
	for i, s := range sinks {
		out[i] = s.WithInputs([]logical.Node{logical.Transform(s.Input, sh.intern)}).(*logical.Sink)
	}
	return out
}

type sharer struct {
	byText map[string]logical.Node
	ids    map[logical.Node]int
}

func (sh *sharer) intern(n logical.Node) logical.Node {
	text := sh.text(n)
	if text != "" {
		if o := sh.byText[text]; o != nil {
			return o
		}
		sh.byText[text] = n
	}
	if _, ok := sh.ids[n]; !ok {
		sh.ids[n] = len(sh.ids)
	}
	return n
}

// text describes a node completely, its inputs by number; "" if it must not be shared.
func (sh *sharer) text(n logical.Node) string {
	var b strings.Builder
	for _, c := range n.Inputs() {
		fmt.Fprintf(&b, "#%d ", sh.ids[c])
	}
	es := func(list ...*expr.Expr) bool {
		for _, e := range list {
			if Volatile(e) {
				return false
			}
			digest(&b, e)
			b.WriteByte(';')
		}
		return true
	}
	ok := true
	switch t := n.(type) {
	case *logical.Scan:
		fmt.Fprintf(&b, "scan %s %v %v %d", t.Table.Name, t.Table.Options, t.Columns, t.Limit)
		ok = es(t.Filter...) && t.Watermark == nil
	case *logical.Calc:
		b.WriteString("calc ")
		ok = es(t.Filter) && es(t.Exprs...)
	case *logical.Watermark:
		fmt.Fprintf(&b, "watermark %d %d ", t.Column, t.IdleMillis)
		ok = es(t.Expr)
	case *logical.Union:
		b.WriteString("union")
	case *logical.SetOp:
		fmt.Fprintf(&b, "setop %t %t", t.Except, t.All)
	case *logical.Expand:
		b.WriteString("expand ")
		for _, p := range t.Projections {
			ok = ok && es(p...)
			b.WriteByte('/')
		}
	case *logical.Aggregate:
		fmt.Fprintf(&b, "agg %v %d ", t.Keys, t.TTL)
		aggText(&b, t.Aggs)
	case *logical.WindowTVF:
		fmt.Fprintf(&b, "tvf %+v %v", t.Window, t.Keys)
	case *logical.WindowAggregate:
		fmt.Fprintf(&b, "wagg %+v %v %v %t %d %d %t %v", t.Window, t.Keys, t.Columns, t.Attached, t.Start, t.End, t.Legacy, t.Emit)
		aggText(&b, t.Aggs)
	case *logical.Rank:
		fmt.Fprintf(&b, "rank %v %v %d %d %d %t", t.Keys, t.Order, t.From, t.To, t.ToColumn, t.Number)
	case *logical.Over:
		fmt.Fprintf(&b, "over %v %v ", t.Keys, t.Order)
		for _, c := range t.Calls {
			fmt.Fprintf(&b, "%+v %t|", c.OverCall, c.Limited)
		}
	case *logical.Deduplicate:
		fmt.Fprintf(&b, "dedup %v %d %t", t.Keys, t.TimeColumn, t.KeepLast)
	case *logical.Join:
		fmt.Fprintf(&b, "join %s %v %v %v %t %d %d ", t.Kind, t.LeftKeys, t.RightKeys, t.NullSafe, t.NullAware, t.LeftTTL, t.RightTTL)
		if t.AsOf != nil {
			fmt.Fprintf(&b, "as of %+v ", *t.AsOf)
		}
		ok = es(t.Condition)
	case *logical.Unnest:
		fmt.Fprintf(&b, "unnest %t %t %v ", t.Ordinality, t.Outer, t.Pass)
		ok = es(t.Collection, t.Condition)
	default:
		return ""
	}
	if !ok {
		return ""
	}
	return b.String()
}

func aggText(b *strings.Builder, as []logical.Agg) {
	for _, a := range as {
		fmt.Fprintf(b, "%+v|", a.Agg)
	}
}

// digest writes an expression with all types.
func digest(b *strings.Builder, e *expr.Expr) {
	if e == nil {
		b.WriteString("nil")
		return
	}
	fmt.Fprintf(b, "%s:%d:%s:%s", e.Kind, e.Index, e.Func, e.Type.SummaryString())
	if e.Kind == expr.Literal {
		b.WriteString("=" + expr.LiteralText(e))
	}
	if len(e.Args) > 0 {
		b.WriteByte('(')
		for _, a := range e.Args {
			digest(b, a)
			b.WriteByte(',')
		}
		b.WriteByte(')')
	}
}

// Volatile tells whether e contains a function whose value is not determined by its arguments.
func Volatile(e *expr.Expr) bool {
	found := false
	expr.Walk(e, func(x *expr.Expr) bool {
		if x.Kind == expr.Call {
			if f := function.Lookup(x.Func); f != nil && f.Volatile {
				found = true
			}
		}
		return !found
	})
	return found
}

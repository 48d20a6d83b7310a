package rules

import (
	"math"
	"slices"

	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/sql/types"
)

// sortLimit turns ORDER BY ... LIMIT into a Top-N over all rows.
func sortLimit(n logical.Node) logical.Node {
	return logical.Transform(n, func(n logical.Node) logical.Node {
		l, ok := n.(*logical.Limit)
		if !ok || l.Count < 0 {
			return n
		}
		s, ok := l.Input.(*logical.Sort)
		if !ok {
			return n
		}
		return &logical.Rank{Input: s.Input, Order: s.Order, From: l.Offset + 1, To: l.Offset + l.Count, ToColumn: -1, Place: s.Place}
	})
}

// bound is what a predicate says of a row number.
type bound struct {
	from, to int64
	toColumn int
}

// pushOver recognises a Top-N: ROW_NUMBER with an upper bound on it.
func pushOver(t *logical.Over, preds []*expr.Expr) (logical.Node, []*expr.Expr) {
	at := len(t.Input.Schema())
	b := bound{from: 1, to: math.MaxInt64, toColumn: -1}
	call := t.Calls[0]
	var rest, used []*expr.Expr
	limited := false
	for _, p := range preds {
		limited = limited || call.IsPlace() && readsColumn(p, at)
		if call.Func == "ROW_NUMBER" && b.add(p, at) {
			used = append(used, p)
		} else {
			rest = append(rest, p)
		}
	}
	onKeys := func(c int) bool { return slices.Contains(t.Keys, c) }
	if call.Func != "ROW_NUMBER" || len(t.Order) == 0 || b.to == math.MaxInt64 && b.toColumn < 0 || b.to < 1 {
		if limited {
			call.Limited = true
			o := *t
			o.Calls = []logical.OverCall{call}
			t = &o
		}
		n, stay := pushSame(t, t.Input, rest, onKeys)
		return n, append(stay, used...)
	}
	r := &logical.Rank{Input: t.Input, Keys: t.Keys, Order: t.Order, From: b.from, To: b.to, ToColumn: b.toColumn, Number: true, Name: call.Name, Place: call.Place}
	if r.ToColumn >= 0 {
		r.To = math.MaxInt64
	}
	return pushSame(r, t.Input, rest, onKeys)
}

func readsColumn(e *expr.Expr, col int) bool {
	_, ok := expr.Columns(e)[col]
	return ok
}

// flipped is the comparison with its operands exchanged.
func flipped(op string) (string, bool) {
	switch op {
	case "<":
		return ">", true
	case "<=":
		return ">=", true
	case ">":
		return "<", true
	case ">=":
		return "<=", true
	case "=":
		return op, true
	}
	return "", false
}

// add takes a predicate on column at into the bound; false if it is of another form.
func (b *bound) add(p *expr.Expr, at int) bool {
	op, ok := flipped(p.Func)
	if p.Kind != expr.Call || !ok {
		return false
	}
	l, r := p.Args[0], p.Args[1]
	if isNumber(r, at) {
		l, r = r, l
	} else {
		op = p.Func
	}
	if !isNumber(l, at) {
		return false
	}
	if n, ok := constant(r); ok {
		switch op {
		case "=":
			b.from, b.to = max(b.from, n), min(b.to, n)
		case "<":
			b.to = min(b.to, n-1)
		case "<=":
			b.to = min(b.to, n)
		case ">":
			b.from = max(b.from, n+1)
		case ">=":
			b.from = max(b.from, n)
		}
		return true
	}
	for r.Kind == expr.Cast && logical.Lossless(r) {
		r = r.Args[0]
	}
	if op == "<=" && r.Kind == expr.Column && r.Index < at && r.Type.IsInteger() && b.toColumn < 0 {
		b.toColumn = r.Index
		return true
	}
	return false
}

func isNumber(e *expr.Expr, at int) bool {
	for e.Kind == expr.Cast && e.Type.IsInteger() {
		e = e.Args[0]
	}
	return e.Kind == expr.Column && e.Index == at
}

func constant(e *expr.Expr) (int64, bool) {
	for e.Kind == expr.Cast && e.Type.IsInteger() && e.Args[0].Type.IsInteger() {
		e = e.Args[0]
	}
	n, ok := e.Value.(int64)
	return n, ok && e.Kind == expr.Literal && e.Type.IsInteger()
}

// deduplicate: a Top-1 by a time attribute keeps the first or last row.
func deduplicate(n logical.Node) logical.Node {
	return logical.Transform(n, func(n logical.Node) logical.Node {
		r, ok := n.(*logical.Rank)
		if !ok || r.Number || r.From != 1 || r.To != 1 || r.ToColumn >= 0 || len(r.Order) != 1 {
			return n
		}
		k := r.Order[0]
		s := r.Input.Schema()
		if w := logical.WindowOf(r.Input); w != nil && slices.Contains(r.Keys, w.Start) && slices.Contains(r.Keys, w.End) {
			return n
		}
		d := &logical.Deduplicate{Input: r.Input, Keys: r.Keys, TimeColumn: k.Column, KeepLast: k.Descending}
		switch s[k.Column].Type.Attribute {
		case types.RowTime:
			return d
		case types.ProcTime:
			d.TimeColumn = -1
			return d
		}
		return n
	})
}

// limitScan tells a source that it need not read more rows than a LIMIT passes on.
func limitScan(n logical.Node) logical.Node {
	return logical.Transform(n, func(n logical.Node) logical.Node {
		l, ok := n.(*logical.Limit)
		if !ok || l.Count < 0 {
			return n
		}
		in := l.Input
		calc, _ := in.(*logical.Calc)
		if calc != nil && calc.Filter == nil {
			in = calc.Input
		}
		s, ok := in.(*logical.Scan)
		if !ok || !s.Table.Caps.Limit || s.Table.Caps.SourceMode.IsUpdating() || len(s.Filter) > 0 && !s.Table.Caps.FilterExact {
			return n
		}
		c := *s
		c.Limit = l.Offset + l.Count
		var below logical.Node = &c
		if calc != nil {
			below = calc.WithInputs([]logical.Node{&c})
		}
		return l.WithInputs([]logical.Node{below})
	})
}

// sameKeys compares keys as sets.
func sameKeys(a, b []int) bool {
	x, y := slices.Clone(a), slices.Clone(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(slices.Compact(x), slices.Compact(y))
}

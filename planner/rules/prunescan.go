package rules

import (
	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/sql/types"
)

// trie is the set of fields read of a ROW.
type trie struct {
	whole bool
	sub   map[int]*trie
}

func (t *trie) add(fields []int) {
	if len(fields) == 0 {
		t.whole = true
		return
	}
	if t.sub == nil {
		t.sub = map[int]*trie{}
	}
	if t.sub[fields[0]] == nil {
		t.sub[fields[0]] = &trie{}
	}
	t.sub[fields[0]].add(fields[1:])
}

// prunedType keeps the fields that are read.
func (t *trie) prunedType(typ types.Type) types.Type {
	if t.whole || typ.Kind != types.Row {
		return typ
	}
	out := typ
	out.Fields = nil
	for i, f := range typ.Fields {
		if s := t.sub[i]; s != nil {
			f.Type = s.prunedType(f.Type)
			out.Fields = append(out.Fields, f)
		}
	}
	return out
}

// access reads a path of a pruned column.
func (t *trie) access(e *expr.Expr, fields []int) *expr.Expr {
	for _, f := range fields {
		at := f
		if !t.whole {
			at = 0
			for i := range t.sub {
				if i < f {
					at++
				}
			}
			t = t.sub[f]
		}
		e = expr.NewField(e, at)
	}
	return e
}

// pruneScan reads only what is needed, fields of ROWs included where the connector can.
func pruneScan(t *logical.Scan, d *need) (logical.Node, []*expr.Expr) {
	all := child(d, -1)
	all.exprs(t.Filter...)
	if t.Watermark != nil {
		all.columns(t.Watermark.Column)
		all.exprs(t.Watermark.Expr)
	}
	if m := t.Table.Caps.SourceMode; m.IsUpdating() && !m.HasUpdateBefore() {
		// Rows that only have their last value are completed by key.
		for _, k := range logical.UniqueKeys(t) {
			all.columns(k...)
		}
	}
	tries := map[int]*trie{}
	for _, p := range all.paths {
		if tries[p.col] == nil {
			tries[p.col] = &trie{}
		}
		if t.Table.Caps.NestedProjection {
			tries[p.col].add(p.fields)
		} else {
			tries[p.col].whole = true
		}
	}
	x := *t
	x.Columns = nil
	at := map[int]int{}
	for i, c := range t.Columns {
		if tr := tries[i]; tr != nil {
			at[i] = len(x.Columns)
			c.Type = tr.prunedType(c.Type)
			x.Columns = append(x.Columns, c)
		}
	}
	get := func(p path) *expr.Expr {
		c := at[p.col]
		return tries[p.col].access(expr.NewColumn(c, x.Columns[c].Type), p.fields)
	}
	x.Filter = nil
	for _, f := range t.Filter {
		x.Filter = append(x.Filter, rewritePaths(f, get))
	}
	if t.Watermark != nil {
		w := *t.Watermark
		w.Column, w.Expr = at[w.Column], rewritePaths(w.Expr, get)
		x.Watermark = &w
	}
	out := make([]*expr.Expr, len(d.paths))
	for i, p := range d.paths {
		out[i] = get(p)
	}
	return &x, out
}

package rules

import (
	"millrace/planner/expr"
	"millrace/planner/logical"
)

// Config is what the rules depend on.
type Config struct {
	Batch bool
	// Fold computes constant expressions; nil: they stay.
	Fold func(*expr.Expr) (*expr.Expr, error)
	// EarlyFire tells that table.exec.emit.early-fire or late-fire is enabled.
	EarlyFire bool
	// Share makes equal parts one (table.optimizer.reuse-sub-plan-enabled).
	Share bool
}

// Optimize rewrites the queries of a job. Parts that several queries or several places of one have in common become one node.
func Optimize(sinks []*logical.Sink, cfg Config) ([]*logical.Sink, error) {
	out := make([]*logical.Sink, len(sinks))
	for i, s := range sinks {
		n := fold(s.Input, cfg)
		if !cfg.Batch {
			n = sortLimit(n)
		}
		n = pushDown(n)
		n = fold(n, cfg)
		n = merge(n)
		n, err := temporal(joinKeys(n))
		if err != nil {
			return nil, err
		}
		n, err = windows(merge(n), cfg)
		if err != nil {
			return nil, err
		}
		out[i] = s.WithInputs([]logical.Node{joinOvers(n)}).(*logical.Sink)
	}
	if cfg.Share {
		out = share(out)
	}
	out = pruneAll(out)
	for i, s := range out {
		n := merge(s.Input)
		n = deduplicate(n)
		n = limitScan(n)
		out[i] = s.WithInputs([]logical.Node{n}).(*logical.Sink)
	}
	if cfg.Share {
		out = share(out)
	}
	return out, nil
}

// exprs rewrites all expressions of a node.
func exprs(n logical.Node, f func(*expr.Expr) *expr.Expr) logical.Node {
	list := func(es []*expr.Expr) ([]*expr.Expr, bool) {
		out := make([]*expr.Expr, len(es))
		changed := false
		for i, e := range es {
			out[i] = f(e)
			changed = changed || out[i] != e
		}
		return out, changed
	}
	switch t := n.(type) {
	case *logical.Calc:
		es, changed := list(t.Exprs)
		filter := t.Filter
		if filter != nil {
			filter = f(filter)
		}
		if changed || filter != t.Filter {
			return &logical.Calc{Input: t.Input, Filter: filter, Exprs: es, Names: t.Names}
		}
	case *logical.Join:
		if t.Condition != nil {
			if c := f(t.Condition); c != t.Condition {
				j := *t
				j.Condition = c
				return &j
			}
		}
	case *logical.Values:
		v := &logical.Values{Out: t.Out}
		for _, r := range t.Rows {
			es, _ := list(r)
			v.Rows = append(v.Rows, es)
		}
		return v
	case *logical.Watermark:
		if x := f(t.Expr); x != t.Expr {
			w := *t
			w.Expr = x
			return &w
		}
	case *logical.Unnest:
		u := *t
		if u.Collection = f(t.Collection); t.Condition != nil {
			u.Condition = f(t.Condition)
		}
		if u.Collection != t.Collection || u.Condition != t.Condition {
			return &u
		}
	}
	return n
}

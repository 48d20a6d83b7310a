package bind

import (
	"errors"
	"slices"
	"strings"

	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/planner/plan"
	"millrace/planner/scalar"
	"millrace/sql/ast"
	"millrace/sql/catalog"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

func equalFold(a, b string) bool { return strings.EqualFold(a, b) }

// from binds a table reference. left is the scope of what stands to the left of it in the same FROM, for LATERAL; may be nil.
func (b *Binder) from(ref ast.TableRef, f *frame, left *scope) (*scope, error) {
	switch r := ref.(type) {
	case nil:
		one := &logical.Values{Rows: [][]*expr.Expr{{expr.NewInt(0)}}, Out: types.Schema{{Name: "ZERO", Type: types.IntType().AsNotNull()}}}
		return &scope{b: b, node: one, frame: f}, nil
	case *ast.TableName:
		return b.tableName(r, f)
	case *ast.Derived:
		return b.derived(r, f)
	case *ast.Join:
		return b.join(r, f, left)
	case *ast.TableFunc:
		return b.tableFunc(r, f)
	case *ast.Unnest:
		one, err := b.from(nil, f, nil)
		if err != nil {
			return nil, err
		}
		s, err := b.unnest(&ast.Join{At: ast.At(r.Pos()), Kind: ast.CrossJoin}, r, plan.Inner, one)
		return s, err
	case *ast.Match:
		return nil, unsupported(r.Pos(), "MATCH_RECOGNIZE")
	default:
		return nil, unsupported(ref.Pos(), "this table reference")
	}
}

func (b *Binder) tableName(r *ast.TableName, f *frame) (*scope, error) {
	if r.AsOf != nil {
		return nil, unsupported(r.AsOf.Pos(), "FOR SYSTEM_TIME AS OF outside of the right side of a join")
	}
	if r.Sample != nil {
		return nil, unsupported(r.Sample.Pos(), "TABLESAMPLE")
	}
	n, path, err := b.table(r.Path, r.Hints)
	if err != nil {
		return nil, err
	}
	rel := relationOf(n.Schema(), r.Path.Last(), path)
	if err := applyAlias(rel, r.Alias); err != nil {
		return nil, err
	}
	return &scope{b: b, node: n, rels: []*relation{rel}, frame: f}, nil
}

// applyAlias renames a relation and its columns.
func applyAlias(rel *relation, a *ast.Alias) error {
	if a == nil {
		return nil
	}
	rel.alias, rel.path = a.Name.Name, nil
	if len(a.Columns) == 0 {
		return nil
	}
	if len(a.Columns) != len(rel.cols) {
		var names []string
		for _, c := range rel.cols {
			names = append(names, "'"+c.name+"'")
		}
		return invalid(a.Name.Pos(), "list of column aliases must have same degree as table; table has %d columns (%s), whereas alias list has %d columns",
			len(rel.cols), strings.Join(names, ", "), len(a.Columns))
	}
	for i, c := range a.Columns {
		rel.cols[i].name = c.Name
	}
	return nil
}

// table binds a named table, view or WITH element. path is its full name, nil for WITH elements.
func (b *Binder) table(p ast.Path, hints []ast.Hint) (logical.Node, []string, error) {
	if len(p.Parts) == 1 {
		for c := b.ctes; c != nil; c = c.next {
			if c.name == p.Parts[0].Name {
				return c.node, nil, nil
			}
		}
	}
	name, err := b.cfg.Catalog.Qualify(b.cfg.Session, p)
	if err != nil {
		return nil, nil, err
	}
	t, err := b.cfg.Catalog.Lookup(p.Pos(), name)
	if err != nil {
		return nil, nil, b.lookupError(p, err)
	}
	full := []string{name.Catalog, name.Database, name.Object}
	if t.IsView() {
		n, err := b.view(p.Pos(), name, t)
		return n, full, err
	}
	n, err := b.scan(p.Pos(), name, t, hints)
	return n, full, err
}

// lookupError adds the names of WITH to the suggestions.
func (b *Binder) lookupError(p ast.Path, err error) error {
	var e *sqlerr.Error
	if !errors.As(err, &e) || e.Hint != "" || len(p.Parts) != 1 {
		return err
	}
	var names []string
	for c := b.ctes; c != nil; c = c.next {
		names = append(names, c.name)
	}
	return hint(e, p.Last(), names)
}

// view binds the query of a view with the names of the time when it was made.
func (b *Binder) view(pos int, name catalog.Name, t *catalog.Table) (logical.Node, error) {
	if b.depth > 100 {
		return nil, invalid(pos, "view %s contains itself", name)
	}
	v := &Binder{cfg: b.cfg, depth: b.depth + 1, text: sqlerr.Place{Src: t.View.Source, In: "view " + b.shortName(name), Outer: b.place(pos)}}
	v.cfg.Session = t.View.Session
	n, err := v.query(t.View.Query, nil, false)
	if err != nil {
		return nil, sqlerr.Inside(err, v.text)
	}
	if want := t.View.Columns.Names(); len(want) == len(n.Schema()) {
		return rename(n, want), nil
	}
	return nil, invalid(pos, "view %s: its query has %d columns, it was made with %d", name, len(n.Schema()), len(t.View.Columns))
}

func (b *Binder) derived(r *ast.Derived, f *frame) (*scope, error) {
	if r.Sample != nil {
		return nil, unsupported(r.Sample.Pos(), "TABLESAMPLE")
	}
	n, err := b.query(r.Query, f, false)
	if err != nil {
		return nil, err
	}
	alias := ""
	rel := relationOf(n.Schema(), alias, nil)
	if err := applyAlias(rel, r.Alias); err != nil {
		return nil, err
	}
	return &scope{b: b, node: n, rels: []*relation{rel}, frame: f}, nil
}

// join binds a join; a comma is one too.
func (b *Binder) join(r *ast.Join, f *frame, left *scope) (*scope, error) {
	l, err := b.from(r.Left, f, left)
	if err != nil {
		return nil, err
	}
	kind := map[ast.JoinKind]plan.JoinKind{
		ast.InnerJoin: plan.Inner, ast.LeftJoin: plan.Left, ast.RightJoin: plan.Right, ast.FullJoin: plan.Full,
		ast.CrossJoin: plan.Inner, ast.CommaJoin: plan.Inner,
	}[r.Kind]
	if u, ok := r.Right.(*ast.Unnest); ok {
		return b.unnest(r, u, kind, l)
	}
	if d, ok := r.Right.(*ast.Derived); ok && d.Lateral {
		return b.lateral(r, d, kind, l)
	}
	if tf, ok := r.Right.(*ast.TableFunc); ok && tf.Lateral && !isWindowFunction(tf.Call) {
		return nil, unsupported(tf.Pos(), "the table function "+tf.Call.Name.String())
	}
	right := r.Right
	table, _ := right.(*ast.TableName)
	if table != nil && table.AsOf != nil {
		now := *table
		now.AsOf = nil
		right = &now
	}
	rt, err := b.from(right, f, l)
	if err != nil {
		return nil, err
	}
	for _, a := range l.rels {
		for _, c := range rt.rels {
			if a.alias != "" && a.alias == c.alias {
				return nil, invalid(r.Right.Pos(), "duplicate relation name '%s' in FROM clause", a.alias)
			}
		}
	}
	if r.On == nil && !r.Natural && r.Using == nil && r.Kind != ast.CrossJoin && r.Kind != ast.CommaJoin {
		return nil, invalid(r.OpPos, "INNER, LEFT, RIGHT or FULL join requires a condition (NATURAL keyword or ON or USING clause)")
	}
	if table != nil && table.AsOf != nil {
		return b.temporal(r, table, kind, l, rt)
	}
	return b.joinScopes(r, kind, l, rt)
}

// joinScopes puts two sides together under the join's condition.
func (b *Binder) joinScopes(r *ast.Join, kind plan.JoinKind, l, rt *scope) (*scope, error) {
	width := len(l.node.Schema())
	for _, rel := range rt.rels {
		rel.shift(width)
	}
	s := &scope{b: b, frame: l.frame, rels: append(append([]*relation(nil), l.rels...), rt.rels...), merged: l.merged}
	for _, m := range rt.merged {
		s.merged = append(s.merged, mergedColumn{m.name, expr.Shift(m.x, width)})
	}
	j := &logical.Join{Left: l.node, Right: rt.node, Kind: kind, LeftTTL: b.hintTTL(l), RightTTL: b.hintTTL(rt), Place: b.place(r.OpPos)}
	s.node = j
	// The schema of the join, not of the sides, says what may be NULL.
	s.retype(j)
	using := r.Using
	if r.Natural {
		using = naturalColumns(l, rt, r)
	}
	var err error
	switch {
	case using != nil || r.Natural:
		j.Condition, err = s.mergeColumns(l, rt, using, kind)
	case r.On != nil:
		err = b.on(s, j, l, r.On)
	}
	if err == nil && logical.IntervalOf(j) != nil {
		s.retype(j)
	}
	return s, err
}

// retype gives the columns the types that they have in n.
func (s *scope) retype(n logical.Node) {
	ns := n.Schema()
	for _, rel := range s.rels {
		for i := range rel.cols {
			rel.cols[i].typ = ns[rel.cols[i].index].Type
		}
	}
}

// naturalColumns are the names that both sides have.
func naturalColumns(l, rt *scope, r *ast.Join) []ast.Ident {
	var out []ast.Ident
	for _, name := range l.Names() {
		for _, other := range rt.Names() {
			if name == other {
				out = append(out, ast.Ident{At: ast.At(r.OpPos), Name: name})
			}
		}
	}
	return out
}

// mergeColumns makes one column of each pair that USING names.
func (s *scope) mergeColumns(l, rt *scope, using []ast.Ident, kind plan.JoinKind) (*expr.Expr, error) {
	var conds []*expr.Expr
	var merged []mergedColumn
	for _, id := range using {
		path := []ast.Ident{id}
		le, n, err := l.local(path)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, hint(sqlerr.New(sqlerr.UnknownName, id.Pos(), "column '%s' not found in any table", id.Name), id.Name, l.Names())
		}
		rshift := func() (*expr.Expr, int, error) { return rt.local(path) }
		re, n, err := rshift()
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, hint(sqlerr.New(sqlerr.UnknownName, id.Pos(), "column '%s' not found in any table", id.Name), id.Name, rt.Names())
		}
		c, err := scalar.Compare(ast.Eq, le, re, id.Pos())
		if err != nil {
			return nil, err
		}
		conds = append(conds, c)
		x := le
		switch kind {
		case plan.Right:
			x = re
		case plan.Full:
			t, err := scalar.CommonType(le.Type, re.Type)
			if err != nil {
				return nil, invalid(id.Pos(), "columns '%s': %s", id.Name, err.Error())
			}
			x = expr.NewCall("COALESCE", t, scalar.Coerce(le, t), scalar.Coerce(re, t))
		}
		merged = append(merged, mergedColumn{id.Name, x})
		for _, rel := range s.rels {
			for i := range rel.cols {
				if rel.cols[i].name == id.Name {
					rel.cols[i].merged = true
				}
			}
		}
	}
	for _, m := range s.merged {
		keep := true
		for _, id := range using {
			keep = keep && id.Name != m.name
		}
		if keep {
			merged = append(merged, m)
		}
	}
	s.merged = merged
	return expr.And(conds...), nil
}

// on binds ON. Sub-queries in it are joined to the side that keeps the meaning: the right one, or the left one of a right join.
func (b *Binder) on(s *scope, j *logical.Join, l *scope, on ast.Expr) error {
	c := *s
	c.Where = "in ON"
	if hasSubquery(on) {
		if j.Kind == plan.Full {
			return unsupported(on.Pos(), "a sub-query in ON of a full join")
		}
		if j.Kind == plan.Right {
			return unsupported(on.Pos(), "a sub-query in ON of a right join")
		}
		// Sub-query columns are appended to the right side, so at the end of left ++ right.
		c.attach = func(q scalar.Subquery) (*expr.Expr, error) {
			inner := &scope{b: b, node: j.Right, frame: s.frame}
			w := len(l.node.Schema())
			x, err := inner.subqueryValue(q, func(e *expr.Expr) (*expr.Expr, bool) { return shiftDown(e, w) })
			if err != nil {
				return nil, err
			}
			j.Right = inner.node
			return expr.Shift(x, w), nil
		}
	}
	x, err := scalar.BindCondition(on, &c, b.cfg.Env, "ON")
	if err != nil {
		return err
	}
	j.Condition = x
	return nil
}

// shiftDown moves an expression over left ++ right to the right side alone; false if it reads the left.
func shiftDown(e *expr.Expr, w int) (*expr.Expr, bool) {
	for c := range expr.Columns(e) {
		if c < w && c < outerBase {
			return nil, false
		}
	}
	return expr.Shift(e, -w), true
}

// unnest binds l [LEFT] JOIN UNNEST(x).
func (b *Binder) unnest(r *ast.Join, u *ast.Unnest, kind plan.JoinKind, l *scope) (*scope, error) {
	if kind == plan.Right || kind == plan.Full {
		return nil, unsupported(r.OpPos, r.Kind.String()+" UNNEST")
	}
	if u.Sample != nil || len(u.Args) != 1 {
		return nil, unsupported(u.Pos(), "this form of UNNEST")
	}
	x, err := l.bind(u.Args[0])
	if err != nil {
		return nil, err
	}
	n := &logical.Unnest{Input: l.node, Collection: x, Ordinality: u.Ordinality, Outer: kind == plan.Left}
	switch x.Type.Kind {
	case types.Array, types.Multiset:
		if e := *x.Type.Elem; e.Kind == types.Row {
			n.Elements = append(n.Elements, e.Fields...)
		} else {
			n.Elements = types.Schema{{Name: "EXPR$0", Type: e}}
		}
	case types.Map:
		n.Elements = types.Schema{{Name: "KEY", Type: *x.Type.Key}, {Name: "VALUE", Type: *x.Type.Elem}}
	default:
		return nil, sqlerr.New(sqlerr.Type, u.Pos(), "UNNEST wants an ARRAY, MAP or MULTISET, not %s", x.Type)
	}
	if u.Ordinality {
		n.Elements = append(n.Elements, types.Field{Name: "ORDINALITY", Type: types.IntType().AsNotNull()})
	}
	width := len(l.node.Schema())
	out := n.Schema()
	rel := relationOf(out[width:], "", nil)
	rel.shift(width)
	if err := applyAlias(rel, u.Alias); err != nil {
		return nil, err
	}
	s := &scope{b: b, node: n, frame: l.frame, rels: append(append([]*relation(nil), l.rels...), rel), merged: l.merged}
	if r.On == nil {
		return s, nil
	}
	cond, err := scalar.BindCondition(r.On, s, b.cfg.Env, "ON")
	if err != nil {
		return nil, err
	}
	if cond.IsTrue() {
		return s, nil
	}
	if kind == plan.Left {
		n.Condition = cond
		return s, nil
	}
	s.node = logical.Filter(s.node, cond)
	return s, nil
}

// lateral binds l JOIN LATERAL (query): a sub-query that may read the columns before it.
func (b *Binder) lateral(r *ast.Join, d *ast.Derived, kind plan.JoinKind, l *scope) (*scope, error) {
	if kind == plan.Right || kind == plan.Full {
		return nil, unsupported(r.OpPos, r.Kind.String()+" LATERAL")
	}
	f := &frame{outer: l}
	n, err := b.query(d.Query, f, false)
	if err != nil {
		return nil, err
	}
	if s, ok, err := b.graft(r, d, kind, l, n, f); ok || err != nil {
		return s, err
	}
	width := len(n.Schema())
	empty := emptyRow(n)
	n, conds, err := decorrelate(n, d.Pos())
	if err != nil {
		return nil, err
	}
	if empty != nil && len(conds) > 0 && kind == plan.Left {
		return b.lateralAggregate(r, d, l, f, n, empty, conds)
	}
	rt := &scope{b: b, node: n, frame: l.frame, rels: []*relation{relationOf(n.Schema()[:width], "", nil)}}
	if err := applyAlias(rt.rels[0], d.Alias); err != nil {
		return nil, err
	}
	s, err := b.joinScopes(r, kind, l, rt)
	if err != nil {
		return nil, err
	}
	j := s.node.(*logical.Join)
	w := len(l.node.Schema())
	for _, c := range conds {
		j.Condition = and(j.Condition, f.outerCondition(c, w))
	}
	return s, nil
}

// lateralAggregate left-joins a query of one aggregation without keys: where nothing matches, counts are 0.
func (b *Binder) lateralAggregate(r *ast.Join, d *ast.Derived, l *scope, f *frame, n logical.Node, empty, conds []*expr.Expr) (*scope, error) {
	if r.On != nil {
		if lit, ok := r.On.(*ast.Literal); !ok || !lit.Bool() {
			return nil, unsupported(r.On.Pos(), "LATERAL over an aggregation with a condition other than TRUE")
		}
	}
	s := n.Schema()
	sub := logical.NewCalc(n, nil, append(logical.Columns(s), expr.NewBool(true)), append(s.Names(), "$i"))
	j, err := f.joinTo(l.node, sub, plan.Left, conds, identity)
	if err != nil {
		return nil, err
	}
	w := len(l.node.Schema())
	c := &logical.Calc{Input: j}
	js := j.Schema()
	for i := 0; i < w+len(empty); i++ {
		x := expr.NewColumn(i, js[i].Type)
		if i >= w && !empty[i-w].IsNull() {
			t := js[i].Type
			x = expr.NewCall("CASE", t, isNull(expr.NewColumn(w+len(s), types.BooleanType())), expr.NewCast(empty[i-w], t), x)
		}
		c.Exprs, c.Names = append(c.Exprs, x), append(c.Names, js[i].Name)
	}
	rel := relationOf(c.Schema()[w:], "", nil)
	rel.shift(w)
	if err := applyAlias(rel, d.Alias); err != nil {
		return nil, err
	}
	return &scope{b: b, node: c, frame: l.frame, rels: append(append([]*relation(nil), l.rels...), rel), merged: l.merged}, nil
}

func and(a, c *expr.Expr) *expr.Expr {
	if a == nil {
		return c
	}
	if c == nil {
		return a
	}
	return expr.And(append(expr.Conjuncts(a), expr.Conjuncts(c)...)...)
}

// hintTTL is the state retention that a STATE_TTL hint gives to a side of a join, or -1.
func (b *Binder) hintTTL(s *scope) int64 {
	for _, h := range b.hints {
		if h.Name != "STATE_TTL" {
			continue
		}
		for _, o := range h.Options {
			for _, r := range s.rels {
				if r.alias == o.Key && len(s.rels) == 1 {
					if d, ok := ParseDuration(o.Value); ok {
						return d.Milliseconds()
					}
				}
			}
		}
	}
	return -1
}

// graft handles a lateral query over nothing but UNNEST: the collection is unnested from the rows of the left side.
func (b *Binder) graft(r *ast.Join, d *ast.Derived, kind plan.JoinKind, l *scope, n logical.Node, f *frame) (*scope, bool, error) {
	w := len(l.node.Schema())
	u, xs, ok := graftNode(n, l.node, w, f, kind == plan.Left)
	if !ok {
		return nil, false, nil
	}
	if u.Outer {
		xs = orNull(u, xs)
	}
	s := u.Schema()
	c := &logical.Calc{Input: u}
	for i := range w {
		c.Exprs, c.Names = append(c.Exprs, expr.NewColumn(i, s[i].Type)), append(c.Names, s[i].Name)
	}
	c.Exprs, c.Names = append(c.Exprs, xs...), append(c.Names, n.Schema().Names()...)
	rel := relationOf(c.Schema()[w:], "", nil)
	rel.shift(w)
	if err := applyAlias(rel, d.Alias); err != nil {
		return nil, false, err
	}
	out := &scope{b: b, node: c, frame: l.frame, rels: append(append([]*relation(nil), l.rels...), rel), merged: l.merged}
	if r.On != nil {
		cond, err := scalar.BindCondition(r.On, out, b.cfg.Env, "ON")
		if err != nil {
			return nil, false, err
		}
		if !cond.IsTrue() {
			u.Condition = and(u.Condition, graftExpr(cond, c.Exprs, f))
		}
	}
	if !u.Outer {
		c.Input, u.Condition = logical.Filter(u, u.Condition), nil
	}
	return out, true, nil
}

// orNull makes columns NULL in the rows that stand for no element: those that are not NULL there by themselves.
func orNull(u *logical.Unnest, xs []*expr.Expr) []*expr.Expr {
	w := len(u.Input.Schema())
	out := slices.Clone(xs)
	for i, x := range out {
		if x.Kind == expr.Column && x.Index >= w {
			continue
		}
		if !u.Ordinality { // it is NULL there, and nowhere else
			u.Ordinality = true
			u.Elements = append(slices.Clone(u.Elements), types.Field{Name: "ORDINALITY", Type: types.IntType().AsNotNull()})
		}
		number := expr.NewColumn(w+len(u.Elements)-1, types.IntType())
		out[i] = expr.NewCall("CASE", x.Type.AsNullable(), isNull(number), expr.NewNull(x.Type), x)
	}
	return out
}

// graftNode puts a chain of projections over UNNEST on top of left, which has w columns, and returns what the chain's columns are then. The
// conditions of the chain become that of the node.
func graftNode(n, left logical.Node, w int, f *frame, outer bool) (node *logical.Unnest, xs []*expr.Expr, ok bool) {
	switch t := n.(type) {
	case *logical.Unnest:
		v, one := t.Input.(*logical.Values)
		if !one || len(v.Rows) != 1 || t.Outer {
			return nil, nil, false
		}
		u := *t
		u.Input, u.Collection, u.Outer = left, graftExpr(t.Collection, v.Rows[0], f), outer
		s := u.Schema()
		xs = append(xs, v.Rows[0]...)
		for i := w; i < len(s); i++ {
			xs = append(xs, expr.NewColumn(i, s[i].Type))
		}
		return &u, xs, true
	case *logical.Calc:
		node, in, ok := graftNode(t.Input, left, w, f, outer)
		if !ok {
			return nil, nil, false
		}
		if t.Filter != nil {
			node.Condition = and(node.Condition, graftExpr(t.Filter, in, f))
		}
		for _, e := range t.Exprs {
			xs = append(xs, graftExpr(e, in, f))
		}
		return node, xs, true
	}
	return nil, nil, false
}

// graftExpr replaces the columns of the chain and those of the outer query.
func graftExpr(e *expr.Expr, in []*expr.Expr, f *frame) *expr.Expr {
	return expr.Transform(e, func(x *expr.Expr) *expr.Expr {
		switch {
		case x.Kind != expr.Column:
			return x
		case x.Index >= outerBase:
			return f.refs[x.Index-outerBase]
		default:
			return in[x.Index]
		}
	})
}

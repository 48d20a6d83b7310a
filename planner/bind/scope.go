package bind

import (
	"slices"
	"strings"

	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/planner/scalar"
	"millrace/sql/ast"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// relation is a name in FROM with its columns.
type relation struct {
	alias string
	path  []string // catalog, database, table; nil if an alias hides it
	cols  []relColumn
}

// relColumn is a column of a relation.
type relColumn struct {
	name   string
	index  int // position in the scope's node
	typ    types.Type
	merged bool // by USING or NATURAL: not meant by the bare name, left out of *
}

// mergedColumn is a column that USING or NATURAL made of two.
type mergedColumn struct {
	name string
	x    *expr.Expr
}

// frame is the border of a sub-query: what it reads of the query around.
type frame struct {
	outer scalar.Scope
	refs  []*expr.Expr
}

// scope is one FROM clause: the names that expressions of the block see. Sub-queries in expressions are joined to node, which only grows
// at its end, so that positions stay.
type scope struct {
	scalar.NoScope
	b      *Binder
	node   logical.Node
	rels   []*relation
	merged []mergedColumn
	frame  *frame
	// call binds aggregates and window functions; nil: not allowed at this place.
	call func(c scalar.Call) (*expr.Expr, error)
	// aliases are further names, of the select list, for QUALIFY and ORDER BY.
	aliases map[string]*expr.Expr
	// attach is set while a join condition is bound; sub-queries are attached through it.
	attach func(q scalar.Subquery) (*expr.Expr, error)
}

// with returns the scope with another meaning of calls, sharing everything else.
func (s *scope) with(call func(c scalar.Call) (*expr.Expr, error)) *scope {
	c := *s
	c.call = call
	return &c
}

// Names lists all names, for suggestions.
func (s *scope) Names() []string {
	var out []string
	for _, r := range s.rels {
		for _, c := range r.cols {
			if !slices.Contains(out, c.name) {
				out = append(out, c.name)
			}
		}
	}
	return out
}

// Column resolves a path: alias.column, [catalog.][database.]table.column or column, each with fields after it.
func (s *scope) Column(path []ast.Ident) (*expr.Expr, int, error) {
	e, used, err := s.local(path)
	if err != nil || used > 0 {
		return e, used, err
	}
	if s.frame != nil {
		e, used, err := s.frame.outer.Column(path)
		if err != nil {
			return nil, 0, err
		}
		if used > 0 {
			return s.frame.ref(e), used, nil
		}
	}
	return nil, 0, s.missing(path)
}

// ref numbers a column of the outer query.
func (f *frame) ref(e *expr.Expr) *expr.Expr {
	for i, r := range f.refs {
		if expr.Equal(r, e) {
			return expr.NewColumn(outerBase+i, e.Type)
		}
	}
	f.refs = append(f.refs, e)
	return expr.NewColumn(outerBase+len(f.refs)-1, e.Type)
}

// missing explains why a path of several parts leads nowhere; nil leaves the message to the scalar binder.
func (s *scope) missing(path []ast.Ident) error {
	if len(path) < 2 {
		return nil
	}
	if s.frame != nil {
		if o, ok := s.frame.outer.(*scope); ok {
			return o.missing(path)
		}
	}
	for _, r := range s.rels {
		if r.alias == path[0].Name {
			e := sqlerr.New(sqlerr.UnknownName, path[1].Pos(), "column '%s' not found in table '%s'", path[1].Name, path[0].Name)
			var names []string
			for _, c := range r.cols {
				names = append(names, c.name)
			}
			return hint(e, path[1].Name, names)
		}
	}
	var names []string
	for _, r := range s.rels {
		names = append(names, r.alias)
	}
	return hint(sqlerr.New(sqlerr.UnknownName, path[0].Pos(), "table '%s' not found", path[0].Name), path[0].Name, names)
}

func hint(e *sqlerr.Error, name string, candidates []string) error {
	if h := sqlerr.DidYouMean(name, candidates); h != "" {
		return e.WithHint("%s", h)
	}
	return e
}

// local resolves within the block.
func (s *scope) local(path []ast.Ident) (*expr.Expr, int, error) {
	if e, ok := s.aliases[path[0].Name]; ok {
		return e, 1, nil
	}
	for q := min(3, len(path)-1); q >= 1; q-- {
		for _, r := range s.rels {
			if !r.matches(path[:q]) {
				continue
			}
			col, n := r.find(path[q].Name, true)
			if n > 1 {
				return nil, 0, sqlerr.New(sqlerr.AmbiguousName, path[q].Pos(), "column '%s' is ambiguous", path[q].Name)
			}
			if n == 1 {
				return expr.NewColumn(col.index, col.typ), q + 1, nil
			}
		}
	}
	name := path[0].Name
	for _, m := range s.merged {
		if m.name == name {
			return m.x, 1, nil
		}
	}
	var found *relColumn
	count := 0
	for _, r := range s.rels {
		c, n := r.find(name, false)
		if n > 0 {
			found = c
		}
		count += n
	}
	switch {
	case count > 1:
		return nil, 0, sqlerr.New(sqlerr.AmbiguousName, path[0].Pos(), "column '%s' is ambiguous", name)
	case count == 1:
		if len(path) > 1 && found.typ.Kind != types.Row {
			return nil, 0, sqlerr.New(sqlerr.UnknownName, path[0].Pos(), "table '%s' not found", name).WithHint(
				"column '%s' is of type %s and has no fields", name, found.typ)
		}
		return expr.NewColumn(found.index, found.typ), 1, nil
	}
	return nil, 0, nil
}

func (r *relation) matches(q []ast.Ident) bool {
	if len(q) == 1 {
		return r.alias != "" && r.alias == q[0].Name
	}
	if len(r.path) < len(q) {
		return false
	}
	tail := r.path[len(r.path)-len(q):]
	for i := range q {
		if tail[i] != q[i].Name {
			return false
		}
	}
	return true
}

func (r *relation) find(name string, qualified bool) (*relColumn, int) {
	var found *relColumn
	n := 0
	for i := range r.cols {
		c := &r.cols[i]
		if c.name == name && (qualified || !c.merged) {
			found = c
			n++
		}
	}
	return found, n
}

// Call binds an aggregate or window function where the place allows it.
func (s *scope) Call(c scalar.Call) (*expr.Expr, error) {
	if s.call != nil {
		return s.call(c)
	}
	return s.NoScope.Call(c)
}

// bind binds a scalar expression.
func (s *scope) bind(e ast.Expr) (*expr.Expr, error) { return scalar.Bind(e, s, s.b.cfg.Env) }

// newScope makes the scope of a node whose columns have the names of one relation.
func (b *Binder) newScope(n logical.Node, alias string, f *frame) *scope {
	return &scope{b: b, node: n, rels: []*relation{relationOf(n.Schema(), alias, nil)}, frame: f}
}

func relationOf(s types.Schema, alias string, path []string) *relation {
	r := &relation{alias: alias, path: path}
	for i, f := range s {
		r.cols = append(r.cols, relColumn{name: f.Name, index: i, typ: f.Type})
	}
	return r
}

// shift moves the columns of a relation.
func (r *relation) shift(by int) {
	for i := range r.cols {
		r.cols[i].index += by
	}
}

// star is what * and t.* stand for.
func (s *scope) star(st *ast.Star) ([]*expr.Expr, []string, error) {
	var xs []*expr.Expr
	var names []string
	add := func(r *relation, all bool) {
		for _, c := range r.cols {
			if all || !c.merged {
				xs = append(xs, expr.NewColumn(c.index, c.typ))
				names = append(names, c.name)
			}
		}
	}
	if len(st.Qualifier) > 0 {
		for _, r := range s.rels {
			if r.matches(st.Qualifier) {
				add(r, true)
				return xs, names, nil
			}
		}
		if e, err := s.whole(st.Qualifier); err != nil {
			return nil, nil, err
		} else if e != nil && e.Type.Kind == types.Row {
			for i, f := range e.Type.Fields {
				xs = append(xs, expr.NewField(e, i))
				names = append(names, f.Name)
			}
			return xs, names, nil
		}
		var parts, known []string
		for _, p := range st.Qualifier {
			parts = append(parts, p.Name)
		}
		for _, r := range s.rels {
			known = append(known, r.alias)
		}
		q := strings.Join(parts, ".")
		return nil, nil, hint(sqlerr.New(sqlerr.UnknownName, st.Pos(), "unknown identifier '%s'", q), q, known)
	}
	if len(s.rels) == 0 {
		return nil, nil, invalid(st.Pos(), "SELECT * requires a FROM clause")
	}
	for _, m := range s.merged {
		xs = append(xs, m.x)
		names = append(names, m.name)
	}
	for _, r := range s.rels {
		add(r, false)
	}
	return xs, names, nil
}

// whole resolves all of a path within the block: a column, then fields of ROWs; nil if it leads nowhere.
func (s *scope) whole(path []ast.Ident) (*expr.Expr, error) {
	e, used, err := s.local(path)
	if err != nil || used == 0 {
		return nil, err
	}
	for _, p := range path[used:] {
		if e.Type.Kind != types.Row {
			return nil, nil
		}
		i := types.Schema(e.Type.Fields).Index(p.Name)
		if i < 0 {
			return nil, nil
		}
		e = expr.NewField(e, i)
	}
	return e, nil
}

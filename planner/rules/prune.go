package rules

import (
	"fmt"
	"maps"
	"slices"

	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// path is a column of a node's output, or a field below it.
type path struct {
	col    int
	fields []int
}

func (p path) key() string { return fmt.Sprint(p.col, p.fields) }

// need is what a parent reads of a node, in order of first mention.
type need struct {
	paths []path
	at    map[string]int
}

func (d *need) add(p path) {
	if d.at == nil {
		d.at = map[string]int{}
	}
	if _, ok := d.at[p.key()]; !ok {
		d.at[p.key()] = len(d.paths)
		d.paths = append(d.paths, p)
	}
}

func (d *need) columns(cs ...int) {
	for _, c := range cs {
		d.add(path{col: c})
	}
}

// exprs adds what expressions read: whole columns, or fields where only those are read.
func (d *need) exprs(es ...*expr.Expr) {
	for _, e := range es {
		expr.Walk(e, func(x *expr.Expr) bool {
			if p, ok := pathOf(x); ok {
				d.add(p)
				return false
			}
			return true
		})
	}
}

// pathOf reads a column or a chain of field accesses on one.
func pathOf(e *expr.Expr) (path, bool) {
	var fields []int
	for e.Kind == expr.Field {
		fields = append(fields, e.Index)
		e = e.Args[0]
	}
	if e.Kind != expr.Column {
		return path{}, false
	}
	slices.Reverse(fields)
	return path{e.Index, fields}, true
}

// found is where the paths of a need are after pruning.
type found struct {
	need *need
	xs   []*expr.Expr
}

func (f found) path(p path) *expr.Expr { return f.xs[f.need.at[p.key()]] }

// expr rewrites an expression over the old node to the new one.
func (f found) expr(e *expr.Expr) *expr.Expr {
	if e == nil {
		return nil
	}
	if p, ok := pathOf(e); ok {
		return withType(f.path(p), e.Type)
	}
	if len(e.Args) == 0 {
		return e
	}
	c := *e
	c.Args = make([]*expr.Expr, len(e.Args))
	for i, a := range e.Args {
		c.Args[i] = f.expr(a)
	}
	return simplifyFields(&c)
}

func (f found) exprs(es []*expr.Expr) []*expr.Expr {
	out := make([]*expr.Expr, len(es))
	for i, e := range es {
		out[i] = f.expr(e)
	}
	return out
}

// withType keeps the nullability that the old expression had.
func withType(e *expr.Expr, t types.Type) *expr.Expr {
	if e.Type.NotNull == t.NotNull || e.Kind != expr.Column {
		return e
	}
	c := *e
	c.Type = c.Type.WithNullable(!t.NotNull)
	return &c
}

// pruner drops columns and fields that nobody reads. A node with several parents is pruned once, for what all of them need: a first run over
// the queries only collects the needs of those nodes.
type pruner struct {
	parents map[logical.Node]int
	shared  map[logical.Node]*sharedNode
	collect bool
}

// sharedNode is a node with several parents.
type sharedNode struct {
	need need
	node logical.Node
	xs   []*expr.Expr
}

// pruneAll prunes the queries of a job.
func pruneAll(sinks []*logical.Sink) []*logical.Sink {
	pr := &pruner{parents: map[logical.Node]int{}, shared: map[logical.Node]*sharedNode{}, collect: true}
	seen := map[logical.Node]bool{}
	for _, s := range sinks {
		logical.Walk(s, func(n logical.Node) {
			if seen[n] {
				return
			}
			seen[n] = true
			for _, c := range n.Inputs() {
				pr.parents[c]++
			}
		})
	}
	var out []*logical.Sink
	// Collecting may widen a need and so, one level down, another: repeat until nothing changes.
	for round := 0; ; round++ {
		before := pr.size()
		for _, s := range sinks {
			pr.prune(s.Input)
		}
		if pr.size() == before || round > 20 {
			break
		}
	}
	pr.collect = false
	for _, s := range sinks {
		out = append(out, s.WithInputs([]logical.Node{pr.prune(s.Input)}).(*logical.Sink))
	}
	return out
}

func (pr *pruner) size() int {
	n := 0
	for _, s := range pr.shared {
		n += len(s.need.paths)
	}
	return n
}

// pruneNode returns a node that delivers at least the needed paths, and each path as an expression over it. Those are cheap: columns and fields.
func (pr *pruner) pruneNode(n logical.Node, d *need) (logical.Node, []*expr.Expr) {
	if pr.parents[n] < 2 {
		return pr.node(n, d)
	}
	s := pr.shared[n]
	if s == nil {
		s = &sharedNode{}
		pr.shared[n] = s
	}
	if len(d.paths) == 0 {
		d.columns(cheapest(n.Schema()))
	}
	if pr.collect {
		for _, p := range d.paths {
			s.need.add(p)
		}
		all := &need{paths: slices.Clone(s.need.paths), at: maps.Clone(s.need.at)}
		m, xs := pr.node(n, all)
		return m, pick(found{all, xs}, d)
	}
	if s.node == nil {
		s.node, s.xs = pr.node(n, &s.need)
	}
	return s.node, pick(found{&s.need, s.xs}, d)
}

func pick(f found, d *need) []*expr.Expr {
	out := make([]*expr.Expr, len(d.paths))
	for i, p := range d.paths {
		out[i] = f.path(p)
	}
	return out
}

// prune keeps all columns of n.
func (pr *pruner) prune(n logical.Node) logical.Node {
	d := &need{}
	for i := range n.Schema() {
		d.columns(i)
	}
	return pr.columns(n, d)
}

// columns prunes n and makes the needed paths its columns, in their order.
func (pr *pruner) columns(n logical.Node, d *need) logical.Node {
	old := n.Schema()
	m, xs := pr.pruneNode(n, d)
	s := m.Schema()
	same := len(xs) == len(s)
	for i, x := range xs {
		same = same && x.Kind == expr.Column && x.Index == i
	}
	if same {
		return m
	}
	c := &logical.Calc{Input: m, Exprs: xs}
	for _, p := range d.paths {
		c.Names = append(c.Names, pathName(old, p))
	}
	return c
}

func pathName(s types.Schema, p path) string {
	f := s[p.col]
	for _, i := range p.fields {
		f = f.Type.Fields[i]
	}
	return f.Name
}

// exact is plain for operators that keep or ship their input: no column is left that they do not need.
func (pr *pruner) exact(n logical.Node, d *need) (logical.Node, func(c int) int, found) {
	m := pr.columns(n, d)
	f := found{d, logical.Columns(m.Schema())}
	return m, func(c int) int { return f.path(path{col: c}).Index }, f
}

// plain prunes n so that every needed path is a column, and returns a function that tells which.
func (pr *pruner) plain(n logical.Node, d *need) (logical.Node, func(c int) int, found) {
	m, xs := pr.pruneNode(n, d)
	for _, x := range xs {
		if x.Kind != expr.Column {
			old := n.Schema()
			c := &logical.Calc{Input: m, Exprs: xs}
			for _, p := range d.paths {
				c.Names = append(c.Names, pathName(old, p))
			}
			m = c
			xs = logical.Columns(c.Schema())
			break
		}
	}
	f := found{d, xs}
	return m, func(c int) int { return f.path(path{col: c}).Index }, f
}

func mapped(cs []int, at func(int) int) []int {
	out := make([]int, len(cs))
	for i, c := range cs {
		out[i] = at(c)
	}
	return out
}

func mappedOrder(o []plan.SortKey, at func(int) int) []plan.SortKey {
	out := slices.Clone(o)
	for i := range out {
		out[i].Column = at(out[i].Column)
	}
	return out
}

// cheapest is the column to read where none is needed but rows are.
func cheapest(s types.Schema) int {
	best, rank := 0, 1<<30
	for i, f := range s {
		w := f.Type.Storage().Width()
		switch {
		case f.Type.IsNested():
			w = 1000
		case f.Type.Storage() == types.StoreBytes:
			w = 100
		}
		if w < rank {
			best, rank = i, w
		}
	}
	return best
}

// node is pruneNode for one parent.
func (pr *pruner) node(n logical.Node, d *need) (logical.Node, []*expr.Expr) {
	if len(d.paths) == 0 {
		if c, ok := n.(*logical.Calc); ok {
			return pr.pruneCalc(c, d)
		}
		d.columns(cheapest(n.Schema()))
	}
	switch t := n.(type) {
	case *logical.Scan:
		return pruneScan(t, d)
	case *logical.Values:
		return pruneValues(t, d)
	case *logical.Calc:
		return pr.pruneCalc(t, d)
	case *logical.Watermark:
		in := child(d, -1)
		in.columns(t.Column)
		in.exprs(t.Expr)
		m, at, f := pr.plain(t.Input, in)
		w := &logical.Watermark{Input: m, Column: at(t.Column), Expr: f.expr(t.Expr), IdleMillis: t.IdleMillis}
		return w, outputs(d, f, w)
	case *logical.Union:
		u := &logical.Union{}
		for _, c := range t.In {
			u.In = append(u.In, pr.columns(c, child(d, -1)))
		}
		return u, logical.Columns(u.Schema())
	case *logical.SetOp:
		return pr.pruneSetOp(t, d)
	case *logical.Expand:
		return pr.pruneExpand(t, d)
	case *logical.Aggregate:
		return pr.pruneAggregate(t, d)
	case *logical.WindowTVF:
		return pr.pruneTVF(t, d)
	case *logical.WindowAggregate:
		return pr.pruneWindowAggregate(t, d)
	case *logical.Rank:
		return pr.pruneRank(t, d)
	case *logical.Over:
		return pr.pruneOver(t, d)
	case *logical.Deduplicate:
		in := child(d, -1)
		in.columns(t.Keys...)
		in.columns(t.TimeColumn)
		m, at, f := pr.exact(t.Input, in)
		x := &logical.Deduplicate{Input: m, Keys: mapped(t.Keys, at), TimeColumn: at(t.TimeColumn), KeepLast: t.KeepLast}
		return x, outputs(d, f, x)
	case *logical.Join:
		return pr.pruneJoin(t, d)
	case *logical.Sort:
		in := child(d, -1)
		for _, o := range t.Order {
			in.columns(o.Column)
		}
		m, at, f := pr.exact(t.Input, in)
		x := &logical.Sort{Input: m, Order: mappedOrder(t.Order, at), Place: t.Place}
		return x, outputs(d, f, x)
	case *logical.Limit:
		m, _, f := pr.exact(t.Input, child(d, -1))
		x := &logical.Limit{Input: m, Offset: t.Offset, Count: t.Count}
		return x, outputs(d, f, x)
	case *logical.Unnest:
		return pr.pruneUnnest(t, d)
	default:
		panic(fmt.Sprintf("prune: no case for %T", n))
	}
}

// child is the part of a need that an input with columns below width has to deliver; width < 0: all of it.
func child(d *need, width int) *need {
	in := &need{}
	for _, p := range d.paths {
		if width < 0 || p.col < width {
			in.add(p)
		}
	}
	return in
}

// outputs are the needed paths over a node whose first columns are those of its input.
func outputs(d *need, f found, n logical.Node) []*expr.Expr {
	s := n.Schema()
	out := make([]*expr.Expr, len(d.paths))
	for i, p := range d.paths {
		x := f.path(p)
		out[i] = expr.NewColumn(x.Index, s[x.Index].Type)
	}
	return out
}

// field follows a path below a column.
func field(e *expr.Expr, fields []int) *expr.Expr {
	for _, i := range fields {
		if e.IsCall("ROW") && i < len(e.Args) {
			e = e.Args[i]
		} else {
			e = expr.NewField(e, i)
		}
	}
	return e
}

func (pr *pruner) pruneCalc(t *logical.Calc, d *need) (logical.Node, []*expr.Expr) {
	outs := make([]*expr.Expr, len(d.paths))
	for i, p := range d.paths {
		outs[i] = field(t.Exprs[p.col], p.fields)
	}
	in := &need{}
	in.exprs(outs...)
	if t.Filter != nil {
		in.exprs(t.Filter)
	}
	m, xs := pr.pruneNode(t.Input, in)
	f := found{in, xs}
	cheap := t.Filter == nil && len(outs) > 0
	for _, o := range outs {
		cheap = cheap && trivial(o)
	}
	c := &logical.Calc{Input: m, Filter: f.expr(t.Filter), Exprs: f.exprs(outs)}
	if cheap {
		for i, o := range c.Exprs {
			c.Exprs[i] = withType(o, outs[i].Type)
		}
		return m, c.Exprs
	}
	if len(c.Exprs) == 0 {
		c.Exprs, c.Names = []*expr.Expr{expr.NewBool(true)}, []string{"$one"}
		return c, nil
	}
	old := t.Schema()
	for _, p := range d.paths {
		c.Names = append(c.Names, pathName(old, p))
	}
	return c, logical.Columns(c.Schema())
}

func pruneValues(t *logical.Values, d *need) (logical.Node, []*expr.Expr) {
	v := &logical.Values{}
	for _, p := range d.paths {
		typ := t.Out[p.col].Type
		for _, i := range p.fields {
			typ = typ.Fields[i].Type
		}
		v.Out = append(v.Out, types.Field{Name: pathName(t.Out, p), Type: typ})
	}
	for _, r := range t.Rows {
		var row []*expr.Expr
		for _, p := range d.paths {
			row = append(row, field(r[p.col], p.fields))
		}
		v.Rows = append(v.Rows, row)
	}
	return v, logical.Columns(v.Out)
}

func (pr *pruner) pruneSetOp(t *logical.SetOp, d *need) (logical.Node, []*expr.Expr) {
	x := &logical.SetOp{Left: pr.prune(t.Left), Right: pr.prune(t.Right), Except: t.Except, All: t.All}
	s := x.Schema()
	out := make([]*expr.Expr, len(d.paths))
	for i, p := range d.paths {
		out[i] = field(expr.NewColumn(p.col, s[p.col].Type), p.fields)
	}
	return x, out
}

func (pr *pruner) pruneExpand(t *logical.Expand, d *need) (logical.Node, []*expr.Expr) {
	in := &need{}
	var cols []int
	at := map[int]int{}
	for _, p := range d.paths {
		if _, ok := at[p.col]; !ok {
			at[p.col] = len(cols)
			cols = append(cols, p.col)
		}
	}
	for _, row := range t.Projections {
		for _, c := range cols {
			in.exprs(row[c])
		}
	}
	m, xs := pr.pruneNode(t.Input, in)
	f := found{in, xs}
	x := &logical.Expand{Input: m, Out: t.Out.Project(cols)}
	for _, row := range t.Projections {
		var r []*expr.Expr
		for _, c := range cols {
			r = append(r, f.expr(row[c]))
		}
		x.Projections = append(x.Projections, r)
	}
	out := make([]*expr.Expr, len(d.paths))
	for i, p := range d.paths {
		out[i] = field(expr.NewColumn(at[p.col], t.Out[p.col].Type), p.fields)
	}
	return x, out
}

func (pr *pruner) pruneTVF(t *logical.WindowTVF, d *need) (logical.Node, []*expr.Expr) {
	width := len(t.Input.Schema())
	in := child(d, width)
	in.columns(t.Window.Column)
	in.columns(t.Keys...)
	m, at, f := pr.plain(t.Input, in)
	x := &logical.WindowTVF{Input: m, Window: t.Window, Keys: mapped(t.Keys, at), Place: t.Place}
	x.Window.Column = at(t.Window.Column)
	s := x.Schema()
	w := len(m.Schema())
	out := make([]*expr.Expr, len(d.paths))
	for i, p := range d.paths {
		c := w + p.col - width
		if p.col < width {
			c = f.path(p).Index
		}
		out[i] = expr.NewColumn(c, s[c].Type)
	}
	return x, out
}

func (pr *pruner) pruneRank(t *logical.Rank, d *need) (logical.Node, []*expr.Expr) {
	width := len(t.Input.Schema())
	in := child(d, width)
	in.columns(t.Keys...)
	for _, o := range t.Order {
		in.columns(o.Column)
	}
	if t.ToColumn >= 0 {
		in.columns(t.ToColumn)
	}
	if keys := logical.UniqueKeys(t.Input); len(keys) > 0 {
		in.columns(keys[0]...)
	}
	m, at, f := pr.exact(t.Input, in)
	x := *t
	x.Input, x.Keys, x.Order = m, mapped(t.Keys, at), mappedOrder(t.Order, at)
	if t.ToColumn >= 0 {
		x.ToColumn = at(t.ToColumn)
	}
	x.Number = t.Number && slices.ContainsFunc(d.paths, func(p path) bool { return p.col == width })
	s := x.Schema()
	out := make([]*expr.Expr, len(d.paths))
	for i, p := range d.paths {
		c := len(m.Schema())
		if p.col < width {
			c = f.path(p).Index
		}
		out[i] = expr.NewColumn(c, s[c].Type)
	}
	return &x, out
}

func (pr *pruner) pruneOver(t *logical.Over, d *need) (logical.Node, []*expr.Expr) {
	width := len(t.Input.Schema())
	in := child(d, width)
	x := *t
	x.Calls = nil
	number := make([]int, len(t.Calls)) // of each call that is read, among those
	for i, c := range t.Calls {
		if slices.ContainsFunc(d.paths, func(p path) bool { return p.col == width+i }) {
			number[i] = len(x.Calls)
			x.Calls = append(x.Calls, c)
		}
	}
	if len(x.Calls) == 0 {
		// No value is read, and the functions keep all rows.
		m, xs := pr.pruneNode(t.Input, in)
		f := found{in, xs}
		out := make([]*expr.Expr, len(d.paths))
		for i, p := range d.paths {
			out[i] = f.path(p)
		}
		return m, out
	}
	in.columns(t.Keys...)
	for _, c := range x.Calls {
		in.columns(c.Args...)
		for _, o := range c.OrderBy {
			in.columns(o.Column)
		}
	}
	for _, o := range t.Order {
		in.columns(o.Column)
	}
	m, at, f := pr.exact(t.Input, in)
	x.Input, x.Keys, x.Order = m, mapped(t.Keys, at), mappedOrder(t.Order, at)
	for i := range x.Calls {
		c := &x.Calls[i]
		c.Args, c.OrderBy = mapped(c.Args, at), mappedOrder(c.OrderBy, at)
	}
	s := x.Schema()
	out := make([]*expr.Expr, len(d.paths))
	for i, p := range d.paths {
		var c int
		if p.col < width {
			c = f.path(p).Index
		} else {
			c = len(m.Schema()) + number[p.col-width]
		}
		out[i] = expr.NewColumn(c, s[c].Type)
	}
	return &x, out
}

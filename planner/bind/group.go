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
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// group is the grouping of a block.
type group struct {
	keys     []*expr.Expr // over FROM and WHERE
	keyTypes []types.Type
	keyNames []string
	sets     [][]int // grouping sets over keys
	grouping bool    // more than one set
	window   *groupWindow
	aggs     []*aggCall
	// subValues are the sub-queries' results over the node while it is put together.
	subValues []*expr.Expr
	usesSetID bool
}

// aggCall is an aggregate call: arguments and filter over FROM and WHERE.
type aggCall struct {
	name        string // alias in the select list, if it stands there alone
	fn          string
	args        []*expr.Expr
	distinct    bool
	filter      *expr.Expr
	order       []*expr.Expr
	orderKeys   []plan.SortKey
	ignoreNulls bool
	typ         types.Type
}

// groupWindow is TUMBLE, HOP or SESSION in GROUP BY.
type groupWindow struct {
	name   string
	time   *expr.Expr
	window plan.Window
	pos    int
}

// groupBy binds GROUP BY and finds the grouping sets.
func (bl *block) groupBy() error {
	bl.group = &group{}
	if bl.sel.GroupBy == nil {
		bl.sets = [][]int{{}}
		return nil
	}
	sets := [][]int{{}}
	for _, it := range bl.sel.GroupBy.Items {
		part, err := bl.groupItem(it, false)
		if err != nil {
			return err
		}
		var product [][]int
		for _, a := range sets {
			for _, p := range part {
				product = append(product, union(a, p))
			}
		}
		sets = product
	}
	bl.sets = sets
	if bl.sel.GroupBy.Distinct {
		var uniq [][]int
		for _, s := range sets {
			if !slices.ContainsFunc(uniq, func(o []int) bool { return slices.Equal(o, s) }) {
				uniq = append(uniq, s)
			}
		}
		bl.sets = uniq
	}
	bl.grouping = len(bl.sets) > 1
	bl.keyTypes = make([]types.Type, len(bl.keys))
	for i, k := range bl.keys {
		t := k.Type
		for _, s := range bl.sets {
			if !slices.Contains(s, i) {
				t = t.AsNullable()
			}
		}
		bl.keyTypes[i] = t
	}
	if bl.grouping && bl.window != nil {
		return unsupported(bl.sel.GroupBy.Pos(), "a group window with GROUPING SETS")
	}
	return nil
}

func union(a, b []int) []int {
	out := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	slices.Sort(out)
	return out
}

// groupItem returns the sets that an item stands for.
func (bl *block) groupItem(it ast.GroupItem, nested bool) ([][]int, error) {
	if it.Kind == ast.GroupExprs {
		set, err := bl.groupKeys(it.Exprs)
		return [][]int{set}, err
	}
	if nested {
		return nil, sqlerr.New(sqlerr.Unsupported, it.Pos(), "CUBE, ROLLUP and GROUPING SETS inside GROUPING SETS are not supported")
	}
	var parts [][]int
	for _, sub := range it.Items {
		p, err := bl.groupItem(sub, true)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p...)
	}
	switch it.Kind {
	case ast.GroupSets:
		return parts, nil
	case ast.GroupRollup:
		var out [][]int
		for n := len(parts); n >= 0; n-- {
			var set []int
			for _, p := range parts[:n] {
				set = union(set, p)
			}
			out = append(out, set)
		}
		return out, nil
	default:
		if len(parts) > 12 {
			return nil, invalid(it.Pos(), "CUBE over %d elements has too many sets", len(parts))
		}
		var out [][]int
		for mask := 1<<len(parts) - 1; mask >= 0; mask-- {
			var set []int
			for i, p := range parts {
				if mask&(1<<(len(parts)-1-i)) != 0 {
					set = union(set, p)
				}
			}
			out = append(out, set)
		}
		return out, nil
	}
}

// groupKeys binds grouping expressions and returns their numbers.
func (bl *block) groupKeys(xs []ast.Expr) ([]int, error) {
	var set []int
	s := *bl.s
	s.Where = "in GROUP BY"
	for _, x := range xs {
		if c, ok := x.(*ast.Call); ok && isGroupWindow(c) {
			if bl.window != nil {
				return nil, invalid(x.Pos(), "only one window in GROUP BY is supported")
			}
			w, err := bl.bindWindow(c)
			if err != nil {
				return nil, err
			}
			bl.window = w
			continue
		}
		e, err := s.bind(x)
		if err != nil {
			return nil, err
		}
		bl.s.node = s.node
		if e.Kind == expr.Literal && isNumber(x) {
			// A number is a constant here, not a position.
			continue
		}
		at := slices.IndexFunc(bl.keys, func(k *expr.Expr) bool { return expr.Equal(k, e) })
		if at < 0 {
			at = len(bl.keys)
			bl.keys = append(bl.keys, e)
			name := "$f" + strconv.Itoa(at)
			if n, ok := x.(*ast.Name); ok {
				name = n.Parts[len(n.Parts)-1].Name
			}
			bl.keyNames = append(bl.keyNames, name)
		}
		set = union(set, []int{at})
	}
	return set, nil
}

func isNumber(x ast.Expr) bool {
	l, ok := x.(*ast.Literal)
	return ok && l.Kind == ast.IntegerLit
}

// keyColumn is the grouping key that e is, or nil.
func (bl *block) keyColumn(e *expr.Expr) *expr.Expr {
	for i, k := range bl.keys {
		if expr.Equal(k, e) {
			return expr.NewColumn(keyBase+i, bl.keyTypes[i])
		}
	}
	return nil
}

func (bl *block) notGrouped(pos int, name string) error {
	return invalid(pos, "expression '%s' is not being grouped", name)
}

// groupScope is what the select list of a grouped block sees.
type groupScope struct {
	*scope
	bl *block
}

// Column prefers grouping keys; other columns are kept for grouping expressions that contain them and refused later.
func (s *groupScope) Column(path []ast.Ident) (*expr.Expr, int, error) {
	e, used, err := s.scope.Column(path)
	if used > 0 && err == nil {
		if k := s.bl.keyColumn(e); k != nil {
			return k, used, nil
		}
		c := *e
		c.Pos = path[0].Pos()
		e = &c
	}
	return e, used, err
}

// Intercept recognises grouping expressions that are not plain columns.
func (s *groupScope) Intercept(x ast.Expr) (*expr.Expr, error) {
	switch x.(type) {
	case *ast.Literal, *ast.Name, *ast.Subquery, *ast.Exists, *ast.In, *ast.Quantified:
		return nil, nil
	}
	computed := false
	for _, k := range s.bl.keys {
		computed = computed || k.Kind != expr.Column
	}
	if !computed || hasSubquery(x) {
		return nil, nil
	}
	raw := *s.bl.s
	raw.call = nil
	e, err := scalar.Bind(x, &raw, s.bl.b.cfg.Env)
	if err != nil {
		return nil, nil //nolint:nilerr // no expression of the input, so no key: it is bound over the groups, which says what is wrong
	}
	return s.bl.keyColumn(e), nil
}

// Subquery binds a sub-query that is joined to the groups.
func (s *groupScope) Subquery(q scalar.Subquery) (*expr.Expr, error) {
	p, err := s.bl.b.prepare(q, s)
	if err != nil {
		return nil, err
	}
	s.bl.subs = append(s.bl.subs, p)
	return expr.NewColumn(subBase+len(s.bl.subs)-1, p.typ), nil
}

// Call of a grouped block.
func (s *groupScope) Call(c scalar.Call) (*expr.Expr, error) {
	if c.Over() {
		return s.bl.over(c, s)
	}
	return s.bl.call(c)
}

// call binds aggregates, GROUPING and the properties of a window.
func (bl *block) call(c scalar.Call) (*expr.Expr, error) {
	switch c.Func.Class {
	case function.Aggregate:
		return bl.aggregate(c)
	case function.Grouping:
		return bl.groupingCall(c)
	case function.GroupWindow:
		return bl.windowProperty(c)
	case function.Ranking:
		return nil, invalid(c.Pos(), "%s needs an OVER clause", c.Func.Name)
	}
	return bl.s.NoScope.Call(c)
}

// aggregate binds an aggregate call.
func (bl *block) aggregate(c scalar.Call) (*expr.Expr, error) {
	inner := bl.s.with(func(in scalar.Call) (*expr.Expr, error) {
		if in.Func.Class == function.Aggregate && !in.Over() {
			return nil, invalid(in.Pos(), "aggregate expressions cannot be nested")
		}
		return nil, invalid(in.Pos(), "%s is not allowed inside an aggregate", in.Func.Name)
	})
	m := c.Modifiers
	nullable := len(bl.keys) == 0 && bl.window == nil || m.Filter != nil
	ac, err := scalar.BindAggregate(c, inner, bl.b.cfg.Env, nullable)
	if err != nil {
		return nil, err
	}
	if m.Distinct && ac.Func.Name == "COUNT" && len(ac.Args) > 1 {
		return nil, sqlerr.New(sqlerr.Unsupported, c.Pos(), "COUNT(DISTINCT ...) of more than one column is not supported")
	}
	a := &aggCall{fn: ac.Func.Name, args: ac.Args, distinct: m.Distinct, typ: ac.Type, ignoreNulls: ignoresNulls(c)}
	if m.Filter != nil {
		if a.filter, err = scalar.BindCondition(m.Filter, inner, bl.b.cfg.Env, "FILTER"); err != nil {
			return nil, err
		}
	}
	for _, o := range m.WithinGroup {
		e, err := scalar.Bind(o.X, inner, bl.b.cfg.Env)
		if err != nil {
			return nil, err
		}
		a.order = append(a.order, e)
		a.orderKeys = append(a.orderKeys, sortKey(0, o))
	}
	bl.s.node = inner.node
	for i, o := range bl.aggs {
		if o.equal(a) {
			return expr.NewColumn(aggBase+i, a.typ), nil
		}
	}
	bl.aggs = append(bl.aggs, a)
	return expr.NewColumn(aggBase+len(bl.aggs)-1, a.typ), nil
}

// ignoresNulls tells how a call treats NULLs: JSON aggregates by their NULL ON NULL clause, ARRAY_AGG keeps them unless told otherwise.
func ignoresNulls(c scalar.Call) bool {
	switch n := c.Node.(type) {
	case *ast.JSONObject:
		return n.Nulls == ast.AbsentOnNull
	case *ast.JSONArray:
		return n.Nulls != ast.NullOnNull
	}
	switch c.Modifiers.Nulls {
	case ast.RespectNulls:
		return false
	case ast.IgnoreNulls:
		return true
	}
	return c.Func.Name != "ARRAY_AGG"
}

func (a *aggCall) equal(o *aggCall) bool {
	return a.fn == o.fn && a.distinct == o.distinct && a.ignoreNulls == o.ignoreNulls && a.typ.Equal(o.typ) && expr.Equal(a.filter, o.filter) &&
		slices.EqualFunc(a.args, o.args, expr.Equal) && slices.EqualFunc(a.order, o.order, expr.Equal) && slices.Equal(a.orderKeys, o.orderKeys)
}

// groupingCall is GROUPING, GROUPING_ID or GROUP_ID.
func (bl *block) groupingCall(c scalar.Call) (*expr.Expr, error) {
	typ := types.BigIntType().AsNotNull()
	value := func(of func(set int) int64) *expr.Expr {
		if !bl.grouping {
			return expr.NewLiteral(of(0), typ)
		}
		bl.usesSetID = true
		id := expr.NewColumn(keyBase+len(bl.keys), typ)
		args := []*expr.Expr{}
		for i := 0; i < len(bl.sets)-1; i++ {
			eq := expr.NewCall("=", types.BooleanType().AsNotNull(), id, expr.NewLiteral(int64(i), typ))
			args = append(args, eq, expr.NewLiteral(of(i), typ))
		}
		return expr.NewCall("CASE", typ, append(args, expr.NewLiteral(of(len(bl.sets)-1), typ))...)
	}
	if c.Func.Name == "GROUP_ID" {
		return value(func(set int) int64 {
			n := int64(0)
			for _, s := range bl.sets[:set] {
				if slices.Equal(s, bl.sets[set]) {
					n++
				}
			}
			return n
		}), nil
	}
	if len(c.Args) == 0 {
		return nil, invalid(c.Pos(), "invalid number of arguments to function '%s': at least 1 is expected", c.Func.Name)
	}
	var at []int
	for _, x := range c.Args {
		e, err := scalar.Bind(x, bl.s, bl.b.cfg.Env)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(bl.keys, func(k *expr.Expr) bool { return expr.Equal(k, e) })
		if i < 0 {
			return nil, invalid(x.Pos(), "argument to %s operator must be a grouped expression", c.Func.Name)
		}
		at = append(at, i)
	}
	return value(func(set int) int64 {
		bits := int64(0)
		for _, i := range at {
			bits <<= 1
			if !slices.Contains(bl.sets[set], i) {
				bits |= 1
			}
		}
		return bits
	}), nil
}

// resolve replaces numbers of keys, aggregates and so on by positions in the grouped node.
func (bl *block) resolve(e *expr.Expr) (*expr.Expr, error) {
	var fail error
	nk := len(bl.keys)
	extra := 0
	if bl.grouping {
		extra = 1
	}
	var walk func(e *expr.Expr) *expr.Expr
	walk = func(e *expr.Expr) *expr.Expr {
		if k := bl.keyColumn(e); k != nil {
			e = k
		}
		if e.Kind != expr.Column {
			if len(e.Args) == 0 {
				return e
			}
			c := *e
			c.Args = make([]*expr.Expr, len(e.Args))
			for i, a := range e.Args {
				c.Args[i] = walk(a)
			}
			return &c
		}
		switch i := e.Index; {
		case i >= outerBase || i >= overBase && i < subBase:
			return e
		case i >= windowBase:
			return expr.NewColumn(nk+len(bl.aggs)+i-windowBase, e.Type)
		case i >= subBase:
			if v := bl.subValues[i-subBase]; v != nil {
				return v
			}
			return e
		case i >= aggBase:
			return expr.NewColumn(nk+extra+i-aggBase, e.Type)
		case i >= keyBase:
			return expr.NewColumn(i-keyBase, e.Type)
		}
		if fail == nil {
			fail = bl.notGrouped(e.Pos, bl.columnName(e.Index))
		}
		return e
	}
	out := walk(e)
	return out, fail
}

func (bl *block) columnName(i int) string {
	for _, r := range bl.s.rels {
		for _, c := range r.cols {
			if c.index == i {
				return c.name
			}
		}
	}
	return "$" + strconv.Itoa(i)
}

// groupNode builds the operators of the grouping: a projection of keys and arguments, perhaps one row for each grouping set, the aggregation.
func (bl *block) groupNode() (logical.Node, error) {
	var xs []*expr.Expr
	var names []string
	column := func(e *expr.Expr, name string, from int) int {
		for i := from; i < len(xs); i++ {
			if expr.Equal(xs[i], e) {
				return i
			}
		}
		xs = append(xs, e)
		names = append(names, name)
		return len(xs) - 1
	}
	keys := make([]int, len(bl.keys))
	for i, k := range bl.keys {
		keys[i] = column(k, bl.keyNames[i], 0)
	}
	from := 0
	if bl.grouping {
		from = len(xs) // arguments are not set to NULL with the keys
	}
	if bl.window != nil {
		bl.window.window.Column = column(bl.window.time, "$time", 0)
	}
	var aggs []logical.Agg
	for i, a := range bl.aggs {
		p := plan.Agg{Func: a.fn, Distinct: a.distinct, Filter: -1, Type: a.typ.WithAttribute(types.NoTime), IgnoreNulls: a.ignoreNulls}
		for _, x := range a.args {
			p.Args = append(p.Args, column(x, "$f"+strconv.Itoa(len(xs)), from))
		}
		if a.filter != nil {
			p.Filter = column(a.filter, "$f"+strconv.Itoa(len(xs)), from)
		}
		for j, x := range a.order {
			k := a.orderKeys[j]
			k.Column = column(x, "$f"+strconv.Itoa(len(xs)), from)
			p.OrderBy = append(p.OrderBy, k)
		}
		name := a.name
		if name == "" {
			name = "EXPR$" + strconv.Itoa(i)
		}
		aggs = append(aggs, logical.Agg{Agg: p, Name: name})
	}
	var n logical.Node = logical.NewCalc(bl.s.node, nil, xs, names)
	if bl.window != nil {
		w := bl.window.window
		emit, err := bl.b.emit(w, bl.sel.GroupBy.Pos())
		if err != nil {
			return nil, err
		}
		return &logical.WindowAggregate{
			Input: n, Window: w, Keys: keys, Aggs: aggs, Legacy: true, Emit: emit, Time: bl.window.time.Type,
			Columns: []plan.WindowColumn{plan.WindowStart, plan.WindowEnd, plan.WindowTime}, Names: []string{"w$start", "w$end", "w$rowtime"},
			Place: bl.b.place(bl.window.pos),
		}, nil
	}
	if bl.grouping {
		n = bl.expand(n, keys)
		keys = append(keys, len(xs))
	} else if len(bl.sets) == 1 && len(bl.sets[0]) < len(bl.keys) {
		keys = append(keys[:0], bl.sets[0]...)
	}
	return &logical.Aggregate{Input: n, Keys: keys, Aggs: aggs, TTL: bl.b.hintTTL(bl.s)}, nil
}

// expand repeats each row for each grouping set, with the keys outside of the set NULL and the number of the set at the end.
func (bl *block) expand(in logical.Node, keys []int) logical.Node {
	s := in.Schema()
	idType := types.BigIntType().AsNotNull()
	ex := &logical.Expand{Input: in}
	for set, members := range bl.sets {
		row := logical.Columns(s)
		for i, k := range keys {
			if !slices.Contains(members, i) {
				row[k] = expr.NewNull(s[k].Type.WithAttribute(types.NoTime))
			}
		}
		ex.Projections = append(ex.Projections, append(row, expr.NewLiteral(int64(set), idType)))
	}
	for i, f := range s {
		t := f.Type.WithAttribute(types.NoTime)
		for k, c := range keys {
			if c == i {
				t = bl.keyTypes[k].WithAttribute(types.NoTime)
			}
		}
		ex.Out = append(ex.Out, types.Field{Name: f.Name, Type: t})
	}
	ex.Out = append(ex.Out, types.Field{Name: "$e", Type: idType})
	return ex
}

package bind

import (
	"strings"

	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/planner/plan"
	"millrace/planner/scalar"
	"millrace/sql/ast"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// windowKind is the kind of a window function; "" for other functions.
func windowKind(name string) plan.WindowKind {
	switch name {
	case "TUMBLE":
		return plan.Tumble
	case "HOP":
		return plan.Hop
	case "CUMULATE":
		return plan.Cumulate
	case "SESSION":
		return plan.Session
	}
	return ""
}

// isWindowFunction tells whether a call in FROM is TUMBLE, HOP, CUMULATE or SESSION.
func isWindowFunction(c *ast.Call) bool {
	return len(c.Name.Parts) == 1 && windowKind(strings.ToUpper(c.Name.Last())) != ""
}

// isGroupWindow tells whether a call in GROUP BY is a window.
func isGroupWindow(c *ast.Call) bool { return isWindowFunction(c) && c.Over == nil }

// windowArgs are the named arguments of the window functions, in order, the optional offset last.
func windowArgs(k plan.WindowKind) []string {
	switch k {
	case plan.Hop:
		return []string{"DATA", "TIMECOL", "SLIDE", "SIZE", "OFFSET"}
	case plan.Cumulate:
		return []string{"DATA", "TIMECOL", "STEP", "SIZE", "OFFSET"}
	case plan.Session:
		return []string{"DATA", "TIMECOL", "GAP"}
	default:
		return []string{"DATA", "TIMECOL", "SIZE", "OFFSET"}
	}
}

// tableFunc binds a window function in FROM.
func (b *Binder) tableFunc(r *ast.TableFunc, f *frame) (*scope, error) {
	if r.Sample != nil {
		return nil, unsupported(r.Sample.Pos(), "TABLESAMPLE")
	}
	if !isWindowFunction(r.Call) {
		return nil, unsupported(r.Pos(), "the table function "+r.Call.Name.String())
	}
	name := strings.ToUpper(r.Call.Name.Last())
	kind := windowKind(name)
	args, err := orderArgs(r.Call, name, windowArgs(kind))
	if err != nil {
		return nil, err
	}
	in, sc, keys, err := b.windowInput(args[0], name, kind, f)
	if err != nil {
		return nil, err
	}
	tvf := &logical.WindowTVF{Input: in, Keys: keys, Place: b.place(r.Call.Pos())}
	tvf.Window.Kind = kind
	if tvf.Window.Column, err = b.timeColumn(args[1], name, in.Schema()); err != nil {
		return nil, err
	}
	var lengths []int64
	for _, a := range args[2:] {
		if a == nil {
			break
		}
		ms, err := b.interval(a, sc, name)
		if err != nil {
			return nil, err
		}
		lengths = append(lengths, ms)
	}
	if err := b.windowLengths(r.Pos(), name, &tvf.Window, lengths); err != nil {
		return nil, err
	}
	t := in.Schema()[tvf.Window.Column].Type
	tvf.Window.ProcTime = t.Attribute == types.ProcTime
	if t.Kind == types.TimestampLTZ {
		tvf.Window.Zone = b.zone()
	}
	rel := relationOf(tvf.Schema(), "", nil)
	if err := applyAlias(rel, r.Alias); err != nil {
		return nil, err
	}
	return &scope{b: b, node: tvf, rels: []*relation{rel}, frame: f}, nil
}

func (b *Binder) zone() string {
	if b.cfg.Env.Zone == nil {
		return "UTC"
	}
	return b.cfg.Env.Zone.String()
}

// orderArgs puts positional or named arguments into their order.
func orderArgs(c *ast.Call, name string, names []string) ([]ast.Expr, error) {
	required := len(names)
	if names[len(names)-1] == "OFFSET" {
		required--
	}
	out := make([]ast.Expr, len(names))
	named := 0
	for i, a := range c.Args {
		na, ok := a.(*ast.NamedArg)
		if !ok {
			if named > 0 {
				return nil, invalid(a.Pos(), "%s: positional and named arguments cannot be mixed", name)
			}
			if i >= len(names) {
				return nil, invalid(c.Pos(), "invalid number of arguments to function '%s': was expecting %d arguments", name, required)
			}
			out[i] = a
			continue
		}
		if named != i {
			return nil, invalid(a.Pos(), "%s: positional and named arguments cannot be mixed", name)
		}
		named++
		at := -1
		for j, n := range names {
			if equalFold(n, na.Name.Name) {
				at = j
			}
		}
		if at < 0 || out[at] != nil {
			return nil, hint(invalid(a.Pos(), "%s has no argument %s", name, na.Name.Name), na.Name.Name, names)
		}
		out[at] = na.X
	}
	for _, a := range out[:required] {
		if a == nil {
			return nil, invalid(c.Pos(), "invalid number of arguments to function '%s': was expecting %d arguments", name, required)
		}
	}
	return out, nil
}

// windowInput binds the table argument.
func (b *Binder) windowInput(a ast.Expr, name string, kind plan.WindowKind, f *frame) (logical.Node, *scope, []int, error) {
	var n logical.Node
	var err error
	alias := ""
	var partition []ast.Expr
	switch t := a.(type) {
	case *ast.TableArg:
		partition = t.PartitionBy
		if t.Query != nil {
			n, err = b.query(t.Query, f, false)
		} else {
			n, _, err = b.table(t.Table, t.Hints)
			alias = t.Table.Last()
		}
		if t.Alias != nil {
			alias = t.Alias.Name.Name
		}
	case *ast.Subquery:
		n, err = b.query(t.Query, f, false)
	default:
		return nil, nil, nil, invalid(a.Pos(), "%s wants a table as its first argument: TABLE t or (query)", name)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	sc := b.newScope(n, alias, f)
	if len(partition) > 0 && kind != plan.Session {
		return nil, nil, nil, invalid(partition[0].Pos(), "PARTITION BY is not allowed for %s, only for SESSION", name)
	}
	var keys []int
	for _, p := range partition {
		e, err := sc.bind(p)
		if err != nil {
			return nil, nil, nil, err
		}
		if e.Kind != expr.Column || e.Index >= keyBase {
			return nil, nil, nil, invalid(p.Pos(), "PARTITION BY of %s wants columns", name)
		}
		keys = append(keys, e.Index)
	}
	return n, sc, keys, nil
}

// timeColumn finds the column of DESCRIPTOR.
func (b *Binder) timeColumn(a ast.Expr, name string, s types.Schema) (int, error) {
	d, ok := a.(*ast.Descriptor)
	if !ok || len(d.Columns) == 0 {
		return 0, invalid(a.Pos(), "%s wants DESCRIPTOR(column) as its second argument", name)
	}
	id := d.Columns[0].Name
	at := s.Index(id.Name)
	if at < 0 {
		return 0, hint(sqlerr.New(sqlerr.UnknownName, id.Pos(), "unknown identifier '%s'", id.Name), id.Name, s.Names())
	}
	t := s[at].Type
	if !t.IsTimestamp() {
		return 0, sqlerr.New(sqlerr.Type, id.Pos(), "the window function %s requires the timecol to be TIMESTAMP or TIMESTAMP_LTZ, but is %s", name, t)
	}
	if !b.cfg.Batch && t.Attribute == types.NoTime {
		return 0, sqlerr.New(sqlerr.Validation, id.Pos(), "the window function requires the timecol is a time attribute type, but is %s", t).WithHint(
			"declare a WATERMARK for the column, and pass it on unchanged")
	}
	return at, nil
}

// interval computes a constant interval in milliseconds.
func (b *Binder) interval(a ast.Expr, sc scalar.Scope, name string) (int64, error) {
	e, err := scalar.Bind(a, sc, b.cfg.Env)
	if err != nil {
		return 0, err
	}
	if e.Type.Kind == types.IntervalYearMonth {
		return 0, sqlerr.New(sqlerr.Unsupported, a.Pos(), "windows only support SECOND, MINUTE, HOUR, DAY as the time unit; MONTH and YEAR are not supported")
	}
	if e.Type.Kind != types.IntervalDayTime {
		return 0, sqlerr.New(sqlerr.Type, a.Pos(), "%s wants an interval here, not %s", name, e.Type)
	}
	if e.Kind != expr.Literal {
		if len(expr.Columns(e)) > 0 {
			return 0, invalid(a.Pos(), "%s wants constant intervals", name)
		}
		if e, err = b.fold(e); err != nil {
			return 0, err
		}
	}
	ms, ok := e.Value.(int64)
	if !ok {
		return 0, invalid(a.Pos(), "%s wants constant intervals", name)
	}
	return ms, nil
}

// windowLengths checks the lengths of a window function and sets them.
func (b *Binder) windowLengths(pos int, name string, w *plan.Window, l []int64) error {
	var offset []int64
	switch w.Kind {
	case plan.Tumble:
		w.Size, offset = l[0], l[1:]
	case plan.Session:
		w.Size = l[0]
	default:
		w.Slide, w.Size, offset = l[0], l[1], l[2:]
	}
	if w.Size <= 0 || w.Slide < 0 || w.Kind != plan.Tumble && w.Kind != plan.Session && w.Slide == 0 {
		return invalid(pos, "%s: the lengths of windows must be positive", name)
	}
	if w.Kind == plan.Cumulate && w.Size%w.Slide != 0 {
		return invalid(pos, "CUMULATE requires maxSize to be an integral multiple of step, but got maxSize %d ms and step %d ms", w.Size, w.Slide)
	}
	if len(offset) > 0 {
		w.Offset = offset[0]
		if w.Kind == plan.Tumble && abs(w.Offset) >= w.Size {
			return invalid(pos, "TUMBLE parameters must satisfy abs(offset) < size, but got size %d ms and offset %d ms", w.Size, w.Offset)
		}
	}
	if w.Kind == plan.Session && b.cfg.Batch {
		return sqlerr.New(sqlerr.Unsupported, pos, "SESSION windows are not supported in batch mode")
	}
	return nil
}

func abs(n int64) int64 { return max(n, -n) }

// bindWindow binds TUMBLE, HOP or SESSION of GROUP BY.
func (bl *block) bindWindow(c *ast.Call) (*groupWindow, error) {
	name := strings.ToUpper(c.Name.Last())
	w := &groupWindow{name: name, pos: c.Pos()}
	w.window.Kind = windowKind(name)
	lengths := 1
	switch w.window.Kind {
	case plan.Cumulate:
		return nil, invalid(c.Pos(), "CUMULATE cannot stand in GROUP BY")
	case plan.Hop:
		lengths = 2
	}
	if len(c.Args) == lengths+2 {
		return nil, sqlerr.New(sqlerr.Unsupported, c.Args[lengths+1].Pos(), "%s window with alignment is not supported", name)
	}
	if len(c.Args) != lengths+1 {
		return nil, invalid(c.Pos(), "invalid number of arguments to function '%s': was expecting %d arguments", name, lengths+1)
	}
	var err error
	if w.time, err = bl.s.bind(c.Args[0]); err != nil {
		return nil, err
	}
	t := w.time.Type
	if !t.IsTimestamp() {
		return nil, sqlerr.New(sqlerr.Type, c.Args[0].Pos(), "%s wants a TIMESTAMP or TIMESTAMP_LTZ, not %s", name, t)
	}
	if w.time.IsCall("PROCTIME") {
		t = t.WithAttribute(types.ProcTime)
	}
	if !bl.b.cfg.Batch && (t.Attribute == types.NoTime || w.time.Kind == expr.Call && t.Attribute != types.ProcTime) {
		return nil, invalid(c.Args[0].Pos(), "window aggregate can only be defined over a time attribute column, but %s encountered",
			t.WithAttribute(types.NoTime))
	}
	var l []int64
	for _, a := range c.Args[1:] {
		ms, err := bl.b.interval(a, bl.s, name)
		if err != nil {
			return nil, err
		}
		l = append(l, ms)
	}
	if w.window.Kind == plan.Hop {
		w.window.Slide, w.window.Size = l[0], l[1]
	} else {
		w.window.Size = l[0]
	}
	if w.window.Size <= 0 || w.window.Kind == plan.Hop && w.window.Slide <= 0 {
		return nil, invalid(c.Pos(), "%s: the lengths of windows must be positive", name)
	}
	w.window.ProcTime = t.Attribute == types.ProcTime
	if t.Kind == types.TimestampLTZ {
		w.window.Zone = bl.b.zone()
	}
	return w, nil
}

// windowProperty binds TUMBLE_START and its like.
func (bl *block) windowProperty(c scalar.Call) (*expr.Expr, error) {
	name, prop, ok := strings.Cut(c.Func.Name, "_")
	if !ok {
		return nil, invalid(c.Pos(), "group function '%s' can only appear in GROUP BY clause", c.Func.Name)
	}
	if bl.window == nil || bl.window.name != name {
		return nil, invalid(c.Pos(), "call to auxiliary group function '%s' must have matching call to group function '%s' in GROUP BY clause", c.Func.Name, name)
	}
	call := &ast.Call{At: ast.At(c.Pos()), Name: ast.Path{At: ast.At(c.Pos()), Parts: []ast.Ident{{Name: name}}}, Args: c.Args}
	w, err := bl.bindWindow(call)
	if err != nil {
		return nil, err
	}
	o := w.window
	o.Column = bl.window.window.Column
	if o != bl.window.window || !expr.Equal(w.time, bl.window.time) {
		return nil, invalid(c.Pos(), "call to auxiliary group function '%s' must have matching call to group function '%s' in GROUP BY clause", c.Func.Name, name)
	}
	switch prop {
	case "START":
		return expr.NewColumn(windowBase, logical.BoundType()), nil
	case "END":
		return expr.NewColumn(windowBase+1, logical.BoundType()), nil
	case "ROWTIME", "PROCTIME":
		return expr.NewColumn(windowBase+2, logical.TimeType(w.time.Type).AsNullable()), nil
	default:
		return nil, unsupported(c.Pos(), c.Func.Name)
	}
}

package bind

import (
	"maps"
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

// capabilities asks the connector of a table. Its errors get the place of the table's name.
func (b *Binder) capabilities(pos int, name string, t *catalog.Table, options map[string]string) (*logical.Table, error) {
	lt := &logical.Table{Name: name, Connector: options["connector"], Options: options, Physical: t.PhysicalSchema(), Partition: t.Partition}
	if t.Key != nil {
		lt.Key = t.Key.Columns
	}
	if options["connector"] == "" {
		return nil, sqlerr.New(sqlerr.InvalidOption, pos, "table %s: the options do not contain the key 'connector'", name)
	}
	asked := Table{Name: name, Options: options, Schema: lt.Physical, Key: lt.Key, Partition: t.Partition, Batch: b.cfg.Batch}
	caps, err := b.cfg.Connectors.Capabilities(asked)
	if err != nil {
		e := sqlerr.New(sqlerr.InvalidOption, pos, "table %s: %s", name, err.Error())
		e.Err = err
		return nil, e
	}
	lt.Caps = caps
	if f, ok := b.cfg.Connectors.(FilterConnectors); ok && caps.Filter {
		lt.Accept = func(columns []plan.SourceColumn, e *expr.Expr) bool { return f.AcceptFilter(asked, columns, e) }
	}
	if w, ok := b.cfg.Connectors.(WatermarkConnectors); ok && caps.Watermark {
		lt.AcceptWatermark = func(columns []plan.SourceColumn, m *plan.Watermark) bool { return w.AcceptWatermark(asked, columns, m) }
	}
	return lt, nil
}

// deadLetter finds the table that takes the records of another table that cannot be read.
func (b *Binder) deadLetter(pos int, lt *logical.Table) (*plan.Sink, error) {
	if !equalFold(lt.Options["malformed"], "dead-letter") {
		return nil, nil
	}
	text := lt.Options["malformed.table"]
	if text == "" {
		return nil, sqlerr.New(sqlerr.InvalidOption, pos, "table %s: 'malformed' = 'dead-letter' needs the option 'malformed.table'", lt.Name)
	}
	path := ast.Path{At: ast.At(pos)}
	for part := range strings.SplitSeq(text, ".") {
		path.Parts = append(path.Parts, ast.Ident{At: ast.At(pos), Name: strings.Trim(part, "`")})
	}
	name, err := b.cfg.Catalog.Qualify(b.cfg.Session, path)
	if err != nil {
		return nil, err
	}
	t, err := b.cfg.Catalog.Lookup(pos, name)
	if err != nil {
		return nil, err
	}
	if t.IsView() {
		return nil, invalid(pos, "dead-letter table %s is a view", name)
	}
	dl, err := b.capabilities(pos, name.String(), t, tableOptions(t, nil))
	if err != nil {
		return nil, err
	}
	if !dl.Caps.Sink {
		return nil, sqlerr.New(sqlerr.InvalidOption, pos, "dead-letter table %s: connector '%s' cannot be written", name, dl.Connector)
	}
	return &plan.Sink{Table: name.String(), Connector: dl.Connector, Options: dl.Options, Schema: dl.Physical, Partition: t.Partition}, nil
}

// tableOptions are the options of a table with those of an OPTIONS hint.
func tableOptions(t *catalog.Table, hints []ast.Hint) map[string]string {
	out := maps.Clone(t.Options)
	if out == nil {
		out = map[string]string{}
	}
	for _, h := range hints {
		if h.Name == "OPTIONS" {
			for _, o := range h.Options {
				out[o.Key] = o.Value
			}
		}
	}
	return out
}

// scan reads a table: the columns it stores, then computed columns, then the watermark.
func (b *Binder) scan(pos int, name catalog.Name, t *catalog.Table, hints []ast.Hint) (logical.Node, error) {
	opts := tableOptions(t, hints)
	lt, err := b.capabilities(pos, name.String(), t, opts)
	if err != nil {
		return nil, err
	}
	if !lt.Caps.Source {
		return nil, sqlerr.New(sqlerr.InvalidOption, pos, "connector '%s' can only be used as a sink, table %s cannot be read", lt.Connector, name)
	}
	if b.cfg.Batch && !lt.Caps.Bounded {
		return nil, invalid(pos, "querying the unbounded table '%s' in batch mode is not allowed", name).WithHint(
			"SET 'execution.runtime-mode' = 'streaming'")
	}
	if b.cfg.Batch && lt.Caps.SourceMode.IsUpdating() {
		return nil, invalid(pos, "querying table '%s' in batch mode is not allowed: it delivers updates", name)
	}
	if lt.DeadLetter, err = b.deadLetter(pos, lt); err != nil {
		return nil, err
	}
	if lt.Caps.SourceMode.HasUpdateBefore() && equalFold(b.cfg.Setting("table.exec.source.cdc-events-duplicate", "false"), "true") {
		if len(lt.Key) == 0 {
			return nil, invalid(pos, "'table.exec.source.cdc-events-duplicate' is enabled, which requires changelog sources to define a PRIMARY KEY; table '%s' has none", name)
		}
		lt.Caps.SourceMode = plan.Upsert // repeated events are removed as those of an upsert source are completed
	}
	scan := &logical.Scan{Table: lt}
	sc := &scope{NoScope: scalar.NoScope{Where: "in a computed column"}, b: b}
	rel := &relation{alias: name.Object, path: []string{name.Catalog, name.Database, name.Object}}
	out := make([]*expr.Expr, len(t.Columns))
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.Kind == catalog.Computed {
			continue
		}
		sc1 := plan.SourceColumn{Name: c.Name, Type: c.Type}
		at := len(scan.Columns)
		x := expr.NewColumn(at, c.Type)
		if c.Kind == catalog.Metadata {
			sc1.Metadata = c.MetadataKey()
			k := lt.Caps.Metadata.Index(sc1.Metadata)
			if k < 0 {
				e := sqlerr.New(sqlerr.UnknownName, pos, "metadata key '%s' of column '%s' of table '%s' is not known to connector '%s'", sc1.Metadata,
					c.Name, name, lt.Connector)
				return nil, hint(e, sc1.Metadata, lt.Caps.Metadata.Names())
			}
			if mt := lt.Caps.Metadata[k].Type; !mt.Same(c.Type) {
				sc1.Type = mt
				x = expr.NewCast(expr.NewColumn(at, mt), c.Type)
			}
		}
		out[i] = x
		scan.Columns = append(scan.Columns, sc1)
		rel.cols = append(rel.cols, relColumn{name: c.Name, index: at, typ: sc1.Type})
	}
	sc.rels = []*relation{rel}
	sc.aliases = map[string]*expr.Expr{}
	for i, c := range t.Columns {
		if out[i] != nil && out[i].Kind != expr.Column {
			sc.aliases[c.Name] = out[i] // a metadata column with another type
		}
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.Kind != catalog.Computed {
			continue
		}
		if out[i], err = scalar.Bind(c.Expr.X, sc, b.cfg.Env); err != nil {
			return nil, b.inTable(err, pos, name, c.Expr)
		}
	}
	return b.watermark(pos, name, t, scan, out)
}

// inTable places an error in the definition of a table that is used at pos.
func (b *Binder) inTable(err error, pos int, name catalog.Name, e catalog.Expr) error {
	return sqlerr.Inside(err, sqlerr.Place{Src: e.Source, In: "table " + b.shortName(name), Outer: b.place(pos)})
}

// watermark puts the projection of computed columns and the watermark above a scan.
func (b *Binder) watermark(pos int, name catalog.Name, t *catalog.Table, scan *logical.Scan, out []*expr.Expr) (logical.Node, error) {
	var n logical.Node = scan
	at := -1
	if t.Watermark != nil && !b.cfg.Batch {
		for i, c := range t.Columns {
			if c.Name == t.Watermark.Column {
				at = i
			}
		}
		if at >= 0 && out[at].Type.IsTimestamp() && out[at].Type.Precision < 3 {
			to := out[at].Type
			to.Precision = 3
			out[at] = expr.NewCast(out[at], to)
		}
	}
	plain := len(out) == len(scan.Columns)
	for i, e := range out {
		plain = plain && e.Kind == expr.Column && e.Index == i
	}
	if !plain {
		n = logical.NewCalc(scan, nil, out, t.ColumnNames())
	}
	if at < 0 {
		return n, nil
	}
	sc := b.newScope(n, "", nil)
	sc.Where = "in a watermark"
	if c, ok := t.Watermark.Expr.X.(*ast.Call); ok && len(c.Name.Parts) == 1 && equalFold(c.Name.Last(), "SOURCE_WATERMARK") {
		if !scan.Table.Caps.Watermark {
			return nil, sqlerr.New(sqlerr.Unsupported, pos, "SOURCE_WATERMARK() of table %s: connector '%s' makes no watermarks", scan.Table.Name,
				scan.Table.Connector)
		}
		return nil, unsupported(pos, "SOURCE_WATERMARK()")
	}
	x, err := scalar.Bind(t.Watermark.Expr.X, sc, b.cfg.Env)
	if err != nil {
		return nil, b.inTable(err, pos, name, t.Watermark.Expr)
	}
	if x.Type.IsTimestamp() && x.Type.Precision < 3 {
		to := x.Type
		to.Precision = 3
		x = expr.NewCast(x, to)
	}
	idle := b.duration("table.exec.source.idle-timeout")
	if d, ok := ParseDuration(scan.Table.Options["scan.watermark.idle-timeout"]); ok {
		idle = d.Milliseconds()
	}
	if pushed := b.pushWatermark(scan, t, out, at, x, idle); pushed != nil {
		return pushed, nil
	}
	return &logical.Watermark{Input: n, Column: at, Expr: x, IdleMillis: idle}, nil
}

// pushWatermark gives the watermark x of column at to the source, if that makes it itself: then it is the lowest of the splits that are read, and
// rows of one split are not late because others are ahead. It returns nil where the source does not, or the time attribute is computed.
func (b *Binder) pushWatermark(scan *logical.Scan, t *catalog.Table, out []*expr.Expr, at int, x *expr.Expr, idle int64) logical.Node {
	accept := scan.Table.AcceptWatermark
	if accept == nil || out[at].Kind != expr.Column {
		return nil
	}
	// x is over the table's columns; the source knows only those that it reads.
	w := &plan.Watermark{Column: out[at].Index, IdleMillis: idle, Expr: expr.Transform(x, func(e *expr.Expr) *expr.Expr {
		if e.Kind == expr.Column {
			return out[e.Index]
		}
		return e
	})}
	if !accept(scan.Columns, w) {
		return nil
	}
	scan.Watermark = w
	plain := len(out) == len(scan.Columns)
	for i, e := range out {
		plain = plain && e.Kind == expr.Column && e.Index == i
	}
	if plain {
		return scan
	}
	out[at] = expr.NewColumn(out[at].Index, out[at].Type.WithAttribute(types.RowTime))
	return logical.NewCalc(scan, nil, out, t.ColumnNames())
}

// Resolve finds the types of computed columns and checks the watermark. It returns the types of all columns, time attributes included, and
// asks no connector.
func (b *Binder) Resolve(pos int, name catalog.Name, t *catalog.Table) (types.Schema, error) {
	if t.IsView() {
		return t.View.Columns, nil
	}
	rel := &relation{alias: name.Object, path: []string{name.Catalog, name.Database, name.Object}}
	out := make(types.Schema, len(t.Columns))
	for i, c := range t.Columns {
		if c.Kind != catalog.Computed {
			out[i] = types.Field{Name: c.Name, Type: c.Type}
			rel.cols = append(rel.cols, relColumn{name: c.Name, index: i, typ: c.Type})
		}
	}
	sc := &scope{NoScope: scalar.NoScope{Where: "in a computed column"}, b: b, rels: []*relation{rel}}
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.Kind != catalog.Computed {
			continue
		}
		e, err := scalar.Bind(c.Expr.X, sc, b.cfg.Env)
		if err != nil {
			return nil, sqlerr.At(err, c.Expr.Source)
		}
		typ := e.Type
		if e.IsCall("PROCTIME") {
			typ = typ.WithAttribute(types.ProcTime)
		}
		out[i] = types.Field{Name: c.Name, Type: typ}
	}
	if t.Watermark != nil {
		if err := b.resolveWatermark(pos, t, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (b *Binder) resolveWatermark(pos int, t *catalog.Table, out types.Schema) error {
	at := out.Index(t.Watermark.Column)
	if at < 0 {
		return sqlerr.New(sqlerr.Validation, pos, "the rowtime attribute field '%s' is not defined in the table schema", t.Watermark.Column).
			WithHint("columns are '%s'", strings.Join(out.Names(), "', '"))
	}
	typ := out[at].Type
	if !typ.IsTimestamp() || typ.Precision > 3 {
		return sqlerr.New(sqlerr.Type, pos, "invalid data type of time field for watermark definition: the field must be of type TIMESTAMP(p) or "+
			"TIMESTAMP_LTZ(p), p from 0 to 3, but the time field type is %s", typ)
	}
	if typ.Attribute == types.ProcTime {
		return invalid(pos, "a watermark can not be defined for a processing-time attribute column")
	}
	if c, ok := t.Watermark.Expr.X.(*ast.Call); !ok || !equalFold(c.Name.Last(), "SOURCE_WATERMARK") {
		rel := relationOf(out, "", nil)
		sc := &scope{NoScope: scalar.NoScope{Where: "in a watermark"}, b: b, rels: []*relation{rel}}
		e, err := scalar.Bind(t.Watermark.Expr.X, sc, b.cfg.Env)
		if err != nil {
			return sqlerr.At(err, t.Watermark.Expr.Source)
		}
		if !e.Type.IsTimestamp() || e.Type.Precision > 3 {
			return sqlerr.New(sqlerr.Type, pos, "invalid data type of expression for watermark definition: it must be of type TIMESTAMP(p) or "+
				"TIMESTAMP_LTZ(p), p from 0 to 3, but the watermark expression type is %s", e.Type)
		}
	}
	out[at].Type = typ.WithAttribute(types.RowTime)
	return nil
}

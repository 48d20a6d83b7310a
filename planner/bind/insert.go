package bind

import (
	"slices"
	"strconv"
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

// target is a column that an INSERT writes.
type target struct {
	catalog.Column
	static ast.Expr // PARTITION (name = value)
	source int      // column of the query, -1: none
}

// Insert binds an INSERT: the query, then a projection onto the columns of the sink.
func (b *Binder) Insert(st *ast.Insert) (*logical.Sink, error) {
	if st.Upsert {
		return nil, sqlerr.New(sqlerr.Unsupported, st.Pos(), "UPSERT INTO is not supported").WithHint("use INSERT INTO")
	}
	name, err := b.cfg.Catalog.Qualify(b.cfg.Session, st.Table)
	if err != nil {
		return nil, err
	}
	t, err := b.cfg.Catalog.Lookup(st.Table.Pos(), name)
	if err != nil {
		return nil, err
	}
	if t.IsView() {
		return nil, invalid(st.Table.Pos(), "%s is a view and cannot be written", name)
	}
	targets, err := b.targets(st, name, t)
	if err != nil {
		return nil, err
	}
	n, err := b.Query(st.Query)
	if err != nil {
		return nil, err
	}
	opts := tableOptions(t, st.Hints)
	lt, err := b.capabilities(st.Table.Pos(), name.String(), t, opts)
	if err != nil {
		return nil, err
	}
	if !lt.Caps.Sink {
		return nil, sqlerr.New(sqlerr.InvalidOption, st.Table.Pos(), "connector '%s' can only be used as a source, table %s cannot be written", lt.Connector, name)
	}
	if st.Overwrite {
		if !lt.Caps.Overwrite {
			return nil, sqlerr.New(sqlerr.Unsupported, st.Pos(), "table %s (connector '%s') does not support INSERT OVERWRITE", name, lt.Connector)
		}
		if !b.cfg.Batch {
			return nil, sqlerr.New(sqlerr.Unsupported, st.Pos(), "streaming mode does not support INSERT OVERWRITE")
		}
	}
	s := &logical.Sink{Table: lt, Place: b.place(st.Table.Pos()), Conflict: st.Conflict.String()}
	s.Spec = plan.Sink{
		Table: name.String(), Connector: lt.Connector, Options: opts, Partition: t.Partition, Overwrite: st.Overwrite,
		NotNull: strings.ToUpper(b.cfg.Setting("table.exec.sink.not-null-enforcer", "ERROR")),
		Length:  strings.ToUpper(b.cfg.Setting("table.exec.sink.type-length-enforcer", "IGNORE")),
	}
	if p := opts["sink.parallelism"]; p != "" {
		if s.Parallelism, err = strconv.Atoi(p); err != nil || s.Parallelism < 1 {
			return nil, sqlerr.New(sqlerr.InvalidOption, st.Table.Pos(), "option 'sink.parallelism': '%s' is not a positive number", p)
		}
	}
	s.Input, err = b.project(st, name, n, targets, &s.Spec)
	if err != nil {
		return nil, err
	}
	if t.Key != nil {
		for _, k := range t.Key.Columns {
			s.Spec.Key = append(s.Spec.Key, s.Spec.Schema.Index(k))
		}
	}
	return s, nil
}

// targets lists the columns of a sink and where their values come from.
func (b *Binder) targets(st *ast.Insert, name catalog.Name, t *catalog.Table) ([]*target, error) {
	var out []*target
	find := func(id ast.Ident) (*target, error) {
		for _, x := range out {
			if x.Name == id.Name {
				return x, nil
			}
		}
		var names []string
		for _, x := range out {
			names = append(names, x.Name)
		}
		return nil, hint(sqlerr.New(sqlerr.UnknownName, id.Pos(), "unknown target column '%s'", id.Name), id.Name, names)
	}
	for _, c := range t.Columns {
		if c.Kind == catalog.Physical || c.Kind == catalog.Metadata && !c.Virtual {
			out = append(out, &target{Column: c, source: -1})
		}
	}
	if st.Partition != nil {
		for _, v := range st.Partition.Values {
			x, err := find(v.Name)
			if err != nil {
				return nil, err
			}
			if x.static != nil {
				return nil, invalid(v.Name.Pos(), "target column '%s' is assigned more than once", v.Name.Name)
			}
			if !slices.Contains(t.Partition, v.Name.Name) {
				return nil, invalid(v.Name.Pos(), "static partition column '%s' should be in the partition keys list [%s] for table '%s'", v.Name.Name,
					strings.Join(t.Partition, ", "), name)
			}
			if v.Value == nil {
				return nil, invalid(v.Name.Pos(), "partition column '%s' has no value", v.Name.Name)
			}
			x.static = v.Value
		}
	}
	next := 0
	if st.Columns == nil {
		for _, x := range out {
			if x.static == nil {
				x.source = next
				next++
			}
		}
		return out, nil
	}
	for _, p := range st.Columns {
		if len(p.Parts) != 1 {
			return nil, unsupported(p.Pos(), "a field of a column in the column list of INSERT")
		}
		x, err := find(p.Parts[0])
		if err != nil {
			return nil, err
		}
		if x.source >= 0 || x.static != nil {
			return nil, invalid(p.Pos(), "target column '%s' is assigned more than once", x.Name)
		}
		x.source = next
		next++
	}
	for _, x := range out {
		if x.source < 0 && x.static == nil && x.Type.NotNull {
			return nil, invalid(st.Table.Pos(), "column '%s' has no default value and does not allow NULLs", x.Name)
		}
	}
	return out, nil
}

// project makes the columns of the sink, with the casts that may be left unwritten.
func (b *Binder) project(st *ast.Insert, name catalog.Name, n logical.Node, targets []*target, spec *plan.Sink) (logical.Node, error) {
	s := n.Schema()
	want := 0
	for _, x := range targets {
		if x.source >= 0 {
			want++
		}
	}
	if st.Columns != nil && want != len(s) {
		return nil, invalid(st.Query.Pos(), "number of columns must match number of query columns: %d and %d", want, len(s))
	}
	mismatch := func(cause string) error {
		var q, k []string
		for _, f := range s {
			q = append(q, f.Name+": "+f.Type.String())
		}
		for _, x := range targets {
			k = append(k, x.Name+": "+x.Type.String())
		}
		return sqlerr.New(sqlerr.Type, st.Query.Pos(), "column types of query result and sink for '%s' do not match: %s; query schema: [%s], sink schema: [%s]",
			name, cause, strings.Join(q, ", "), strings.Join(k, ", "))
	}
	if want != len(s) {
		return nil, mismatch("different number of columns")
	}
	c := &logical.Calc{Input: n}
	meta := false
	for _, x := range targets {
		var e *expr.Expr
		switch {
		case x.static != nil:
			v, err := scalar.Bind(x.static, scalar.NoScope{Where: "in PARTITION"}, b.cfg.Env)
			if err != nil {
				return nil, err
			}
			if e, err = b.fold(expr.NewCast(v, x.Type)); err != nil {
				return nil, sqlerr.New(sqlerr.Type, x.static.Pos(), "partition column '%s': %s", x.Name, err.Error())
			}
			if spec.Static == nil {
				spec.Static = map[string]string{}
			}
			if l, ok := x.static.(*ast.Literal); ok {
				spec.Static[x.Name] = l.Text
			}
		case x.source >= 0:
			f := s[x.source]
			if !f.Type.Same(x.Type) && !scalar.ImplicitCastable(f.Type, x.Type) {
				return nil, mismatch("incompatible types for sink column '" + x.Name + "' at position " + strconv.Itoa(x.source))
			}
			e = expr.NewCast(expr.NewColumn(x.source, f.Type), x.Type.WithNullable(!f.Type.NotNull))
		default:
			e = expr.NewNull(x.Type)
		}
		c.Exprs = append(c.Exprs, e)
		c.Names = append(c.Names, x.Name)
		spec.Schema = append(spec.Schema, types.Field{Name: x.Name, Type: x.Type})
		key := ""
		if x.Kind == catalog.Metadata {
			key = x.MetadataKey()
			meta = true
		}
		spec.Metadata = append(spec.Metadata, key)
	}
	if !meta {
		spec.Metadata = nil
	}
	return c, nil
}

// Collect makes the sink that returns the rows of a query to the client.
func Collect(n logical.Node) *logical.Sink {
	s := n.Schema()
	out := make(types.Schema, len(s))
	for i, f := range s {
		out[i] = types.Field{Name: f.Name, Type: f.Type.WithAttribute(types.NoTime)}
	}
	return &logical.Sink{Input: n, Spec: plan.Sink{
		Table: "*anonymous_collect*", Connector: "collect", Options: map[string]string{"connector": "collect"},
		Schema: out,
	}, Table: &logical.Table{
		Name: "*anonymous_collect*", Connector: "collect",
		Caps: plan.Capabilities{Sink: true, SinkModes: []plan.Mode{plan.Retract}},
	}}
}

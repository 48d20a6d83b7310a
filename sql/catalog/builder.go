package catalog

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"millrace/sql/ast"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// Builder turns statements into tables. Its functions are what this package may not know itself: how a type is read and how an expression is
// written.
type Builder struct {
	// Type turns a written type into a type.
	Type func(*ast.TypeName) (types.Type, error)
	// Text writes an expression in canonical form.
	Text func(ast.Expr) string
	// Source is the script that positions count in.
	Source string
}

// Create makes the table of CREATE TABLE without LIKE and AS.
func (b *Builder) Create(st *ast.CreateTable) (*Table, error) { return b.create(st, &Table{}) }

// CreateLike makes the table of CREATE TABLE … LIKE from the table that it is like.
func (b *Builder) CreateLike(st *ast.CreateTable, like *Table) (*Table, error) {
	if like.IsView() {
		return nil, sqlerr.New(sqlerr.Validation, st.Like.Source.Pos(), "source table '%s' of the LIKE clause can not be a VIEW", st.Like.Source)
	}
	base, m, err := merged(st.Like, like)
	if err != nil {
		return nil, err
	}
	return b.extend(st, base, m)
}

// features are the merge strategies of a LIKE clause.
type features struct {
	of [ast.LikeWatermarks + 1]ast.MergeStrategy
	// derived: columns that the statement does not declare come from another table or a query, whose nullability stays.
	derived bool
}

// merged is what LIKE takes over from the source.
func merged(clause *ast.LikeClause, src *Table) (*Table, features, error) {
	m := features{derived: true}
	m.of[ast.LikeOptions] = ast.Overwriting
	var seen [ast.LikeWatermarks + 1]bool
	for _, o := range clause.Options {
		if seen[o.Feature] {
			return nil, m, sqlerr.New(sqlerr.Validation, o.Pos(), "each like option feature can be declared only once; %s is declared twice", o.Feature)
		}
		seen[o.Feature] = true
		if o.Feature == ast.LikeAll {
			for f := range m.of {
				m.of[f] = o.Strategy
			}
			if o.Strategy == ast.Including {
				m.of[ast.LikeOptions] = ast.Overwriting
			}
		}
	}
	for _, o := range clause.Options {
		if o.Feature != ast.LikeAll {
			m.of[o.Feature] = o.Strategy
		}
	}
	t := &Table{Options: map[string]string{}, Partition: slices.Clone(src.Partition), Distribution: src.Distribution}
	for _, c := range src.Columns {
		if c.Kind == Computed && m.of[ast.LikeGenerated] == ast.Excluding || c.Kind == Metadata && m.of[ast.LikeMetadata] == ast.Excluding {
			continue
		}
		t.Columns = append(t.Columns, c)
	}
	if m.of[ast.LikeWatermarks] != ast.Excluding {
		t.Watermark = src.Watermark
	}
	if m.of[ast.LikeConstraints] != ast.Excluding && src.Key != nil {
		k := *src.Key
		t.Key = &k
	}
	if m.of[ast.LikeOptions] != ast.Excluding {
		maps.Copy(t.Options, src.Options)
	}
	return t, m, nil
}

func (b *Builder) create(st *ast.CreateTable, base *Table) (*Table, error) {
	return b.extend(st, base, features{})
}

// extend adds what the statement says to what the table has already.
func (b *Builder) extend(st *ast.CreateTable, t *Table, m features) (*Table, error) {
	if t.Options == nil {
		t.Options = map[string]string{}
	}
	t.Comment = st.Comment
	if st.Schema != nil {
		if err := b.columns(t, st.Schema, m); err != nil {
			return nil, err
		}
		if err := b.parts(t, st.Schema, m); err != nil {
			return nil, err
		}
	}
	if len(st.PartitionedBy) > 0 {
		if len(t.Partition) > 0 {
			return nil, sqlerr.New(sqlerr.Validation, st.PartitionedBy[0].Pos(),
				"the base table already has partitions defined; you might want to specify EXCLUDING PARTITIONS")
		}
		t.Partition = identNames(st.PartitionedBy)
	}
	if st.Distribution != nil {
		if t.Distribution != nil {
			return nil, sqlerr.New(sqlerr.Validation, st.Distribution.Pos(),
				"the base table already has a distribution defined; you might want to specify EXCLUDING DISTRIBUTION")
		}
		d, err := distribution(st.Distribution)
		if err != nil {
			return nil, err
		}
		t.Distribution = d
	}
	for _, o := range st.Options {
		if _, taken := t.Options[o.Key]; taken && st.Like != nil && m.of[ast.LikeOptions] == ast.Including {
			return nil, sqlerr.New(sqlerr.Validation, o.Pos(), "there already exists an option ['%s'] in the base table; you might want to specify OVERWRITING OPTIONS", o.Key)
		}
		t.Options[o.Key] = o.Value
	}
	return t, Finish(st.Pos(), t)
}

func identNames(ids []ast.Ident) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id.Name
	}
	return out
}

func distribution(d *ast.Distribution) (*Distribution, error) {
	out := &Distribution{Kind: d.Kind, Columns: identNames(d.Columns)}
	if d.Buckets != "" {
		n, err := strconv.Atoi(d.Buckets)
		if err != nil || n < 1 {
			return nil, sqlerr.New(sqlerr.Validation, d.Pos(), "bucket count must be a positive integer, not %s", d.Buckets)
		}
		out.Buckets = n
	}
	return out, nil
}

// columns appends the columns of a list; those of LIKE may replace computed and metadata columns of the base.
func (b *Builder) columns(t *Table, s *ast.Schema, m features) error {
	for _, c := range s.Columns {
		col, err := b.Column(c)
		if err != nil {
			return err
		}
		old := t.Column(c.Name.Name)
		switch {
		case old == nil:
			t.Columns = append(t.Columns, *col)
		case old.Kind == Computed && col.Kind == Computed && m.of[ast.LikeGenerated] == ast.Overwriting,
			old.Kind == Metadata && col.Kind == Metadata && m.of[ast.LikeMetadata] == ast.Overwriting:
			*old = *col
		default:
			return sqlerr.New(sqlerr.Validation, c.Name.Pos(), "a column named '%s' already exists in the table", c.Name.Name)
		}
	}
	return nil
}

// Column makes a column of its definition.
func (b *Builder) Column(c *ast.Column) (*Column, error) {
	col := &Column{Name: c.Name.Name, Comment: c.Comment}
	switch c.Kind {
	case ast.ComputedColumn:
		col.Kind = Computed
		col.Expr = Expr{X: c.Expr, Text: b.Text(c.Expr), Source: b.Source}
		return col, nil
	case ast.NameOnlyColumn:
		return nil, sqlerr.New(sqlerr.Validation, c.Pos(), "column '%s' has no type", col.Name)
	case ast.MetadataColumn:
		col.Kind = Metadata
		col.Virtual = c.Virtual
		if c.MetadataKey != nil {
			col.Key, col.HasKey = *c.MetadataKey, true
		}
	}
	t, err := b.Type(c.Type)
	if err != nil {
		return nil, err
	}
	col.Type = t
	return col, nil
}

// parts adds watermark and primary key.
func (b *Builder) parts(t *Table, s *ast.Schema, m features) error {
	for _, w := range s.Watermarks {
		if t.Watermark != nil && m.of[ast.LikeWatermarks] != ast.Overwriting {
			return sqlerr.New(sqlerr.Validation, w.Pos(), "the base table has already defined the watermark strategy `%s`; you might want to specify EXCLUDING WATERMARKS or OVERWRITING WATERMARKS", t.Watermark.Column)
		}
		t.Watermark = b.watermark(w)
	}
	keys := slices.Clone(s.Keys)
	for _, c := range s.Columns {
		if c.Key != nil {
			k := *c.Key
			k.Columns = []ast.Ident{c.Name}
			keys = append(keys, &k)
		}
	}
	for _, k := range keys {
		for _, c := range k.Columns {
			declared := slices.ContainsFunc(s.Columns, func(d *ast.Column) bool { return d.Name.Name == c.Name })
			if old := t.Column(c.Name); old != nil && !declared && old.Kind == Physical && !old.Type.NotNull && m.derived {
				return sqlerr.New(sqlerr.Validation, c.Pos(), "column '%s' of the primary key is nullable", c.Name).WithHint("declare it NOT NULL here")
			}
		}
		if t.Key != nil {
			return sqlerr.New(sqlerr.Validation, k.Pos(), "the table already has the primary key %s; you might want to specify EXCLUDING CONSTRAINTS", Quote(t.Key.Name))
		}
		key, err := b.key(k)
		if err != nil {
			return err
		}
		t.Key = key
	}
	return nil
}

func (b *Builder) watermark(w *ast.Watermark) *Watermark {
	text := b.Text(w.Expr)
	if c, ok := w.Expr.(*ast.Call); ok && len(c.Name.Parts) == 1 && strings.EqualFold(c.Name.Last(), "SOURCE_WATERMARK") {
		text = "`SOURCE_WATERMARK`()" // Flink writes it as a function of the user's
	}
	return &Watermark{Column: strings.Join(w.Column.Strings(), "."), Expr: Expr{X: w.Expr, Text: text, Source: b.Source}}
}

func (b *Builder) key(k *ast.Key) (*Key, error) {
	switch {
	case k.Unique:
		return nil, sqlerr.New(sqlerr.Unsupported, k.Pos(), "UNIQUE constraint is not supported yet")
	case k.Enforced == nil || *k.Enforced:
		return nil, sqlerr.New(sqlerr.Validation, k.Pos(), "a primary key cannot be enforced here: write PRIMARY KEY … NOT ENFORCED")
	}
	key := &Key{Columns: identNames(k.Columns)}
	key.Name = "PK_" + strings.Join(key.Columns, "_")
	if k.Name != nil {
		key.Name = k.Name.Name
	}
	return key, nil
}

// Finish checks a table as a whole and makes the columns of its primary key NOT NULL.
func Finish(pos int, t *Table) error {
	seen := map[string]bool{}
	for _, c := range t.Columns {
		if seen[c.Name] {
			return sqlerr.New(sqlerr.Validation, pos, "a column named '%s' is declared twice", c.Name)
		}
		seen[c.Name] = true
	}
	known := func(what string, names []string) error {
		used := map[string]bool{}
		for _, n := range names {
			if !seen[n] {
				return sqlerr.New(sqlerr.UnknownName, pos, "%s column '%s' is not defined in the schema", what, n).WithHint("columns are '%s'", strings.Join(t.ColumnNames(), "', '"))
			}
			if used[n] {
				return sqlerr.New(sqlerr.Validation, pos, "%s column '%s' is written twice", what, n)
			}
			used[n] = true
		}
		return nil
	}
	if err := known("partition", t.Partition); err != nil {
		return err
	}
	for _, n := range t.Partition {
		if t.Column(n).Kind != Physical {
			return sqlerr.New(sqlerr.Validation, pos, "partition column '%s' is not a physical column", n)
		}
	}
	if t.Distribution != nil {
		if err := known("distribution", t.Distribution.Columns); err != nil {
			return err
		}
	}
	if t.Key == nil {
		return nil
	}
	if err := known("primary key", t.Key.Columns); err != nil {
		return err
	}
	for _, n := range t.Key.Columns {
		c := t.Column(n)
		if c.Kind != Physical {
			return sqlerr.New(sqlerr.Validation, pos, "primary key column '%s' is not a physical column", n)
		}
		c.Type = c.Type.AsNotNull()
	}
	return nil
}

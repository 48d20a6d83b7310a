package catalog

import (
	"slices"

	"millrace/sql/ast"
	"millrace/sql/sqlerr"
)

// Alter returns the table that an action of ALTER TABLE makes of t, which it leaves as it is. RENAME TO is the store's.
func (b *Builder) Alter(t *Table, action ast.AlterAction) (*Table, error) {
	n := t.Clone()
	if err := b.alter(n, action); err != nil {
		return nil, err
	}
	return n, Finish(action.Pos(), n)
}

func (b *Builder) alter(t *Table, action ast.AlterAction) error {
	switch x := action.(type) {
	case *ast.AddColumns:
		return b.add(t, x.Schema)
	case *ast.ModifyColumns:
		return b.modify(t, x.Schema)
	case *ast.DropColumns:
		return dropColumns(t, x.Columns)
	case *ast.DropPart:
		return dropPart(t, x)
	case *ast.RenameColumn:
		return b.renameColumn(t, x)
	case *ast.SetOptions:
		for _, o := range x.Options {
			t.Options[o.Key] = o.Value
		}
		return nil
	case *ast.ResetOptions:
		if len(x.Keys) == 0 {
			return sqlerr.New(sqlerr.Validation, x.Pos(), "ALTER TABLE RESET does not support empty key")
		}
		for _, k := range x.Keys {
			if k == "connector" {
				return sqlerr.New(sqlerr.Validation, x.Pos(), "ALTER TABLE RESET does not support changing 'connector'")
			}
			delete(t.Options, k)
		}
		return nil
	case *ast.SetDistribution:
		if x.Modify == (t.Distribution == nil) {
			if x.Modify {
				return sqlerr.New(sqlerr.Validation, x.Pos(), "the base table does not define any distribution; you might want to add a new one with ADD DISTRIBUTION")
			}
			return sqlerr.New(sqlerr.Validation, x.Pos(), "the base table has already defined the distribution; use MODIFY to change it, or DROP first")
		}
		d, err := distribution(x.Distribution)
		t.Distribution = d
		return err
	default:
		return sqlerr.New(sqlerr.Unsupported, action.Pos(), "this form of ALTER TABLE is not supported yet")
	}
}

// place puts a column where FIRST or AFTER say, else at position or, if that is negative, at the end.
func place(t *Table, c *ast.Column, col *Column, position int) error {
	switch {
	case c.First:
		position = 0
	case c.After != nil:
		if len(c.After.Parts) > 1 {
			return sqlerr.New(sqlerr.Unsupported, c.After.Pos(), "ALTER TABLE of nested columns is not supported yet: %s", c.After)
		}
		name := c.After.Last()
		i := slices.IndexFunc(t.Columns, func(x Column) bool { return x.Name == name })
		if i < 0 {
			return sqlerr.New(sqlerr.UnknownName, c.After.Pos(), "referenced column '%s' by 'AFTER' does not exist in the table", name)
		}
		position = i + 1
	case position < 0:
		position = len(t.Columns)
	}
	t.Columns = slices.Insert(t.Columns, min(position, len(t.Columns)), *col)
	return nil
}

func (b *Builder) add(t *Table, s *ast.Schema) error {
	for _, c := range s.Columns {
		if t.Column(c.Name.Name) != nil {
			return sqlerr.New(sqlerr.Validation, c.Name.Pos(), "try to add a column '%s' which already exists in the table", c.Name.Name)
		}
		col, err := b.Column(c)
		if err != nil {
			return err
		}
		if err := place(t, c, col, -1); err != nil {
			return err
		}
	}
	if len(s.Watermarks) > 0 && t.Watermark != nil {
		return sqlerr.New(sqlerr.Validation, s.Watermarks[0].Pos(), "the base table has already defined the watermark strategy `%s`; use MODIFY to change it, or DROP first", t.Watermark.Column)
	}
	if t.Key != nil && hasKey(s) {
		return sqlerr.New(sqlerr.Validation, s.Pos(), "the base table has already defined the primary key constraint %v; use MODIFY to change it, or DROP first", t.Key.Columns)
	}
	return b.parts(t, s, features{})
}

func hasKey(s *ast.Schema) bool {
	return len(s.Keys) > 0 || slices.ContainsFunc(s.Columns, func(c *ast.Column) bool { return c.Key != nil })
}

func (b *Builder) modify(t *Table, s *ast.Schema) error {
	for _, c := range s.Columns {
		i := slices.IndexFunc(t.Columns, func(x Column) bool { return x.Name == c.Name.Name })
		if i < 0 {
			return sqlerr.New(sqlerr.UnknownName, c.Name.Pos(), "try to modify a column '%s' which does not exist in the table%s", c.Name.Name,
				sqlerr.DidYouMean(c.Name.Name, t.ColumnNames()))
		}
		col, err := b.Column(c)
		if err != nil {
			return err
		}
		if col.Kind == Computed && t.Key != nil && slices.Contains(t.Key.Columns, col.Name) {
			return sqlerr.New(sqlerr.Validation, c.Name.Pos(), "primary key column '%s' must stay a physical column", col.Name)
		}
		t.Columns = slices.Delete(t.Columns, i, i+1)
		if err := place(t, c, col, i); err != nil {
			return err
		}
	}
	if len(s.Watermarks) > 0 {
		if t.Watermark == nil {
			return sqlerr.New(sqlerr.Validation, s.Watermarks[0].Pos(), "the base table does not define any watermark strategy; you might want to add a new one with ADD WATERMARK")
		}
		t.Watermark = nil
	}
	if hasKey(s) {
		if t.Key == nil {
			return sqlerr.New(sqlerr.Validation, s.Pos(), "the base table does not define any primary key constraint; you might want to add a new one with ADD")
		}
		t.Key = nil
	}
	return b.parts(t, s, features{})
}

// users names what in the table depends on a column, besides itself.
func users(t *Table, name string) string {
	for _, c := range t.Columns {
		if c.Kind == Computed && mentions(c.Expr.X, name) {
			return "it is referenced by the computed column '" + c.Name + "'"
		}
	}
	switch {
	case t.Watermark != nil && (t.Watermark.Column == name || mentions(t.Watermark.Expr.X, name)):
		return "it is used by the watermark"
	case slices.Contains(t.Partition, name):
		return "it is used as a partition key"
	case t.Key != nil && slices.Contains(t.Key.Columns, name):
		return "it is used as the primary key"
	case t.Distribution != nil && slices.Contains(t.Distribution.Columns, name):
		return "it is used as a distribution key"
	}
	return ""
}

// mentions tells whether an expression reads a column.
func mentions(x ast.Expr, name string) bool {
	found := false
	ast.Walk(x, func(n ast.Node) bool {
		if c, ok := n.(*ast.Name); ok && len(c.Parts) > 0 && c.Parts[0].Name == name {
			found = true
		}
		return !found
	})
	return found
}

func dropColumns(t *Table, columns []ast.Path) error {
	dropped := map[string]bool{}
	for _, p := range columns {
		if len(p.Parts) > 1 {
			return sqlerr.New(sqlerr.Unsupported, p.Pos(), "ALTER TABLE of nested columns is not supported yet: %s", p)
		}
		name := p.Last()
		switch {
		case dropped[name]:
			return sqlerr.New(sqlerr.Validation, p.Pos(), "duplicate column '%s'", name)
		case t.Column(name) == nil:
			return sqlerr.New(sqlerr.UnknownName, p.Pos(), "the column '%s' does not exist in the base table%s", name, sqlerr.DidYouMean(name, t.ColumnNames()))
		}
		dropped[name] = true
	}
	t.Columns = slices.DeleteFunc(t.Columns, func(c Column) bool { return dropped[c.Name] })
	for _, p := range columns {
		if why := users(t, p.Last()); why != "" {
			return sqlerr.New(sqlerr.Validation, p.Pos(), "column '%s' cannot be dropped: %s", p.Last(), why)
		}
	}
	if len(t.Columns) == 0 {
		return sqlerr.New(sqlerr.Validation, columns[0].Pos(), "a table needs a column: the last one cannot be dropped")
	}
	return nil
}

func dropPart(t *Table, x *ast.DropPart) error {
	missing := func(what string) error {
		return sqlerr.New(sqlerr.Validation, x.Pos(), "the base table does not define any %s", what)
	}
	switch x.Part {
	case "PRIMARY KEY":
		if t.Key == nil {
			return missing("primary key")
		}
		t.Key = nil
	case "CONSTRAINT":
		if t.Key == nil {
			return missing("primary key")
		}
		if t.Key.Name != x.Constraint.Name {
			return sqlerr.New(sqlerr.UnknownName, x.Pos(), "the base table does not define a constraint '%s'; it has '%s'", x.Constraint.Name, t.Key.Name)
		}
		t.Key = nil
	case "WATERMARK":
		if t.Watermark == nil {
			return missing("watermark strategy")
		}
		t.Watermark = nil
	case "DISTRIBUTION":
		if t.Distribution == nil {
			return missing("distribution")
		}
		t.Distribution = nil
	}
	return nil
}

func (b *Builder) renameColumn(t *Table, x *ast.RenameColumn) error {
	if len(x.From.Parts) > 1 {
		return sqlerr.New(sqlerr.Unsupported, x.From.Pos(), "ALTER TABLE of nested columns is not supported yet: %s", x.From)
	}
	from := x.From.Last()
	c := t.Column(from)
	switch {
	case c == nil:
		return sqlerr.New(sqlerr.UnknownName, x.From.Pos(), "the column '%s' does not exist in the base table%s", from, sqlerr.DidYouMean(from, t.ColumnNames()))
	case t.Column(x.To.Name) != nil:
		return sqlerr.New(sqlerr.Validation, x.To.Pos(), "the column '%s' already exists in the table", x.To.Name)
	}
	for _, o := range t.Columns {
		if o.Kind == Computed && mentions(o.Expr.X, from) {
			return sqlerr.New(sqlerr.Validation, x.From.Pos(), "column '%s' cannot be renamed: it is referenced by the computed column '%s'", from, o.Name)
		}
	}
	if t.Watermark != nil && (t.Watermark.Column == from || mentions(t.Watermark.Expr.X, from)) {
		return sqlerr.New(sqlerr.Validation, x.From.Pos(), "column '%s' cannot be renamed: it is used by the watermark", from)
	}
	if slices.Contains(t.Partition, from) {
		return sqlerr.New(sqlerr.Validation, x.From.Pos(), "column '%s' cannot be renamed: it is used as a partition key", from)
	}
	c.Name = x.To.Name
	rename := func(names []string) {
		for i, n := range names {
			if n == from {
				names[i] = x.To.Name
			}
		}
	}
	if t.Key != nil {
		rename(t.Key.Columns)
	}
	if t.Distribution != nil {
		d := *t.Distribution
		d.Columns = slices.Clone(d.Columns)
		rename(d.Columns)
		t.Distribution = &d
	}
	return nil
}

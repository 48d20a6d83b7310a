package catalog

import (
	"slices"

	"millrace/sql/ast"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// CreateAs makes the table of CREATE TABLE … AS from the columns of its query, and says which of its columns the query fills, in the query's order.
// Columns that only the statement has come first; a column of both keeps its place in the query and gets the declared type; a list of bare names
// reorders the query's columns.
func (b *Builder) CreateAs(st *ast.CreateTable, query types.Schema) (*Table, []string, error) {
	t := &Table{Options: map[string]string{}}
	for _, f := range query {
		if t.Column(f.Name) != nil {
			return nil, nil, sqlerr.New(sqlerr.Validation, st.As.Pos(), "the query has two columns named '%s'", f.Name)
		}
		t.Columns = append(t.Columns, Column{Name: f.Name, Type: f.Type.WithAttribute(types.NoTime)})
	}
	c := *st
	if s := st.Schema; s != nil {
		rest := *s
		rest.Columns = nil
		var own []Column
		for _, d := range s.Columns {
			name := d.Name.Name
			old := t.Column(name)
			switch {
			case d.Kind == ast.NameOnlyColumn && old == nil:
				return nil, nil, sqlerr.New(sqlerr.UnknownName, d.Name.Pos(), "column '%s' is not in the query schema", name).WithHint("%s", sqlerr.DidYouMean(name, query.Names()))
			case d.Kind == ast.NameOnlyColumn:
			case old == nil:
				col, err := b.Column(d)
				if err != nil {
					return nil, nil, err
				}
				own = append(own, *col)
			default:
				col, err := b.Column(d)
				if err != nil {
					return nil, nil, err
				}
				if col.Kind == Computed {
					return nil, nil, sqlerr.New(sqlerr.Validation, d.Name.Pos(), "column '%s' is computed here and a column of the query", name)
				}
				*old = *col
			}
		}
		if n := namesOnly(s.Columns); n != nil {
			if len(n) != len(query) {
				return nil, nil, sqlerr.New(sqlerr.Validation, s.Pos(), "the list of columns has %d names, the query %d columns", len(n), len(query))
			}
			slices.SortStableFunc(t.Columns, func(x, y Column) int { return slices.Index(n, x.Name) - slices.Index(n, y.Name) })
		}
		t.Columns = append(own, t.Columns...)
		c.Schema = &rest
	}
	out, err := b.extend(&c, t, features{derived: true})
	return out, query.Names(), err
}

// namesOnly returns the names of a list of bare names, or nil if it is another list.
func namesOnly(columns []*ast.Column) []string {
	var out []string
	for _, c := range columns {
		if c.Kind != ast.NameOnlyColumn {
			return nil
		}
		out = append(out, c.Name.Name)
	}
	return out
}

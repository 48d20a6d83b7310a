package session

import (
	"slices"
	"strings"

	"millrace/sql/ast"
	"millrace/sql/catalog"
	"millrace/sql/format"
	"millrace/sql/parser"
)

// expanded is the text of a view's query with full names, as SHOW CREATE VIEW prints it: a query of one table has the qualified names and the lines of
// Flink; of others the text is as it was written.
func (s *Session) expanded(q *ast.Query, text string) string {
	written := format.Query(q)
	own, err := parser.ParseQuery(text) // a tree of its own, to change
	if err != nil {
		return written
	}
	sel, ok := own.Body.(*ast.Select)
	if !ok || len(own.With) > 0 || own.Limit != nil || own.Offset != nil || len(own.OrderBy) > 0 || len(sel.Hints) > 0 || len(sel.Windows) > 0 || sel.Qualify != nil {
		return written
	}
	from, ok := sel.From.(*ast.TableName)
	if !ok || from.AsOf != nil || from.Sample != nil || len(from.Hints) > 0 || from.Alias != nil && len(from.Alias.Columns) > 0 {
		return written
	}
	n, t, err := s.find(from.Path)
	if err != nil {
		return written
	}
	columns := t.ColumnNames()
	if t.IsView() {
		columns = t.View.Columns.Names()
	}
	alias := from.Path.Last()
	if from.Alias != nil {
		alias = from.Alias.Name.Name
	}
	if !qualify(own, alias, columns) {
		return written
	}
	return selectText(sel, n, alias, columns)
}

// qualify puts the alias before names of columns; false: there are queries within.
func qualify(q *ast.Query, alias string, columns []string) bool {
	var names []*ast.Name
	plain := true
	ast.Walk(q, func(node ast.Node) bool {
		switch x := node.(type) {
		case *ast.Query:
			plain = plain && x == q
		case *ast.Name:
			names = append(names, x)
		}
		return plain
	})
	for _, x := range names {
		if first := x.Parts[0].Name; slices.Contains(columns, first) && (len(x.Parts) == 1 || first != alias) {
			x.Parts = append([]ast.Ident{{At: x.At, Name: alias}}, x.Parts...)
		}
	}
	return plain
}

// selectText is the query, with a line for each clause.
func selectText(sel *ast.Select, n catalog.Name, alias string, columns []string) string {
	var items []string
	for _, it := range sel.Items {
		if _, ok := it.X.(*ast.Star); ok {
			for _, c := range columns {
				items = append(items, catalog.Quote(alias)+"."+catalog.Quote(c))
			}
			continue
		}
		text := format.Expr(it.X)
		if it.Alias != nil {
			text += " AS " + catalog.Quote(it.Alias.Name)
		}
		items = append(items, text)
	}
	text := "SELECT "
	if sel.Distinct {
		text += "DISTINCT "
	}
	text += strings.Join(items, ", ") + "\nFROM " + n.Quoted() + " AS " + catalog.Quote(alias)
	if sel.Where != nil {
		text += "\nWHERE " + format.Expr(sel.Where)
	}
	if g := sel.GroupBy; g != nil {
		rest := &ast.Query{Body: &ast.Select{Items: []ast.SelectItem{{X: &ast.Star{}}}, GroupBy: g}}
		_, by, _ := strings.Cut(format.Query(rest), " GROUP BY ")
		text += "\nGROUP BY " + by
	}
	if sel.Having != nil {
		text += "\nHAVING " + format.Expr(sel.Having)
	}
	return text
}

package session

import (
	"slices"
	"strings"

	"millrace/sql/ast"
	"millrace/sql/catalog"
	"millrace/sql/sqlerr"
)

// modify checks TRUNCATE TABLE, UPDATE and DELETE and says why they cannot be done: no connector changes rows that it has written.
func (s *Session) modify(st ast.Stmt, config map[string]string) error {
	switch x := st.(type) {
	case *ast.Truncate:
		return s.truncate(x, config)
	case *ast.Update:
		return s.change("UPDATE", x.Table, x.Alias, x.Where, x.Sets, config)
	case *ast.Delete:
		return s.change("DELETE", x.Table, x.Alias, x.Where, nil, config)
	}
	return sqlerr.New(sqlerr.Internal, st.Pos(), "statement %T changes no rows", st)
}

func (s *Session) batch(config map[string]string) bool {
	return strings.EqualFold(s.effective(config)["execution.runtime-mode"], "batch")
}

func (s *Session) truncate(x *ast.Truncate, config map[string]string) error {
	if !s.batch(config) {
		return sqlerr.New(sqlerr.Unsupported, x.Pos(), "TRUNCATE TABLE is not supported in streaming mode")
	}
	n, t, err := s.find(x.Table)
	if err != nil {
		return err
	}
	return sqlerr.New(sqlerr.Unsupported, x.Table.Pos(), "table %s (connector '%s') cannot be truncated", n, t.Options["connector"])
}

// find returns the table that a path names.
func (s *Session) find(p ast.Path) (catalog.Name, *catalog.Table, error) {
	n, err := s.store.Qualify(s.current, p)
	if err != nil {
		return n, nil, err
	}
	t, err := s.store.Lookup(p.Pos(), n)
	return n, t, err
}

// change plans the query that would find the rows of an UPDATE or DELETE, since its errors come first.
func (s *Session) change(verb string, table ast.Path, alias *ast.Ident, where ast.Expr, sets []ast.Assignment, config map[string]string) error {
	from := &ast.TableName{At: table.At, Path: table}
	if alias != nil {
		from.Alias = &ast.Alias{Name: *alias}
	}
	q := &ast.Query{Body: &ast.Select{At: table.At, Items: []ast.SelectItem{{X: &ast.Star{At: table.At}}}, From: from, Where: where}}
	schema, err := s.planner(config).QuerySchema(q)
	if err != nil {
		return err
	}
	for _, a := range sets {
		if !slices.Contains(schema.Names(), a.Column.Last()) {
			return sqlerr.New(sqlerr.UnknownName, a.Column.Pos(), "unknown target column '%s'", a.Column.Last())
		}
	}
	if !s.batch(config) {
		return sqlerr.New(sqlerr.Unsupported, table.Pos(), "%s is not supported in streaming mode", verb)
	}
	n, t, err := s.find(table)
	if err != nil {
		return err
	}
	return sqlerr.New(sqlerr.Unsupported, table.Pos(), "table %s (connector '%s') takes no %s", n, t.Options["connector"], verb)
}

// materialized says why a statement about a materialized table cannot be done: there are none.
func (s *Session) materialized(p ast.Path, ifExists bool) error {
	n, err := s.store.Qualify(s.current, p)
	if err != nil {
		return err
	}
	switch t := s.store.Table(n); {
	case t != nil:
		return sqlerr.New(sqlerr.Validation, p.Pos(), "table %s is not a materialized table", n.Quoted())
	case ifExists:
		return nil
	default:
		return sqlerr.New(sqlerr.UnknownName, p.Pos(), "materialized table '%s' does not exist", n)
	}
}

package session

import (
	"context"
	"maps"
	"slices"
	"strings"

	"millrace/planner/scalar"
	"millrace/runtime/gateway"
	"millrace/sql/ast"
	"millrace/sql/catalog"
	"millrace/sql/format"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// define does statements that change the catalog.
func (s *Session) define(ctx context.Context, st ast.Stmt, config map[string]string) (*gateway.Result, error) {
	var err error
	switch x := st.(type) {
	case *ast.CreateTable:
		return s.createTable(ctx, x, config)
	case *ast.CreateView:
		err = s.createView(x)
	case *ast.CreateDatabase:
		err = s.store.CreateDatabase(s.current, x)
	case *ast.CreateCatalog:
		err = s.store.CreateCatalog(x)
	case *ast.CreateFunction:
		err = s.createFunction(x)
	case *ast.AlterFunction:
		err = s.alterFunction(x)
	case *ast.CreateModel:
		err = s.createModel(x)
	case *ast.Drop:
		err = s.drop(x)
	case *ast.Alter:
		err = s.alter(x)
	case *ast.Analyze:
		err = s.analyze(x, config)
	default:
		err = sqlerr.New(sqlerr.Unsupported, st.Pos(), "%s is not supported yet", statementName(st))
	}
	if err != nil {
		return nil, err
	}
	return s.ok(), nil
}

// statementName is what to call a statement in a message.
func statementName(st ast.Stmt) string {
	switch x := st.(type) {
	case *ast.Update:
		return "UPDATE"
	case *ast.Delete:
		return "DELETE"
	case *ast.Truncate:
		return "TRUNCATE TABLE"
	case *ast.CallStmt:
		return "CALL"
	case *ast.CreateConnection:
		return "CREATE CONNECTION"
	case *ast.CreateMaterializedTable:
		return "CREATE MATERIALIZED TABLE"
	case *ast.Drop:
		return "DROP " + x.Object.String()
	case *ast.Alter:
		return "ALTER " + x.Object.String()
	default:
		return "this statement"
	}
}

func (s *Session) builder() *catalog.Builder {
	return &catalog.Builder{Type: scalar.BindType, Text: format.Expr, Source: s.source}
}

// createTable does CREATE TABLE in all its forms.
func (s *Session) createTable(ctx context.Context, x *ast.CreateTable, config map[string]string) (*gateway.Result, error) {
	n, err := s.store.Qualify(s.current, x.Path)
	if err != nil {
		return nil, err
	}
	if x.As != nil {
		return s.createAs(ctx, n, x, config)
	}
	var t *catalog.Table
	if x.Like != nil {
		var from catalog.Name
		if from, err = s.store.Qualify(s.current, x.Like.Source); err != nil {
			return nil, err
		}
		src, err := s.store.Lookup(x.Like.Source.Pos(), from)
		if err != nil {
			return nil, err
		}
		t, err = s.builder().CreateLike(x, src)
		if err != nil {
			return nil, err
		}
	} else if t, err = s.builder().Create(x); err != nil {
		return nil, err
	}
	return s.storeTable(x, n, t)
}

// storeTable checks what needs types and stores the table.
func (s *Session) storeTable(x *ast.CreateTable, n catalog.Name, t *catalog.Table) (*gateway.Result, error) {
	if _, err := s.planner(nil).ResolveTable(x.Path.Pos(), n, t); err != nil {
		return nil, err
	}
	if _, err := s.store.CreateTable(x.Path.Pos(), n, t, x.Temporary, x.IfNotExists); err != nil {
		return nil, err
	}
	return s.ok(), nil
}

// createAs does CREATE TABLE … AS and REPLACE TABLE … AS: a table with the columns of the query, then an INSERT. With IF NOT EXISTS the rows go
// into a table that exists, by position. If the INSERT cannot be planned or started, the catalog is left as it was.
func (s *Session) createAs(ctx context.Context, n catalog.Name, x *ast.CreateTable, config map[string]string) (*gateway.Result, error) {
	if x.Temporary {
		return nil, sqlerr.New(sqlerr.Unsupported, x.Pos(), "CREATE TEMPORARY TABLE … AS is not supported: create the table and insert into it")
	}
	old := s.store.PermanentTable(n)
	switch {
	case old != nil && x.IfNotExists:
		return s.insert(ctx, []*ast.Insert{{Span: x.Span, Table: x.Path, Query: x.As}}, config)
	case old != nil && !x.Replace:
		return nil, sqlerr.New(sqlerr.Exists, x.Path.Pos(), "table (or view) %s.%s already exists in catalog %s", n.Database, n.Object, n.Catalog)
	case old == nil && x.Replace && !x.OrReplace:
		return nil, sqlerr.New(sqlerr.UnknownName, x.Path.Pos(), "table %s does not exist, so it cannot be replaced; write CREATE OR REPLACE TABLE", n.Quoted())
	}
	schema, err := s.planner(config).QuerySchema(x.As)
	if err != nil {
		return nil, err
	}
	t, columns, err := s.builder().CreateAs(x, schema)
	if err != nil {
		return nil, err
	}
	p := s.planner(config)
	if _, err := p.ResolveTable(x.Path.Pos(), n, t); err != nil {
		return nil, err
	}
	if old != nil {
		err = s.store.Replace(x.Path.Pos(), n, t)
	} else {
		_, err = s.store.CreateTable(x.Path.Pos(), n, t, false, false)
	}
	if err != nil {
		return nil, err
	}
	insert := &ast.Insert{Span: x.Span, Table: x.Path, Query: x.As}
	for _, c := range columns {
		insert.Columns = append(insert.Columns, ast.Path{At: x.Path.At, Parts: []ast.Ident{{At: x.Path.At, Name: c}}})
	}
	r, err := s.insert(ctx, []*ast.Insert{insert}, config)
	switch {
	case err == nil:
	case old == nil:
		_ = s.store.DropTable(x.Path.Pos(), n, false, false, true) // it was made for this statement alone
	default:
		_ = s.store.Replace(x.Path.Pos(), n, old) // it was there before
	}
	return r, err
}

// createView does CREATE VIEW.
func (s *Session) createView(x *ast.CreateView) error {
	n, err := s.store.Qualify(s.current, x.Path)
	if err != nil {
		return err
	}
	v, err := s.view(x.Query)
	if err != nil {
		return err
	}
	if len(x.Columns) > 0 {
		if len(x.Columns) != len(v.Columns) {
			return sqlerr.New(sqlerr.Validation, x.Columns[0].Pos(), "the view has %d column names, its query %d columns", len(x.Columns), len(v.Columns))
		}
		seen := map[string]bool{}
		for i, c := range x.Columns {
			if seen[c.Name] {
				return sqlerr.New(sqlerr.Validation, c.Pos(), "column name '%s' is written twice", c.Name)
			}
			seen[c.Name] = true
			v.Columns[i].Name = c.Name
		}
	}
	_, err = s.store.CreateTable(x.Path.Pos(), n, &catalog.Table{Comment: x.Comment, View: v, Options: map[string]string{}}, x.Temporary, x.IfNotExists)
	return err
}

// view makes the definition of a view of its query.
func (s *Session) view(q *ast.Query) (*catalog.View, error) {
	p := s.planner(nil)
	schema, err := p.QuerySchema(q)
	if err != nil {
		return nil, err
	}
	text := strings.TrimSpace(s.source[q.Start:q.End])
	return &catalog.View{
		Query: q, Text: text, Expanded: s.expanded(q, text), Source: s.source, Session: s.current,
		Columns: append(types.Schema(nil), schema...),
	}, nil
}

func (s *Session) functionName(p ast.Path, system bool) (catalog.Name, error) {
	if system {
		return catalog.Name{Object: strings.ToLower(p.Last())}, nil
	}
	return s.store.Qualify(s.current, p)
}

func (s *Session) createFunction(x *ast.CreateFunction) error {
	n, err := s.functionName(x.Path, x.System)
	if err != nil {
		return err
	}
	if x.Temporary || x.System {
		return sqlerr.New(sqlerr.Unsupported, x.Path.Pos(), "function class '%s' cannot be loaded: functions in Java or Python are not supported", x.Identifier)
	}
	return s.store.PutFunction(x.Path.Pos(), n, &catalog.Function{
		Identifier: x.Identifier, Language: x.Language, Resources: x.Resources,
		Options: catalog.OptionMap(x.Options),
	}, x.IfNotExists, false)
}

func (s *Session) alterFunction(x *ast.AlterFunction) error {
	n, err := s.functionName(x.Path, x.System)
	if err != nil {
		return err
	}
	if x.Temporary || x.System {
		return sqlerr.New(sqlerr.Unsupported, x.Path.Pos(), "ALTER of a temporary function is not supported: drop and create it")
	}
	if s.store.Function(n) == nil && x.IfExists {
		return nil
	}
	return s.store.PutFunction(x.Path.Pos(), n, &catalog.Function{Identifier: x.Identifier, Language: x.Language, Options: map[string]string{}}, false, true)
}

func (s *Session) createModel(x *ast.CreateModel) error {
	if x.As != nil {
		return sqlerr.New(sqlerr.Unsupported, x.As.Pos(), "CREATE MODEL … AS is not supported yet")
	}
	n, err := s.store.Qualify(s.current, x.Path)
	if err != nil {
		return err
	}
	m := &catalog.Model{Comment: x.Comment, Options: catalog.OptionMap(x.Options), Temporary: x.Temporary}
	for _, side := range []struct {
		columns []*ast.Column
		to      *types.Schema
	}{{x.Input, &m.Input}, {x.Output, &m.Output}} {
		for _, c := range side.columns {
			col, err := s.builder().Column(c)
			if err != nil {
				return err
			}
			*side.to = append(*side.to, types.Field{Name: col.Name, Type: col.Type})
		}
	}
	return s.store.CreateModel(x.Path.Pos(), n, m, x.IfNotExists)
}

// drop does DROP.
func (s *Session) drop(x *ast.Drop) error {
	switch x.Object {
	case ast.DatabaseObject:
		return s.store.DropDatabase(s.current, x)
	case ast.CatalogObject:
		return s.store.DropCatalog(s.current, x.Path.Parts[0], x.IfExists)
	case ast.FunctionObject:
		n, err := s.functionName(x.Path, x.System)
		if err != nil {
			return err
		}
		return s.store.DropFunction(x.Path.Pos(), n, x.Temporary || x.System, x.IfExists)
	}
	n, err := s.store.Qualify(s.current, x.Path)
	if err != nil {
		return err
	}
	switch x.Object {
	case ast.TableObject, ast.ViewObject:
		return s.store.DropTable(x.Path.Pos(), n, x.Object == ast.ViewObject, x.Temporary, x.IfExists)
	case ast.ModelObject:
		return s.store.DropModel(x.Path.Pos(), n, x.Temporary, x.IfExists)
	case ast.MaterializedTableObject:
		if s.store.Table(n) == nil && x.IfExists {
			return nil
		}
		return sqlerr.New(sqlerr.UnknownName, x.Path.Pos(), "materialized table '%s' does not exist", n)
	default:
		return sqlerr.New(sqlerr.Unsupported, x.Pos(), "%s is not supported yet", statementName(x))
	}
}

// alter does ALTER.
func (s *Session) alter(x *ast.Alter) error {
	switch x.Object {
	case ast.CatalogObject:
		return s.store.AlterCatalog(x.Path.Parts[0], x.Action)
	case ast.DatabaseObject:
		if o, ok := x.Action.(*ast.SetOptions); ok {
			return s.store.AlterDatabase(s.current, x.Path, o.Options)
		}
	case ast.TableObject:
		return s.alterTable(x)
	case ast.ViewObject:
		return s.alterView(x)
	case ast.ModelObject:
		return s.alterModel(x)
	}
	return sqlerr.New(sqlerr.Unsupported, x.Pos(), "this form of %s is not supported yet", statementName(x))
}

func (s *Session) alterTable(x *ast.Alter) error {
	n, err := s.store.Qualify(s.current, x.Path)
	if err != nil {
		return err
	}
	t := s.store.Table(n)
	switch {
	case t == nil && x.IfExists:
		return nil
	case t == nil || t.Temporary:
		return sqlerr.New(sqlerr.UnknownName, x.Path.Pos(), "table %s doesn't exist or is a temporary table", n.Quoted())
	case t.IsView():
		return sqlerr.New(sqlerr.Validation, x.Path.Pos(), "ALTER TABLE for a view is not allowed: %s", n.Quoted())
	}
	if r, ok := x.Action.(*ast.RenameTo); ok {
		to, err := s.store.Qualify(s.current, r.To)
		if err != nil {
			return err
		}
		if len(r.To.Parts) == 1 {
			to = catalog.Name{Catalog: n.Catalog, Database: n.Database, Object: r.To.Last()}
		}
		return s.store.RenameTable(x.Path.Pos(), n, to)
	}
	changed, err := s.builder().Alter(t, x.Action)
	if err != nil {
		return err
	}
	if _, err := s.planner(nil).ResolveTable(x.Path.Pos(), n, changed); err != nil {
		return err
	}
	return s.store.Replace(x.Path.Pos(), n, changed)
}

func (s *Session) alterView(x *ast.Alter) error {
	n, err := s.store.Qualify(s.current, x.Path)
	if err != nil {
		return err
	}
	t := s.store.Table(n)
	if t == nil || t.Temporary || !t.IsView() {
		return sqlerr.New(sqlerr.UnknownName, x.Path.Pos(), "view %s does not exist, or is a table or temporary", n.Quoted())
	}
	switch a := x.Action.(type) {
	case *ast.RenameTo:
		to, err := s.store.Qualify(s.current, a.To)
		if err != nil {
			return err
		}
		return s.store.RenameTable(x.Path.Pos(), n, to)
	case *ast.AlterQuery:
		v, err := s.view(a.Query)
		if err != nil {
			return err
		}
		c := t.Clone()
		c.View = v
		return s.store.Replace(x.Path.Pos(), n, c)
	default:
		return sqlerr.New(sqlerr.Unsupported, x.Pos(), "this form of ALTER VIEW is not supported yet")
	}
}

func (s *Session) alterModel(x *ast.Alter) error {
	n, err := s.store.Qualify(s.current, x.Path)
	if err != nil {
		return err
	}
	m := s.store.Model(n)
	if m == nil || m.Temporary {
		if x.IfExists && m == nil {
			return nil
		}
		return sqlerr.New(sqlerr.UnknownName, x.Path.Pos(), "model %s does not exist or is temporary", n.Quoted())
	}
	c := *m
	c.Options = map[string]string{}
	maps.Copy(c.Options, m.Options)
	switch a := x.Action.(type) {
	case *ast.RenameTo:
		to, err := s.store.Qualify(s.current, a.To)
		if err != nil {
			return err
		}
		return s.store.RenameModel(x.Path.Pos(), n, to)
	case *ast.SetOptions:
		if len(a.Options) == 0 {
			return sqlerr.New(sqlerr.Validation, a.Pos(), "ALTER MODEL SET does not support empty options")
		}
		for _, o := range a.Options {
			c.Options[o.Key] = o.Value
		}
	case *ast.ResetOptions:
		if len(a.Keys) == 0 {
			return sqlerr.New(sqlerr.Validation, a.Pos(), "ALTER MODEL RESET does not support empty keys")
		}
		for _, k := range a.Keys {
			delete(c.Options, k)
		}
	default:
		return sqlerr.New(sqlerr.Unsupported, x.Pos(), "this form of ALTER MODEL is not supported yet")
	}
	return s.store.ReplaceModel(x.Path.Pos(), n, &c)
}

// analyze checks ANALYZE TABLE, which exists in batch mode only. There is nothing to do: the planner takes what it needs from the connectors.
func (s *Session) analyze(x *ast.Analyze, config map[string]string) error {
	n, err := s.store.Qualify(s.current, x.Table)
	if err != nil {
		return err
	}
	t := s.store.Table(n)
	if t == nil || t.Temporary {
		return sqlerr.New(sqlerr.UnknownName, x.Table.Pos(), "table %s doesn't exist or is a temporary table", n.Quoted())
	}
	for _, c := range x.Columns {
		if t.Column(c.Name) == nil {
			return sqlerr.New(sqlerr.UnknownName, c.Pos(), "column %s does not exist in the table %s", c.Name, n.Quoted())
		}
	}
	if x.Partition != nil {
		if len(t.Partition) == 0 {
			return sqlerr.New(sqlerr.Validation, x.Table.Pos(), "invalid ANALYZE TABLE statement: table %s is not a partition table, while partition values are given", n.Quoted())
		}
		for _, v := range x.Partition.Values {
			if !slices.Contains(t.Partition, v.Name.Name) {
				return sqlerr.New(sqlerr.Validation, v.Name.Pos(), "invalid ANALYZE TABLE statement: '%s' is no partition column of table %s", v.Name.Name, n.Quoted())
			}
		}
	}
	if !strings.EqualFold(s.effective(config)["execution.runtime-mode"], "batch") {
		return sqlerr.New(sqlerr.Unsupported, x.Pos(), "ANALYZE TABLE is not supported in streaming mode")
	}
	return nil
}

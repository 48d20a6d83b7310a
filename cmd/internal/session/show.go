package session

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"millrace/connectors"
	"millrace/runtime/gateway"
	"millrace/runtime/job"
	"millrace/sql/ast"
	"millrace/sql/catalog"
	"millrace/sql/function"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// show executes SHOW.
func (s *Session) show(st *ast.Show) (*gateway.Result, error) {
	named := func(column string, names []string, err error) (*gateway.Result, error) {
		if err != nil {
			return nil, err
		}
		return s.list(column, filter(names, st.Like, st.Not, st.ILike)), nil
	}
	switch st.Kind {
	case ast.ShowCatalogs:
		return named("catalog name", s.store.Catalogs(), nil)
	case ast.ShowCurrentCatalog:
		return s.text("current catalog name", s.current.Catalog), nil
	case ast.ShowCurrentDatabase:
		return s.text("current database name", s.current.Database), nil
	case ast.ShowDatabases:
		c := s.current.Catalog
		if st.Preposition != "" {
			c = st.In.Last()
			if len(st.In.Parts) > 1 {
				return nil, sqlerr.New(sqlerr.Validation, st.In.Pos(), "SHOW DATABASES takes the name of a catalog, not '%s'", st.In)
			}
		}
		names, err := s.store.Databases(st.In.Pos(), c)
		return named("database name", names, err)
	case ast.ShowTables, ast.ShowViews, ast.ShowMaterializedTables:
		return s.showTables(st, named)
	case ast.ShowFunctions:
		names, err := s.functions(st)
		return named("function name", names, err)
	case ast.ShowModels:
		c, d, err := s.place(st)
		if err != nil {
			return nil, err
		}
		names, err := s.store.Models(st.Pos(), c, d)
		return named("model name", names, err)
	case ast.ShowColumns:
		return s.showColumns(st)
	case ast.ShowCreate:
		return s.showCreate(st)
	case ast.ShowModules:
		return s.showModules(st.Full), nil
	case ast.ShowJars:
		return named("jars", nil, nil)
	case ast.ShowJobs:
		return s.showJobs(), nil
	case ast.ShowPartitions:
		return s.showPartitions(st)
	default:
		return nil, sqlerr.New(sqlerr.Unsupported, st.Pos(), "SHOW %s is not supported", st.Kind)
	}
}

// place is the catalog and database that a FROM or IN clause names, else the current ones.
func (s *Session) place(st *ast.Show) (c, d string, err error) {
	if st.Preposition == "" {
		return s.current.Catalog, s.current.Database, nil
	}
	c, d, err = s.store.QualifyDatabase(s.current, st.In)
	if err == nil {
		_, err = s.store.Database(st.In.Pos(), c, d)
	}
	return c, d, err
}

func (s *Session) showTables(st *ast.Show, named func(string, []string, error) (*gateway.Result, error)) (*gateway.Result, error) {
	c, d, err := s.place(st)
	if err != nil {
		return nil, err
	}
	column, keep := "table name", func(*catalog.Table) bool { return true }
	switch st.Kind {
	case ast.ShowViews:
		column, keep = "view name", (*catalog.Table).IsView
	case ast.ShowMaterializedTables:
		column, keep = "materialized table", func(*catalog.Table) bool { return false }
	}
	names, err := s.store.Tables(st.Pos(), c, d, keep)
	return named(column, names, err)
}

// functions lists user functions, and the built-in ones unless USER is written.
func (s *Session) functions(st *ast.Show) ([]string, error) {
	c, d, err := s.place(st)
	if err != nil {
		return nil, err
	}
	names := s.store.Functions(c, d)
	if !st.User {
		for _, n := range function.Names() {
			switch function.Lookup(n).Class {
			case function.GroupWindow, function.Table, function.Match:
			default:
				names = append(names, strings.ToLower(n))
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func (s *Session) showModules(full bool) *gateway.Result {
	if full {
		return s.table(types.Schema{{Name: "module name", Type: types.StringType()}, {Name: "used", Type: types.BooleanType()}},
			[][]any{{"core", true}})
	}
	return s.list("module name", []string{"core"})
}

// showPartitions is SHOW PARTITIONS: the partitions that a catalog holds, of which there are none since the files of a table are its partitions.
func (s *Session) showPartitions(st *ast.Show) (*gateway.Result, error) {
	n, t, err := s.find(st.Path)
	if err != nil {
		return nil, err
	}
	if len(t.Partition) == 0 {
		return nil, sqlerr.New(sqlerr.Validation, st.Path.Pos(), "table %s.%s in catalog %s is not partitioned", n.Database, n.Object, n.Catalog)
	}
	return s.list("partition name", nil), nil
}

func jobSchema() types.Schema {
	t := types.StringType()
	return types.Schema{{Name: "job id", Type: t}, {Name: "job name", Type: t}, {Name: "status", Type: t}, {Name: "start time", Type: types.TimestampLTZType(6)}}
}

func jobRow(j job.Status) []any { return []any{string(j.ID), j.Name, j.State.String(), j.Start * 1000} }

func (s *Session) showJobs() *gateway.Result {
	var rows [][]any
	for _, j := range s.env.Cluster.Jobs() {
		rows = append(rows, jobRow(j))
	}
	return s.jobs(rows)
}

// jobs is an answer about jobs.
func (s *Session) jobs(rows [][]any) *gateway.Result {
	r := s.table(jobSchema(), rows)
	r.Style.ISO = true // as Flink shows when they started
	return r
}

// showColumns is DESCRIBE with a pattern for the names.
func (s *Session) showColumns(st *ast.Show) (*gateway.Result, error) {
	rows, comments, err := s.describeRows(st.Path)
	if err != nil {
		return nil, err
	}
	var kept [][]any
	for _, r := range rows {
		if len(filter([]string{r[0].(string)}, st.Like, st.Not, st.ILike)) > 0 {
			kept = append(kept, r)
		}
	}
	return s.describeTable(kept, comments), nil
}

// describe executes DESCRIBE.
func (s *Session) describe(st *ast.Describe) (*gateway.Result, error) {
	switch st.Object {
	case ast.TableObject, ast.ViewObject:
		rows, comments, err := s.describeRows(st.Path)
		if err != nil {
			return nil, err
		}
		return s.describeTable(rows, comments), nil
	case ast.CatalogObject:
		return s.describeCatalog(st)
	case ast.FunctionObject:
		return s.describeFunction(st)
	case ast.ModelObject:
		return s.describeModel(st)
	case ast.JobObject:
		for _, j := range s.env.Cluster.Jobs() {
			if string(j.ID) == st.JobID {
				return s.jobs([][]any{jobRow(j)}), nil
			}
		}
		return nil, sqlerr.New(sqlerr.UnknownName, st.Pos(), "job '%s' does not exist", st.JobID)
	default:
		return nil, sqlerr.New(sqlerr.Unsupported, st.Pos(), "DESCRIBE %s is not supported", st.Object)
	}
}

// describeRows is name, type, null, key, extras, watermark and comment of each column; comments tells whether some column has one.
func (s *Session) describeRows(p ast.Path) (rows [][]any, comments bool, err error) {
	n, err := s.store.Qualify(s.current, p)
	if err != nil {
		return nil, false, err
	}
	t, err := s.store.Lookup(p.Pos(), n)
	if err != nil {
		return nil, false, err
	}
	schema, err := s.planner(nil).ResolveTable(p.Pos(), n, t)
	if err != nil {
		return nil, false, err
	}
	for i, f := range schema {
		row := []any{f.Name, f.Type.AsNullable().SummaryString(), !f.Type.NotNull, nil, nil, nil, nil}
		if f.Comment != "" {
			row[6], comments = f.Comment, true
		}
		if !t.IsView() {
			c := &t.Columns[i]
			row[3], row[4] = keyText(t, c), extras(c)
			if t.Watermark != nil && t.Watermark.Column == c.Name {
				row[5] = t.Watermark.Expr.Text
			}
			row[6] = nil
			if c.Comment != nil {
				row[6], comments = *c.Comment, true
			}
		}
		rows = append(rows, row)
	}
	return rows, comments, nil
}

func keyText(t *catalog.Table, c *catalog.Column) any {
	if t.Key == nil || !slices.Contains(t.Key.Columns, c.Name) {
		return nil
	}
	return "PRI(" + strings.Join(t.Key.Columns, ", ") + ")"
}

// extras is how a column is filled if not by writing it.
func extras(c *catalog.Column) any {
	switch c.Kind {
	case catalog.Computed:
		return "AS " + c.Expr.Text
	case catalog.Metadata:
		text := "METADATA"
		if c.HasKey {
			text += " FROM '" + c.Key + "'"
		}
		if c.Virtual {
			text += " VIRTUAL"
		}
		return text
	default:
		return nil
	}
}

func (s *Session) describeTable(rows [][]any, comments bool) *gateway.Result {
	t := types.StringType()
	schema := types.Schema{
		{Name: "name", Type: t},
		{Name: "type", Type: t},
		{Name: "null", Type: types.BooleanType()},
		{Name: "key", Type: t},
		{Name: "extras", Type: t},
		{Name: "watermark", Type: t},
	}
	if comments {
		schema = append(schema, types.Field{Name: "comment", Type: t})
	}
	for i := range rows {
		rows[i] = rows[i][:len(schema)]
	}
	return s.table(schema, rows)
}

func infoSchema() types.Schema {
	return types.Schema{{Name: "info name", Type: types.StringType()}, {Name: "info value", Type: types.StringType()}}
}

func optional(p *string) any {
	if p == nil {
		return nil
	}
	return *p
}

func (s *Session) describeCatalog(st *ast.Describe) (*gateway.Result, error) {
	name := st.Path.Last()
	e := s.store.Catalog(name)
	if e == nil || e.BuiltIn {
		return nil, sqlerr.New(sqlerr.UnknownName, st.Path.Pos(), "catalog '%s' has no description", name)
	}
	rows := [][]any{{"name", name}, {"type", e.Options["type"]}, {"comment", optional(e.Comment)}}
	if st.Extended {
		for _, k := range slices.Sorted(maps.Keys(e.Options)) {
			if k != "type" {
				rows = append(rows, []any{"option:" + k, connectors.Masked(k, e.Options[k])})
			}
		}
	}
	return s.table(infoSchema(), rows), nil
}

func (s *Session) describeModel(st *ast.Describe) (*gateway.Result, error) {
	n, err := s.store.Qualify(s.current, st.Path)
	if err != nil {
		return nil, err
	}
	m := s.store.Model(n)
	if m == nil {
		return nil, sqlerr.New(sqlerr.UnknownName, st.Path.Pos(), "model '%s' does not exist", n)
	}
	t := types.StringType()
	schema := types.Schema{{Name: "name", Type: t}, {Name: "type", Type: t}, {Name: "null", Type: types.BooleanType()}, {Name: "is input", Type: types.BooleanType()}}
	var rows [][]any
	for _, side := range []struct {
		fields types.Schema
		input  bool
	}{{m.Input, true}, {m.Output, false}} {
		for _, f := range side.fields {
			rows = append(rows, []any{f.Name, f.Type.AsNullable().String(), !f.Type.NotNull, side.input})
		}
	}
	return s.table(schema, rows), nil
}

func (s *Session) describeFunction(st *ast.Describe) (*gateway.Result, error) {
	name := st.Path.Last()
	n, err := s.store.Qualify(s.current, st.Path)
	if err != nil {
		return nil, err
	}
	f := function.Lookup(name)
	if f == nil || len(st.Path.Parts) > 1 {
		if u := s.store.Function(n); u != nil {
			return nil, sqlerr.New(sqlerr.Unsupported, st.Path.Pos(), "function '%s' cannot be loaded: its class '%s' is Java or Python", n, u.Identifier)
		}
		return nil, sqlerr.New(sqlerr.UnknownName, st.Path.Pos(), "function '%s' does not exist", st.Path)
	}
	rows := [][]any{{"is system function", "true"}, {"is temporary", "false"}}
	if st.Extended {
		kind := "SCALAR"
		switch f.Class {
		case function.Aggregate, function.Ranking:
			kind = "AGGREGATE"
		case function.Table:
			kind = "TABLE"
		}
		deterministic := strconv.FormatBool(!f.Volatile)
		rows = append(rows, []any{"kind", kind}, []any{"requirements", "[]"}, []any{"is deterministic", deterministic},
			[]any{"supports constant folding", "true"}, []any{"signature", f.Usage})
	}
	return s.table(infoSchema(), rows), nil
}

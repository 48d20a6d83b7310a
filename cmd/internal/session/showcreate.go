package session

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"millrace/connectors"
	"millrace/runtime/gateway"
	"millrace/sql/ast"
	"millrace/sql/catalog"
	"millrace/sql/parser"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// showCreate executes SHOW CREATE.
func (s *Session) showCreate(st *ast.Show) (*gateway.Result, error) {
	switch st.Object {
	case ast.CatalogObject:
		name := st.Path.Last()
		e := s.store.Catalog(name)
		if e == nil || e.BuiltIn {
			return nil, sqlerr.New(sqlerr.UnknownName, st.Path.Pos(), "catalog '%s' has no definition to show", name)
		}
		var b strings.Builder
		fmt.Fprintf(&b, "CREATE CATALOG %s\n", catalog.Quote(name))
		if e.Comment != nil && *e.Comment != "" {
			fmt.Fprintf(&b, "COMMENT %s\n", quoteText(*e.Comment))
		}
		writeOptions(&b, e.Options)
		return s.text("result", b.String()), nil
	case ast.TableObject, ast.ViewObject:
	case ast.ModelObject:
		return s.showCreateModel(st)
	default:
		return nil, sqlerr.New(sqlerr.Unsupported, st.Pos(), "SHOW CREATE %s is not supported", st.Object)
	}
	n, err := s.store.Qualify(s.current, st.Path)
	if err != nil {
		return nil, err
	}
	t, err := s.store.Lookup(st.Path.Pos(), n)
	if err != nil {
		return nil, err
	}
	switch {
	case t.IsView() && st.Object == ast.TableObject:
		return nil, sqlerr.New(sqlerr.Validation, st.Path.Pos(), "%s is a view; use SHOW CREATE VIEW", n)
	case !t.IsView() && st.Object == ast.ViewObject:
		return nil, sqlerr.New(sqlerr.Validation, st.Path.Pos(), "%s is a table; use SHOW CREATE TABLE", n)
	case t.IsView():
		return s.text("result", createView(n, t)), nil
	default:
		return s.text("result", createTable(n, t)), nil
	}
}

func temporary(t bool) string {
	if t {
		return "TEMPORARY "
	}
	return ""
}

func createView(n catalog.Name, t *catalog.Table) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE %sVIEW %s", temporary(t.Temporary), n.Quoted())
	if len(t.View.Columns) > 0 {
		b.WriteString(" (\n")
		for i, c := range t.View.Columns {
			if i > 0 {
				b.WriteString(",\n")
			}
			b.WriteString("  " + catalog.Quote(c.Name))
		}
		b.WriteString("\n)")
	}
	b.WriteString("\n")
	if t.Comment != nil && *t.Comment != "" {
		fmt.Fprintf(&b, "COMMENT %s\n", quoteText(*t.Comment))
	}
	b.WriteString("AS " + parser.Mask(t.View.Expanded, connectors.Masked) + "\n")
	return b.String()
}

// createTable is the statement that makes the table, in Flink's layout.
func createTable(n catalog.Name, t *catalog.Table) string {
	var items []string
	for i := range t.Columns {
		items = append(items, columnText(&t.Columns[i]))
	}
	if w := t.Watermark; w != nil {
		items = append(items, "WATERMARK FOR "+catalog.Quote(w.Column)+" AS "+w.Expr.Text)
	}
	if k := t.Key; k != nil {
		items = append(items, "CONSTRAINT "+catalog.Quote(k.Name)+" PRIMARY KEY ("+quoteList(k.Columns)+") NOT ENFORCED")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE %sTABLE %s (\n  %s\n)\n", temporary(t.Temporary), n.Quoted(), strings.Join(items, ",\n  "))
	if t.Comment != nil && *t.Comment != "" {
		fmt.Fprintf(&b, "COMMENT %s\n", quoteText(*t.Comment))
	}
	if d := t.Distribution; d != nil {
		b.WriteString(distributionText(d) + "\n")
	}
	if len(t.Partition) > 0 {
		fmt.Fprintf(&b, "PARTITIONED BY (%s)\n", quoteList(t.Partition))
	}
	writeOptions(&b, t.Options)
	return b.String()
}

func distributionText(d *catalog.Distribution) string {
	text := "DISTRIBUTED"
	if len(d.Columns) > 0 {
		text += " BY "
		switch d.Kind {
		case ast.HashDistribution:
			text += "HASH"
		case ast.RangeDistribution:
			text += "RANGE"
		}
		text += "(" + quoteList(d.Columns) + ")"
	}
	if d.Buckets > 0 {
		text += fmt.Sprintf(" INTO %d BUCKETS", d.Buckets)
	}
	return text
}

func quoteList(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = catalog.Quote(n)
	}
	return strings.Join(q, ", ")
}

func columnText(c *catalog.Column) string {
	text := catalog.Quote(c.Name) + " "
	switch c.Kind {
	case catalog.Computed:
		text += "AS " + c.Expr.Text
	default:
		text += longType(c.Type)
		if c.Kind == catalog.Metadata {
			text += " " + extras(c).(string)
		}
	}
	if c.Comment != nil && *c.Comment != "" {
		text += " COMMENT " + quoteText(*c.Comment)
	}
	return text
}

// longType is a type with STRING, BYTES and TIMESTAMP_LTZ written out.
func longType(t types.Type) string {
	null := ""
	if t.NotNull {
		null = " NOT NULL"
	}
	t = t.AsNullable()
	switch t.Kind {
	case types.VarChar:
		return fmt.Sprintf("VARCHAR(%d)", t.Length) + null
	case types.VarBinary:
		return fmt.Sprintf("VARBINARY(%d)", t.Length) + null
	case types.TimestampLTZ:
		return fmt.Sprintf("TIMESTAMP(%d) WITH LOCAL TIME ZONE", t.Precision) + null
	case types.Array, types.Multiset:
		return t.Kind.String() + "<" + longType(*t.Elem) + ">" + null
	case types.Map:
		return "MAP<" + longType(*t.Key) + ", " + longType(*t.Elem) + ">" + null
	case types.Row:
		fields := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = catalog.Quote(f.Name) + " " + longType(f.Type)
		}
		return "ROW<" + strings.Join(fields, ", ") + ">" + null
	default:
		return t.String() + null
	}
}

func writeOptions(b *strings.Builder, options map[string]string) {
	if len(options) == 0 {
		return
	}
	b.WriteString("WITH (\n")
	for i, k := range slices.Sorted(maps.Keys(options)) {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(b, "  %s = %s", quoteText(k), quoteText(connectors.Masked(k, options[k])))
	}
	b.WriteString("\n)\n")
}

func (s *Session) showCreateModel(st *ast.Show) (*gateway.Result, error) {
	n, err := s.store.Qualify(s.current, st.Path)
	if err != nil {
		return nil, err
	}
	m := s.store.Model(n)
	if m == nil {
		return nil, sqlerr.New(sqlerr.UnknownName, st.Path.Pos(), "model '%s' does not exist", n)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE %sMODEL %s\n", temporary(m.Temporary), n.Quoted())
	for _, side := range []struct {
		word   string
		fields types.Schema
	}{{"INPUT", m.Input}, {"OUTPUT", m.Output}} {
		if len(side.fields) == 0 {
			continue
		}
		var cols []string
		for _, f := range side.fields {
			cols = append(cols, catalog.Quote(f.Name)+" "+longType(f.Type))
		}
		fmt.Fprintf(&b, "%s (%s)\n", side.word, strings.Join(cols, ", "))
	}
	if m.Comment != nil && *m.Comment != "" {
		fmt.Fprintf(&b, "COMMENT %s\n", quoteText(*m.Comment))
	}
	writeOptions(&b, m.Options)
	return s.text("result", b.String()), nil
}

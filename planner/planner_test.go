package planner_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"millrace/planner"
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/planner/scalar"
	"millrace/sql/ast"
	"millrace/sql/catalog"
	"millrace/sql/format"
	"millrace/sql/parser"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// connectors answers for the tables of the tests by their options: 'mode' is what the source delivers, 'takes' what the sink accepts, 'splits' whether the source makes watermarks,
// 'deletes' what its deletions hold, 'together' that rows of a partition go to one writer.
type connectors struct{}

func (connectors) Capabilities(t planner.Table) (plan.Capabilities, error) {
	modes := map[string]plan.Mode{"": plan.InsertOnly, "insert": plan.InsertOnly, "retract": plan.Retract, "upsert": plan.Upsert}
	c := plan.Capabilities{
		SourceMode: modes[t.Options["mode"]], SinkModes: []plan.Mode{modes[t.Options["takes"]]},
		Metadata: types.Schema{{Name: "file.name", Type: types.StringType().AsNotNull()}},
	}
	switch t.Options["connector"] {
	case "stream":
		c.Source, c.Sink, c.Bounded, c.NestedProjection, c.Filter, c.Limit, c.Overwrite = true, true, true, true, true, true, true
		c.FilterExact = t.Options["exact"] == "true"
		c.Watermark = t.Options["splits"] == "true"
		c.KeyOnlyDeletes = t.Options["deletes"] == "key"
	case "sink":
		c.Sink = true
		c.ShuffleByPartition = t.Options["together"] == "true"
	case "unbounded":
		c.Source = true
	default:
		return c, fmt.Errorf("connector %q is not known", t.Options["connector"])
	}
	return c, nil
}

// AcceptFilter takes comparisons of a column with a literal.
func (connectors) AcceptFilter(_ planner.Table, _ []plan.SourceColumn, e *expr.Expr) bool {
	return e.Kind == expr.Call && len(e.Args) == 2 && e.Args[1].Kind == expr.Literal && (e.Args[0].Kind == expr.Column || e.Args[0].Kind == expr.Field)
}

// AcceptWatermark takes a column less something.
func (connectors) AcceptWatermark(_ planner.Table, _ []plan.SourceColumn, w *plan.Watermark) bool {
	return w.Expr.Kind == expr.Call && w.Expr.Args[0].Kind == expr.Column && w.Expr.Args[0].Index == w.Column
}

// session is what one test file shares.
type session struct {
	store    *catalog.Store
	settings map[string]string
}

func (s *session) planner() *planner.Planner {
	return planner.New(planner.Config{Catalog: s.store, Session: s.store.Default(), Connectors: connectors{}, Settings: s.settings, Zone: time.UTC})
}

// TestPlans runs the files of testdata/plan. Commands: exec (CREATE TABLE, CREATE VIEW, SET), plan, schema, explain, drop.
func TestPlans(t *testing.T) {
	files, err := filepath.Glob("testdata/plan/*.test")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test files: %v", err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			s := &session{store: catalog.New("default_catalog", "default_database"), settings: map[string]string{}}
			datadriven.RunTest(t, f, func(_ *testing.T, d *datadriven.TestData) string {
				out, err := s.run(d)
				if err != nil {
					err = sqlerr.At(err, d.Input)
					var e *sqlerr.Error
					if errors.As(err, &e) && e.Hint != "" {
						return "error: " + err.Error() + "\nhint: " + e.Hint + "\n"
					}
					return "error: " + err.Error() + "\n"
				}
				return out
			})
		})
	}
}

func (s *session) run(d *datadriven.TestData) (string, error) {
	st, err := parser.ParseStatement(strings.TrimSuffix(strings.TrimSpace(d.Input), ";"))
	if err != nil {
		return "", err
	}
	if x, ok := st.(*ast.Explain); ok {
		return s.planner().Explain(x.Stmt, x.Details)
	}
	switch d.Cmd {
	case "exec":
		return "ok\n", s.exec(st, d.Input)
	case "schema":
		sc, err := s.planner().QuerySchema(st.(*ast.QueryStmt).Query)
		if err != nil {
			return "", err
		}
		var b strings.Builder
		for _, f := range sc {
			b.WriteString(f.Name + " " + f.Type.SummaryString() + "\n")
		}
		return b.String(), nil
	}
	g, err := s.graph(st)
	if err != nil {
		return "", err
	}
	if err := checkTypes(g); err != nil {
		return "", err
	}
	if err := roundTrip(g); err != nil {
		return "", err
	}
	return graphText(g), nil
}

func (s *session) graph(st ast.Stmt) (*plan.Graph, error) {
	switch x := st.(type) {
	case *ast.QueryStmt:
		g, _, err := s.planner().PlanQuery(x.Query)
		return g, err
	case *ast.Insert:
		return s.planner().PlanInserts([]*ast.Insert{x})
	case *ast.StatementSet:
		return s.planner().PlanInserts(x.Inserts)
	}
	return nil, fmt.Errorf("no plan for %T", st)
}

func (s *session) exec(st ast.Stmt, src string) error {
	cur := s.store.Default()
	switch x := st.(type) {
	case *ast.Set:
		s.settings[x.Key] = x.Value
	case *ast.Reset:
		s.settings = map[string]string{}
	case *ast.CreateTable:
		b := &catalog.Builder{Type: scalar.BindType, Text: format.Expr, Source: src}
		tb, err := b.Create(x)
		if err != nil {
			return err
		}
		n, err := s.store.Qualify(cur, x.Path)
		if err != nil {
			return err
		}
		if _, err := s.planner().ResolveTable(x.Pos(), n, tb); err != nil {
			return err
		}
		_, err = s.store.CreateTable(x.Pos(), n, tb, x.Temporary, x.IfNotExists)
		return err
	case *ast.CreateView:
		sc, err := s.planner().QuerySchema(x.Query)
		if err != nil {
			return err
		}
		n, _ := s.store.Qualify(cur, x.Path)
		_, err = s.store.CreateTable(x.Pos(), n, &catalog.Table{View: &catalog.View{Query: x.Query, Source: src, Session: cur, Columns: sc}}, x.Temporary, false)
		return err
	default:
		return fmt.Errorf("cannot execute %T", st)
	}
	return nil
}

// roundTrip checks that the JSON form of a plan reads back the same.
func roundTrip(g *plan.Graph) error {
	var texts [2]string
	for i := range texts {
		for _, n := range g.Nodes {
			j, err := n.MarshalJSON()
			if err != nil {
				return err
			}
			texts[i] += string(j)
			var m plan.Node
			if err := m.UnmarshalJSON(j); err != nil {
				return err
			}
			*n = m
		}
	}
	if texts[0] != texts[1] {
		return errors.New("the JSON form of the plan does not read back the same")
	}
	return nil
}

func graphText(g *plan.Graph) string {
	var b strings.Builder
	for _, n := range g.Nodes {
		fmt.Fprintf(&b, "%d: %s %s", n.ID, n.Name, "["+string(n.Mode)+"]")
		for _, e := range n.Inputs {
			fmt.Fprintf(&b, " <- %d", e.From)
			if e.Ship != plan.Forward {
				fmt.Fprintf(&b, " %s", e.Ship)
				if e.Ship == plan.Hash {
					fmt.Fprintf(&b, "%v", e.Keys)
				}
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

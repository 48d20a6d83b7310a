package scalar_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"millrace/planner/expr"
	"millrace/planner/scalar"
	"millrace/sql/ast"
	"millrace/sql/function"
	"millrace/sql/parser"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// columns is a scope of plain columns. Aggregates are bound over them and print as calls.
type columns struct {
	scalar.NoScope
	schema types.Schema
	// grouped says that there are grouping keys.
	grouped bool
}

func (c *columns) Names() []string { return c.schema.Names() }

func (c *columns) Column(path []ast.Ident) (*expr.Expr, int, error) {
	if i := c.schema.Index(path[0].Name); i >= 0 {
		return expr.NewColumn(i, c.schema[i].Type), 1, nil
	}
	return nil, 0, nil
}

func (c *columns) Call(k scalar.Call) (*expr.Expr, error) {
	if k.Func.Class == function.GroupWindow || k.Func.Class == function.Match {
		return c.NoScope.Call(k)
	}
	a, err := scalar.BindAggregate(k, c, scalar.Env{}, !k.Over() && !c.grouped)
	if err != nil {
		return nil, err
	}
	name := a.Func.Name
	if a.IgnoreNulls {
		name += " IGNORE NULLS"
	}
	return expr.NewCall(name, a.Type, a.Args...), nil
}

func parseColumns(t *testing.T, text string) types.Schema {
	t.Helper()
	n, err := parser.ParseType("ROW<" + text + ">")
	if err != nil {
		t.Fatal(err)
	}
	row, err := scalar.BindType(n)
	if err != nil {
		t.Fatal(err)
	}
	return row.Fields
}

// describe is an error with its code, the text from its position on, and its hint.
func describe(err error, src string) string {
	var e *sqlerr.Error
	if !errors.As(err, &e) {
		return "error without code: " + err.Error()
	}
	near := ""
	if e.Pos >= 0 && e.Pos < len(src) {
		near = src[e.Pos:]
		if len(near) > 12 {
			near = near[:12] + "…"
		}
	}
	text := fmt.Sprintf("error %s at %q: %s", e.Code, near, e.Msg)
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// TestBind binds one expression a line over the columns that were declared last.
func TestBind(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		scope := &columns{}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "columns":
				scope.schema = parseColumns(t, strings.ReplaceAll(d.Input, "\n", " "))
				scope.grouped = d.HasArg("grouped")
				return ""
			case "bind":
				var out strings.Builder
				for line := range strings.SplitSeq(d.Input, "\n") {
					out.WriteString(bindLine(line, scope) + "\n")
				}
				return out.String()
			default:
				t.Fatalf("unknown command %q", d.Cmd)
				return ""
			}
		})
	})
}

func bindLine(line string, scope *columns) string {
	n, err := parser.ParseExpr(line)
	if err != nil {
		return "not SQL: " + err.Error()
	}
	e, err := scalar.Bind(n, scope, scalar.Env{Database: "default_database", Streaming: true})
	if err != nil {
		return describe(err, line)
	}
	return expr.Text(e, scope.Names()) + " :: " + e.Type.SummaryString()
}

// TestArgumentTypes checks, over every expression of the test data, that comparisons and arithmetic find the operand types that the
// conventions promise.
func TestArgumentTypes(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		scope := &columns{}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd == "columns" {
				scope.schema = parseColumns(t, strings.ReplaceAll(d.Input, "\n", " "))
				scope.grouped = d.HasArg("grouped")
				return d.Expected
			}
			for line := range strings.SplitSeq(d.Input, "\n") {
				n, err := parser.ParseExpr(line)
				if err != nil {
					continue
				}
				e, err := scalar.Bind(n, scope, scalar.Env{})
				if err != nil {
					continue
				}
				expr.Walk(e, func(x *expr.Expr) bool {
					if why := broken(x); why != "" {
						t.Errorf("%s: %s in %s", line, why, x)
					}
					return true
				})
			}
			return d.Expected
		})
	})
}

// broken says which convention a node breaks, if any.
func broken(x *expr.Expr) string {
	if x.Type.Kind == types.Invalid || x.Type.Kind == types.Null {
		return "a node without a type"
	}
	if x.Kind != expr.Call {
		return ""
	}
	kind := func(i int) types.Kind { return x.Args[i].Type.Kind }
	switch x.Func {
	case "AND", "OR", "NOT":
		for i := range x.Args {
			if kind(i) != types.Boolean {
				return "an operand that is no BOOLEAN"
			}
		}
	case "=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM":
		a, b := x.Args[0].Type, x.Args[1].Type
		if a.Kind != b.Kind && !(a.IsText() && b.IsText()) && !(a.IsBinary() && b.IsBinary()) {
			return fmt.Sprintf("a comparison of %s and %s", a, b)
		}
	case "+", "-", "*", "/":
		if !x.Type.IsNumeric() || len(x.Args) != 2 {
			return ""
		}
		for i := range x.Args {
			if kind(i) != x.Type.Kind {
				return fmt.Sprintf("an operand of type %s for the result %s", x.Args[i].Type, x.Type)
			}
		}
	}
	return ""
}

func TestNoScope(t *testing.T) {
	for _, src := range []string{"a", "COUNT(*)", "(SELECT 1)", "EXISTS (SELECT 1)", "RANK() OVER (ORDER BY 1)", "?"} {
		n, err := parser.ParseExpr(src)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := scalar.Bind(n, scalar.NoScope{Where: "in VALUES"}, scalar.Env{}); err == nil {
			t.Errorf("%s is allowed without a scope", src)
		}
	}
}

// wholeRows intercepts one name.
type wholeRows struct{ columns }

func (w *wholeRows) Intercept(e ast.Expr) (*expr.Expr, error) {
	if n, ok := e.(*ast.Name); ok && n.Parts[0].Name == "magic" {
		return expr.NewInt(42), nil
	}
	return nil, nil
}

func TestIntercept(t *testing.T) {
	n, err := parser.ParseExpr("magic + 1 > 2 AND magic = 3 AND TRUE")
	if err != nil {
		t.Fatal(err)
	}
	e, err := scalar.Bind(n, &wholeRows{}, scalar.Env{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := e.String(), "(((42 + 1) > 2) AND (42 = 3) AND TRUE)"; got != want {
		t.Errorf("bound as %s, want %s", got, want)
	}
}

func TestParameters(t *testing.T) {
	n, err := parser.ParseExpr("? + 1")
	if err != nil {
		t.Fatal(err)
	}
	env := scalar.Env{Param: func(i, _ int) (*expr.Expr, error) { return expr.NewInt(int64(i + 7)), nil }}
	e, err := scalar.Bind(n, scalar.NoScope{}, env)
	if err != nil {
		t.Fatal(err)
	}
	if got := e.String(); got != "(7 + 1)" {
		t.Errorf("bound as %s", got)
	}
}

func BenchmarkBind(b *testing.B) {
	n, err := parser.ParseExpr("CASE WHEN a > 10 AND s LIKE 'x%' THEN UPPER(s) || '-' || CAST(a AS STRING) ELSE COALESCE(s, 'none') END")
	if err != nil {
		b.Fatal(err)
	}
	scope := &columns{schema: types.Schema{{Name: "a", Type: types.IntType()}, {Name: "s", Type: types.StringType()}}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := scalar.Bind(n, scope, scalar.Env{}); err != nil {
			b.Fatal(err)
		}
	}
}

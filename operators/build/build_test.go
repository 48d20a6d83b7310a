package build_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"millrace/operators/build"
	"millrace/operators/rank"
	"millrace/operators/sort"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// TestComplete: the switch has a case for every spec of package plan.
func TestComplete(t *testing.T) {
	set := token.NewFileSet()
	specs, err := parser.ParseFile(set, "../../planner/plan/spec.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, d := range specs.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "Kind" && f.Recv != nil {
			want = append(want, f.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name)
		}
	}
	file, err := parser.ParseFile(set, "build.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	ast.Inspect(file, func(n ast.Node) bool {
		if f, ok := n.(*ast.FuncDecl); ok && f.Name.Name != "operator" {
			return false
		}
		if c, ok := n.(*ast.CaseClause); ok {
			for _, e := range c.List {
				if p, ok := e.(*ast.StarExpr); ok {
					got = append(got, p.X.(*ast.SelectorExpr).Sel.Name)
				}
			}
		}
		return true
	})
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("no case for plan.%s", w)
		}
	}
	if len(want) < 20 {
		t.Errorf("only %d specs found", len(want))
	}
}

func TestLimit(t *testing.T) {
	in := &plan.Node{Schema: types.Schema{{Name: "a", Type: types.IntType()}}}
	op, err := build.Operator(&plan.Node{Spec: &plan.Limit{Count: 3}}, []*plan.Node{in})
	if _, ok := op.(*sort.Limit); !ok || err != nil {
		t.Errorf("got %T, %v", op, err)
	}
	op, err = build.Operator(&plan.Node{Spec: &plan.Limit{Offset: 2, Count: -1, InputUpdating: true}, Mode: plan.Retract}, []*plan.Node{in})
	if _, ok := op.(*rank.TopN); !ok || err != nil {
		t.Errorf("got %T, %v", op, err)
	}
	op, err = build.Operator(&plan.Node{Spec: &plan.Limit{Count: 0, InputUpdating: true}}, []*plan.Node{in})
	if _, ok := op.(*sort.Limit); !ok || err != nil {
		t.Errorf("got %T, %v", op, err)
	}
}

func TestErrors(t *testing.T) {
	if _, err := build.Operator(&plan.Node{Spec: &plan.Join{}}, nil); err == nil || !strings.Contains(err.Error(), "0 inputs, want 2") {
		t.Errorf("got %v", err)
	}
	in := &plan.Node{Schema: types.Schema{{Name: "a", Type: types.IntType()}}}
	n := &plan.Node{Name: "ranking", Spec: &plan.Rank{From: 0}}
	if _, err := build.Operator(n, []*plan.Node{in}); err == nil || !strings.Contains(err.Error(), `rank from 0`) {
		t.Errorf("got %v", err)
	}
}

package ast

import "testing"

func TestWalkVisitsEveryLevel(t *testing.T) {
	name := func(s string) Expr { return &Name{Parts: []Ident{{Name: s}}} }
	sub := &Query{Body: &Select{Items: []SelectItem{{X: name("b")}}}}
	q := &Query{
		With: []CTE{{Query: &Query{Body: &Values{Rows: []ValuesRow{{Exprs: []Expr{name("a")}}}}}}},
		Body: &Select{
			Items: []SelectItem{{X: &Call{Args: []Expr{name("c")}, Modifiers: Modifiers{Filter: name("d")}}}},
			From:  &Join{Left: &TableName{}, Right: &Derived{Query: sub}, On: name("e")},
			Where: &In{X: name("f"), Query: sub},
		},
		OrderBy: []OrderItem{{X: name("g")}},
	}
	var got string
	Walk(&Explain{Stmt: &QueryStmt{Query: q}}, func(n Node) bool {
		if n, ok := n.(*Name); ok {
			got += n.Parts[0].Name
		}
		return true
	})
	if want := "acdbefbg"; got != want {
		t.Errorf("visited %q, want %q", got, want)
	}
	got = ""
	Walk(q, func(n Node) bool {
		_, isSelect := n.(*Select)
		if n, ok := n.(*Name); ok {
			got += n.Parts[0].Name
		}
		return !isSelect
	})
	if want := "ag"; got != want {
		t.Errorf("visited %q below a refused node, want %q", got, want)
	}
}

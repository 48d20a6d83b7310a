package plan

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"millrace/sql/types"
)

// Every type with a method Kind is known to the JSON form.
func TestEverySpecHasAForm(t *testing.T) {
	set := token.NewFileSet()
	pkgs, err := parser.ParseDir(set, ".", nil, 0) //nolint:staticcheck // the files of one folder are all that is needed
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range pkgs["plan"].Files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || fn.Name.Name != "Kind" {
				continue
			}
			lit := fn.Body.List[0].(*ast.ReturnStmt).Results[0].(*ast.BasicLit) //nolint:forcetypeassert // that is their form
			kind := strings.Trim(lit.Value, `"`)
			s, err := newSpec(kind)
			if err != nil || s.Kind() != kind {
				t.Errorf("%s: %v", kind, err)
				continue
			}
			n++
			node := &Node{ID: 0, UID: "u", Name: "n", Spec: s, Schema: types.Schema{{Name: "a", Type: types.IntType()}}, Mode: InsertOnly}
			g := &Graph{Version: Version, Name: "g", Nodes: []*Node{node}}
			b, err := json.Marshal(g)
			if err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			back, err := Parse(b)
			if err != nil || back.Nodes[0].Spec.Kind() != kind || back.Nodes[0].Schema.String() != "(a INT)" {
				t.Errorf("%s: %v: %s", kind, err, b)
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d specs found", n)
	}
}

func TestRefusals(t *testing.T) {
	for text, want := range map[string]string{
		`{"version":99,"nodes":[]}`:                                                                        "plan of version 99: this program reads version 1",
		`{"version":1,"nodes":[{"id":0,"kind":"nonsense","spec":{}}]}`:                                     `unknown operator "nonsense"`,
		`{"version":1,"nodes":[{"id":1,"kind":"union","spec":{}}]}`:                                        "node 0 has id 1",
		`{"version":1,"nodes":[{"id":0,"kind":"union","spec":{},"inputs":[{"from":0,"ship":"forward"}]}]}`: "node 0 reads from node 0",
		`{"version":1,"nodes":[{"id":0,"kind":"values","spec":{}},{"id":1,"kind":"union","spec":{},"inputs":[{"from":0,"ship":"hash","keys":[2]}]}]}`: "keyed by column 2",
		`not json`: "plan: ",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestModes(t *testing.T) {
	for m, want := range map[Mode][3]bool{InsertOnly: {}, Retract: {true, true, true}, Upsert: {true, false, true}, NoDelete: {true, true, false}, UpsertOnly: {true, false, false}} {
		if got := [3]bool{m.IsUpdating(), m.HasUpdateBefore(), m.HasDelete()}; got != want {
			t.Errorf("%s: %v", m, got)
		}
	}
}

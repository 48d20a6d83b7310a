package parser_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"

	"millrace/sql/ast"
	"millrace/sql/format"
	"millrace/sql/parser"
	"millrace/sql/sqlerr"
)

// positions makes cmp ignore where things stand and how they are quoted.
var positions = cmp.Options{
	cmp.Comparer(func(ast.At, ast.At) bool { return true }),
	cmp.Comparer(func(ast.Span, ast.Span) bool { return true }),
	cmp.FilterPath(func(p cmp.Path) bool {
		switch p.Last().String() {
		case ".OpPos", ".MatchPos", ".Quoted", ".Legacy":
			return true
		}
		return false
	}, cmp.Ignore()),
}

// TestCorpus parses every case and compares the canonical text or the error.
func TestCorpus(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		if filepath.Ext(path) != ".test" {
			return
		}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			stmts, err := parser.Parse(d.Input)
			var b strings.Builder
			for _, s := range stmts {
				text := format.Stmt(s)
				b.WriteString(text + "\n")
				roundTrip(t, s, text)
			}
			if e, ok := errors.AsType[*sqlerr.Error](err); ok {
				b.WriteString(string(e.Code) + " error: " + e.Caret() + "\n")
			}
			return b.String()
		})
	})
}

// roundTrip parses the printed text again and wants the same tree and text.
func roundTrip(t *testing.T, s ast.Stmt, text string) {
	t.Helper()
	again, err := parser.ParseStatement(text)
	if err != nil {
		t.Errorf("printed text does not parse: %s\n%v", text, err)
		return
	}
	if text2 := format.Stmt(again); text2 != text {
		t.Errorf("printed twice:\n%s\n%s", text, text2)
	}
	if _, ok := s.(*ast.Alter); !ok { // ADD a and ADD (a) are the same tree but for positions
		if diff := cmp.Diff(normal(s), normal(again), positions); diff != "" {
			t.Errorf("other tree for %s:\n%s", text, diff)
		}
	}
}

// normal changes what printing is allowed to change: the case of bare function
// names.
func normal(s ast.Stmt) ast.Stmt {
	ast.Walk(s, func(n ast.Node) bool {
		if c, ok := n.(*ast.Call); ok && len(c.Name.Parts) == 1 && !c.Name.Parts[0].Quoted {
			c.Name.Parts[0].Name = strings.ToUpper(c.Name.Parts[0].Name)
		}
		return true
	})
	return s
}

// corpus returns the inputs of all cases.
func corpus(tb testing.TB) []string {
	tb.Helper()
	files, err := filepath.Glob("testdata/*.test")
	if err != nil || len(files) == 0 {
		tb.Fatal("no corpus", err)
	}
	var out []string
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			tb.Fatal(err)
		}
		for _, c := range strings.Split(string(b), "parse\n")[1:] {
			in, _, _ := strings.Cut(c, "\n----")
			out = append(out, in)
		}
	}
	return out
}

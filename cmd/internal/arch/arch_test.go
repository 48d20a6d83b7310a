package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// source is one Go file.
type source struct {
	dir  string // package folder, with slashes, relative to the module: "sql/parser"
	name string // file path relative to the module
	test bool
	file *ast.File
	set  *token.FileSet
	text string
}

// sources parses all Go files of the module.
func sources(t *testing.T) []source {
	t.Helper()
	root := moduleRoot(t)
	var out []source
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); p != root && (strings.HasPrefix(n, ".") || n == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, p, text, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		out = append(out, source{path.Dir(rel), rel, strings.HasSuffix(rel, "_test.go"), f, set, string(text)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = up
	}
}

// rule says what a package may import of this module. A name that ends in /… covers the package and all below it.
type rule struct{ pkg, allowed string }

// rules is the table; the longest match decides.
func rules() []rule {
	common := "connectors connectors/objstore/… operators/… planner/expr planner/plan sql/types"
	return []rule{
		{"sql/types", ""},
		{"sql/sqlerr", ""},
		{"sql/ast", "sql/sqlerr"},
		{"sql/parser/…", "sql/ast sql/sqlerr sql/parser/internal/…"},
		{"sql/format", "sql/ast sql/sqlerr"},
		{"sql/catalog", "sql/ast sql/types sql/sqlerr"},
		{"sql/function", "sql/types sql/sqlerr"},
		{"planner/expr", "sql/types"},
		{"planner/plan", "planner/expr sql/types"},
		{"planner/…", "planner/… sql/…"},
		{"operators", "operators/vector sql/types"},
		{"operators/vector", "sql/types"},
		{"operators/kernel/…", "operators/kernel/…"},
		{"operators/…", "operators/… planner/expr planner/plan sql/types"},
		{"connectors", "operators operators/vector planner/expr planner/plan sql/types"},
		{"connectors/objstore/…", "connectors/objstore/…"},
		{"connectors/…", "connectors connectors/format/… connectors/objstore/… connectors/conntest operators operators/vector operators/kernel/… planner/expr planner/plan sql/types"},
		{"connectors/kafka/wire", ""},
		{"connectors/kafka/client", "connectors/kafka/wire"},
		{"connectors/kafka/…", "connectors connectors/format/… connectors/objstore/… connectors/conntest operators operators/vector operators/kernel/… planner/expr planner/plan sql/types connectors/kafka/…"},
		{"runtime/job", ""},
		{"runtime/state", "runtime/job connectors/objstore operators operators/vector sql/types"},
		{"runtime/checkpoint", "runtime/job connectors/objstore"},
		{"runtime/schedule", "runtime/job planner/plan"},
		{"runtime/rpc", "runtime/job planner/plan"},
		{"runtime/exchange", "runtime/job operators operators/vector operators/partition planner/plan sql/types"},
		{"runtime/jobmanager", "runtime/job runtime/checkpoint runtime/schedule runtime/rpc runtime/metrics connectors connectors/objstore operators operators/vector operators/kernel/… planner/plan"},
		{"runtime/…", "runtime/… " + common},
		{"cmd/…", "cmd/… sql/… planner/… operators/… connectors/… runtime/…"},
	}
}

func matches(pattern, pkg string) bool {
	if base, ok := strings.CutSuffix(pattern, "/…"); ok {
		return pkg == base || strings.HasPrefix(pkg, base+"/")
	}
	return pattern == pkg
}

func ruleFor(pkg string) (rule, bool) {
	var best rule
	for _, r := range rules() {
		if matches(r.pkg, pkg) && len(r.pkg) > len(best.pkg) {
			best = r
		}
	}
	return best, best.pkg != ""
}

func TestImports(t *testing.T) {
	const module = "millrace/"
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		r, ok := ruleFor(s.dir)
		if !ok {
			t.Errorf("%s: package %s has no line in the table of imports", s.name, s.dir)
			continue
		}
		for _, i := range s.file.Imports {
			pkg, own := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), module)
			if !own {
				continue
			}
			if !slices.ContainsFunc(strings.Fields(r.allowed), func(a string) bool { return matches(a, pkg) }) {
				t.Errorf("%s imports %s, which the table does not allow for %s", s.name, pkg, r.pkg)
			}
		}
	}
}

// Nothing outside the parser may see the parser library's types, and files stay away from packages that have replacements.
func TestForeignImports(t *testing.T) {
	for _, s := range sources(t) {
		for _, i := range s.file.Imports {
			p := strings.Trim(i.Path.Value, `"`)
			switch {
			case strings.HasPrefix(p, "github.com/pingcap/") && !strings.HasPrefix(s.dir, "sql/parser"):
				t.Errorf("%s imports %s: only sql/parser may", s.name, p)
			case (p == "log" || p == "math/rand") && !s.test:
				t.Errorf("%s imports %s: use log/slog, math/rand/v2", s.name, p)
			}
		}
	}
}

// The pure parts start no goroutines and read no clock.
func TestNoGoroutinesNoClock(t *testing.T) {
	for _, s := range sources(t) {
		top, _, _ := strings.Cut(s.dir, "/")
		if s.test || top != "sql" && top != "planner" && top != "operators" || s.dir == "operators/optest" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s: goroutine in %s", s.set.Position(x.Pos()), top)
			case *ast.SelectorExpr:
				if p, ok := x.X.(*ast.Ident); ok && p.Name == "time" && (x.Sel.Name == "Now" || x.Sel.Name == "Sleep" || x.Sel.Name == "Since") {
					t.Errorf("%s: time.%s in %s", s.set.Position(x.Pos()), x.Sel.Name, top)
				}
			}
			return true
		})
	}
}

func TestPackageDocs(t *testing.T) {
	docs, packages := map[string]bool{}, map[string]bool{}
	for _, s := range sources(t) {
		if s.test || s.file.Name.Name == "main" {
			continue
		}
		packages[s.dir] = true
		if strings.HasSuffix(s.name, "/doc.go") && s.file.Doc != nil && strings.HasPrefix(s.file.Doc.Text(), "Package ") {
			docs[s.dir] = true
		}
	}
	for p := range packages {
		if !docs[p] {
			t.Errorf("package %s has no doc.go that begins with \"Package\"", p)
		}
	}
}

// The caps are of lines of code: blank lines and lines of comment alone do not count.
func TestFileSizes(t *testing.T) {
	for _, s := range sources(t) {
		limit := 800
		if s.test {
			limit = 1200
		}
		if strings.HasSuffix(s.name, "_gen.go") {
			continue
		}
		n := 0
		for line := range strings.SplitSeq(s.text, "\n") {
			if l := strings.TrimSpace(line); l != "" && !strings.HasPrefix(l, "//") {
				n++
			}
		}
		if n > limit {
			t.Errorf("%s has %d lines of code, more than %d", s.name, n, limit)
		}
	}
}

func TestTopLevel(t *testing.T) {
	allowed := []string{"cmd", "sql", "planner", "operators", "runtime", "connectors", "testdata", "go.mod", "go.sum", "README.md", "LICENSE", "docs"}
	entries, err := os.ReadDir(moduleRoot(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if n := e.Name(); !strings.HasPrefix(n, ".") && !slices.Contains(allowed, n) && n != "millrace" && n != "out" { // a build, and what the tour writes
			t.Errorf("%s does not belong at the top", n)
		}
	}
}

package catalog_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"millrace/sql/ast"
	"millrace/sql/catalog"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

func path(parts ...string) ast.Path {
	var p ast.Path
	for _, s := range parts {
		p.Parts = append(p.Parts, ast.Ident{Name: s})
	}
	return p
}

func table(column string) *catalog.Table {
	return &catalog.Table{Columns: []catalog.Column{{Name: column, Type: types.IntType()}}, Options: map[string]string{"connector": "x"}}
}

func TestTemporaryTablesHidePermanentOnes(t *testing.T) {
	s := catalog.New("c", "d")
	n, err := s.Qualify(s.Default(), path("t"))
	if err != nil || n.String() != "c.d.t" {
		t.Fatalf("qualified to %s, %v", n, err)
	}
	for _, temporary := range []bool{false, true} {
		if created, err := s.CreateTable(0, n, table(map[bool]string{false: "p", true: "q"}[temporary]), temporary, false); err != nil || !created {
			t.Fatalf("temporary %t: %t, %v", temporary, created, err)
		}
	}
	if got := s.Table(n).Columns[0].Name; got != "q" {
		t.Errorf("found the table with column %s, want q", got)
	}
	if got := s.PermanentTable(n).Columns[0].Name; got != "p" {
		t.Errorf("found the permanent table with column %s, want p", got)
	}
	if err := s.DropTable(0, n, false, false, false); err == nil {
		t.Error("the permanent table was dropped below the temporary one")
	}
	if err := s.DropTable(0, n, false, true, false); err != nil {
		t.Error(err)
	}
	if got := s.Table(n).Columns[0].Name; got != "p" {
		t.Errorf("found the table with column %s, want p", got)
	}
	names, err := s.Tables(0, "c", "d", nil)
	if err != nil || !slices.Equal(names, []string{"t"}) {
		t.Errorf("tables %v, %v", names, err)
	}
}

func TestCreateTwiceIsAnErrorUnlessIfNotExists(t *testing.T) {
	s := catalog.New("c", "d")
	n := catalog.Name{Catalog: "c", Database: "d", Object: "t"}
	for i, want := range []struct {
		ifNotExists, created bool
		code                 sqlerr.Code
	}{{false, true, ""}, {true, false, ""}, {false, false, sqlerr.Exists}} {
		created, err := s.CreateTable(0, n, table("a"), false, want.ifNotExists)
		if created != want.created || sqlerr.CodeOf(err) != want.code {
			t.Errorf("%d: %t, %v; want %t, %q", i, created, err, want.created, want.code)
		}
	}
}

func TestUnknownNamesAreExplained(t *testing.T) {
	s := catalog.New("c", "d")
	if _, err := s.CreateTable(0, catalog.Name{Catalog: "c", Database: "d", Object: "flights"}, table("a"), false, false); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name catalog.Name
		want string
	}{
		{catalog.Name{Catalog: "c", Database: "d", Object: "flihgts"}, "did you mean flights?"},
		{catalog.Name{Catalog: "c", Database: "e", Object: "t"}, "database e does not exist in catalog c"},
		{catalog.Name{Catalog: "x", Database: "d", Object: "t"}, "catalog x does not exist"},
	} {
		_, err := s.Lookup(7, c.name)
		e, ok := errors.AsType[*sqlerr.Error](err)
		if !ok || e.Pos != 7 || !strings.Contains(e.Msg+e.Hint, c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := s.Qualify(s.Default(), path("a", "b", "c", "d")); err == nil {
		t.Error("a name of four parts was taken")
	}
}

func TestDatabasesThatAreInUseOrFullStay(t *testing.T) {
	s := catalog.New("c", "d")
	cur := s.Default()
	if err := s.CreateDatabase(cur, &ast.CreateDatabase{Path: path("e")}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateTable(0, catalog.Name{Catalog: "c", Database: "e", Object: "t"}, table("a"), false, false); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		drop ast.Drop
		ok   bool
	}{
		{ast.Drop{Path: path("d")}, false},
		{ast.Drop{Path: path("e")}, false},
		{ast.Drop{Path: path("e"), Cascade: true}, true},
		{ast.Drop{Path: path("e")}, false},
		{ast.Drop{Path: path("e"), IfExists: true}, true},
	} {
		if err := s.DropDatabase(cur, &c.drop); (err == nil) != c.ok {
			t.Errorf("drop %s cascade=%t ifExists=%t: %v", c.drop.Path, c.drop.Cascade, c.drop.IfExists, err)
		}
	}
}

func TestRenameKeepsTheDatabase(t *testing.T) {
	s := catalog.New("c", "d")
	a, b := catalog.Name{Catalog: "c", Database: "d", Object: "a"}, catalog.Name{Catalog: "c", Database: "d", Object: "b"}
	for _, n := range []catalog.Name{a, b} {
		if _, err := s.CreateTable(0, n, table(n.Object), false, false); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.RenameTable(0, a, b); sqlerr.CodeOf(err) != sqlerr.Exists {
		t.Errorf("renamed onto another table: %v", err)
	}
	x := a
	x.Object = "x"
	if err := s.RenameTable(0, a, x); err != nil || s.Table(a) != nil || s.Table(x) == nil {
		t.Errorf("rename: %v", err)
	}
}

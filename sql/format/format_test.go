package format_test

import (
	"testing"

	"millrace/sql/ast"
	"millrace/sql/format"
)

func name(s string) ast.Expr { return &ast.Name{Parts: []ast.Ident{{Name: s}}} }

// Trees that the parser does not make, because others may build them.
func TestBuiltTrees(t *testing.T) {
	or := &ast.Binary{Op: ast.Or, L: name("a"), R: name("b`c")}
	if got, want := format.Expr(&ast.Binary{Op: ast.And, L: or, R: &ast.Unary{Op: ast.Not, X: or}}), "(`a` OR `b``c`) AND (NOT (`a` OR `b``c`))"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	table := func(s string) ast.Body { return &ast.TableQuery{Table: ast.Path{Parts: []ast.Ident{{Name: s}}}} }
	set := &ast.SetOp{Op: ast.Except, L: table("a"), R: &ast.SetOp{Op: ast.Union, All: true, L: table("b"), R: table("c")}}
	if got, want := format.Query(&ast.Query{Body: set}), "TABLE `a` EXCEPT (TABLE `b` UNION ALL TABLE `c`)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	tn := func(s string) ast.TableRef { return &ast.TableName{Path: ast.Path{Parts: []ast.Ident{{Name: s}}}} }
	join := &ast.Join{Kind: ast.CrossJoin, Left: tn("a"), Right: &ast.Join{Kind: ast.CommaJoin, Left: tn("b"), Right: tn("c")}}
	if got, want := format.TableRef(join), "`a` CROSS JOIN (`b`, `c`)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	typ := &ast.TypeName{Kind: ast.DecimalType, Precision: 10, Scale: 2, Null: ast.NotNull}
	if got, want := format.Type(typ), "DECIMAL(10, 2) NOT NULL"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := format.String("it's"), "'it''s'"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

package parser

import (
	"millrace/sql/ast"
	"millrace/sql/sqlerr"
)

// check applies the rules that the grammar alone does not: duplicate columns,
// more than one key or watermark, and keys that are enforced.
func check(src string, s ast.Stmt) error {
	var e *sqlerr.Error
	switch n := s.(type) {
	case *ast.CreateTable:
		e = checkCreateTable(n)
	case *ast.CreateMaterializedTable:
		e = checkSchema(n.Schema)
	case *ast.CreateView:
		e = checkNames("column", n.Columns)
	case *ast.Alter:
		e = checkAlter(n)
	case *ast.CreateModel:
		e = checkModel(n)
	case *ast.Explain:
		return check(src, n.Stmt)
	}
	if e != nil {
		e.Src = src
		return e
	}
	return nil
}

func checkCreateTable(n *ast.CreateTable) *sqlerr.Error {
	if e := checkSchema(n.Schema); e != nil {
		return e
	}
	if n.As == nil && n.Schema != nil {
		for _, c := range n.Schema.Columns {
			if c.Kind == ast.NameOnlyColumn {
				return sqlerr.New(sqlerr.Syntax, c.Pos(), "column %q needs a data type", c.Name.Name).
					WithHint("a list of names without types is possible with CREATE TABLE … AS only")
			}
		}
	}
	if n.As != nil && n.Temporary {
		return sqlerr.New(sqlerr.Unsupported, n.Pos(), "CREATE TABLE … AS cannot create a temporary table")
	}
	if n.Like != nil {
		seen := map[ast.LikeFeature]bool{}
		for _, o := range n.Like.Options {
			if seen[o.Feature] {
				return sqlerr.New(sqlerr.Validation, o.Pos(), "the LIKE feature %s is declared twice", o.Feature)
			}
			seen[o.Feature] = true
		}
	}
	if n.As == nil || n.Schema == nil {
		return nil
	}
	names, others := 0, 0
	for _, c := range n.Schema.Columns {
		if c.Kind == ast.NameOnlyColumn {
			names++
		} else {
			others++
		}
	}
	if names > 0 && others > 0 {
		return sqlerr.New(sqlerr.Syntax, n.Schema.Pos(), "a list of names and column definitions cannot be mixed")
	}
	return nil
}

func checkAlter(n *ast.Alter) *sqlerr.Error {
	switch a := n.Action.(type) {
	case *ast.AddColumns:
		return checkSchema(a.Schema)
	case *ast.ModifyColumns:
		return checkSchema(a.Schema)
	}
	return nil
}

func checkModel(n *ast.CreateModel) *sqlerr.Error {
	switch {
	case len(n.Input) > 0 && len(n.Output) == 0 && n.As == nil:
		return sqlerr.New(sqlerr.Validation, n.Input[0].Pos(), "a model with INPUT columns needs OUTPUT columns")
	case len(n.Output) > 0 && len(n.Input) == 0 && n.As == nil:
		return sqlerr.New(sqlerr.Validation, n.Output[0].Pos(), "a model with OUTPUT columns needs INPUT columns")
	}
	return nil
}

// checkColumnType rejects intervals, which columns of tables cannot hold.
func checkColumnType(t *ast.TypeName) *sqlerr.Error {
	if t == nil {
		return nil
	}
	if t.Kind == ast.IntervalType {
		return sqlerr.New(sqlerr.Syntax, t.Pos(), "a column cannot have the type INTERVAL")
	}
	for _, in := range []*ast.TypeName{t.Elem, t.Key} {
		if e := checkColumnType(in); e != nil {
			return e
		}
	}
	for _, f := range t.Fields {
		if e := checkColumnType(f.Type); e != nil {
			return e
		}
	}
	return nil
}

func checkNames(what string, names []ast.Ident) *sqlerr.Error {
	seen := make(map[string]bool, len(names))
	for _, id := range names {
		if seen[id.Name] {
			return sqlerr.New(sqlerr.Validation, id.Pos(), "%s %q is defined twice", what, id.Name)
		}
		seen[id.Name] = true
	}
	return nil
}

func checkSchema(s *ast.Schema) *sqlerr.Error {
	if s == nil {
		return nil
	}
	names := make([]ast.Ident, len(s.Columns))
	keys := append([]*ast.Key(nil), s.Keys...)
	for i, c := range s.Columns {
		names[i] = c.Name
		if e := checkColumnType(c.Type); e != nil {
			return e
		}
		if c.Key != nil {
			keys = append(keys, c.Key)
		}
	}
	if e := checkNames("column", names); e != nil {
		return e
	}
	if len(s.Watermarks) > 1 {
		return sqlerr.New(sqlerr.Validation, s.Watermarks[1].Pos(), "a table can have one watermark only")
	}
	primary := 0
	for _, k := range keys {
		if k.Unique {
			return sqlerr.New(sqlerr.Unsupported, k.Pos(), "UNIQUE constraints are not supported")
		}
		if primary++; primary > 1 {
			return sqlerr.New(sqlerr.Validation, k.Pos(), "a table can have one primary key only")
		}
		if k.Enforced == nil || *k.Enforced {
			return sqlerr.New(sqlerr.Validation, k.Pos(), "a primary key must be NOT ENFORCED").
				WithHint("write PRIMARY KEY … NOT ENFORCED: keys are not checked, the data must keep them")
		}
		if e := checkNames("key column", k.Columns); e != nil {
			return e
		}
	}
	return nil
}

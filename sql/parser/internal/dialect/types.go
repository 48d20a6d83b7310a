package dialect

import (
	"millrace/sql/ast"
	"millrace/sql/parser/internal/lex"
	"millrace/sql/sqlerr"
)

// Type reads a data type with its NULL or NOT NULL. It never returns nil.
func Type(c *lex.Cursor) *ast.TypeName { return typeAt(c, 0) }

func typeAt(c *lex.Cursor, depth int) *ast.TypeName {
	t := &ast.TypeName{At: ast.At(c.Pos()), Precision: -1, Scale: -1}
	if depth > maxDepth {
		c.Fail(sqlerr.Unsupported, c.Pos(), "nested deeper than %d levels", maxDepth)
	}
	if c.Failed() {
		return t
	}
	word := c.Peek()
	switch word.Kind {
	case lex.Quoted:
		t.Name = Path(c)
	case lex.Word:
		typeWord(c, t, depth)
	default:
		c.FailExpected("a data type")
		return t
	}
	nullability(c, t)
	for n := 0; c.AtAny("ARRAY", "MULTISET") && !c.Failed(); n++ {
		if n > maxDepth {
			c.Fail(sqlerr.Unsupported, c.Pos(), "nested deeper than %d levels", maxDepth)
			break
		}
		k := ast.ArrayType
		if c.Next().Is("MULTISET") {
			k = ast.MultisetType
		}
		t = &ast.TypeName{At: t.At, Kind: k, Precision: -1, Scale: -1, Elem: t}
		nullability(c, t)
	}
	return t
}

func nullability(c *lex.Cursor, t *ast.TypeName) {
	switch {
	case c.Accept("NOT", "NULL"):
		t.Null = ast.NotNull
	case c.At("NULL") && !c.PeekAt(1).Is("ON"): // NULL ON EMPTY belongs to JSON functions
		c.Next()
		t.Null = ast.Nullable
	}
}

// simpleTypes are the types that take no arguments.
//
//nolint:gochecknoglobals // a table that is never written
var simpleTypes = map[string]ast.TypeKind{
	"BOOLEAN": ast.BooleanType, "BYTES": ast.BytesType, "STRING": ast.StringType, "TINYINT": ast.TinyintType, "SMALLINT": ast.SmallintType,
	"INT": ast.IntType, "INTEGER": ast.IntType, "BIGINT": ast.BigintType, "FLOAT": ast.FloatType, "REAL": ast.FloatType,
	"DATE": ast.DateType, "VARIANT": ast.VariantType, "BITMAP": ast.BitmapType,
}

func typeWord(c *lex.Cursor, t *ast.TypeName, depth int) {
	w := c.Peek()
	if k, ok := simpleTypes[w.Upper]; ok {
		c.Next()
		t.Kind = k
		return
	}
	next := func(k ast.TypeKind) { c.Next(); t.Kind = k }
	switch w.Upper {
	case "CHAR", "CHARACTER":
		next(ast.CharType)
		if c.Accept("VARYING") {
			t.Kind = ast.VarcharType
		}
		precision(c, t, false)
	case "VARCHAR":
		next(ast.VarcharType)
		precision(c, t, false)
	case "BINARY":
		next(ast.BinaryType)
		if c.Accept("VARYING") {
			t.Kind = ast.VarbinaryType
		}
		precision(c, t, false)
	case "VARBINARY":
		next(ast.VarbinaryType)
		precision(c, t, false)
	case "DECIMAL", "DEC", "NUMERIC":
		next(ast.DecimalType)
		precision(c, t, true)
	case "DOUBLE":
		next(ast.DoubleType)
		c.Accept("PRECISION")
	case "TIME":
		next(ast.TimeType)
		precision(c, t, false)
		c.Accept("WITHOUT", "TIME", "ZONE")
	case "TIMESTAMP":
		next(ast.TimestampType)
		precision(c, t, false)
		timeZone(c, t)
	case "TIMESTAMP_LTZ":
		next(ast.TimestampLTZType)
		precision(c, t, false)
	case "INTERVAL":
		next(ast.IntervalType)
		q := Qualifier(c)
		t.Interval = &q
	case "ARRAY", "MULTISET":
		k := ast.ArrayType
		if w.Is("MULTISET") {
			k = ast.MultisetType
		}
		next(k)
		c.Expect("<")
		t.Elem = typeAt(c, depth+1)
		c.Expect(">")
	case "MAP":
		next(ast.MapType)
		c.Expect("<")
		t.Key = typeAt(c, depth+1)
		c.Expect(",")
		t.Elem = typeAt(c, depth+1)
		c.Expect(">")
	case "ROW":
		next(ast.RowType)
		rowFields(c, t, depth)
	case "STRUCTURED":
		next(ast.StructuredType)
		structured(c, t, depth)
	case "RAW":
		next(ast.RawType)
		c.Expect("(")
		t.ClassName = StringText(c, "a class name in quotes")
		c.Expect(",")
		t.Snapshot = StringText(c, "a serializer snapshot in quotes")
		c.Expect(")")
	case "DESCRIPTOR":
		next(ast.DescriptorType)
	default:
		if !w.IsIdent() {
			c.FailExpected("a data type")
			return
		}
		t.Name = Path(c)
	}
}

// precision reads an optional (p) or, with scale, (p [, s]).
func precision(c *lex.Cursor, t *ast.TypeName, scale bool) {
	if !c.Accept("(") {
		return
	}
	t.Precision = smallInt(c)
	if scale && c.Accept(",") {
		t.Scale = smallInt(c)
	}
	c.Expect(")")
}

func timeZone(c *lex.Cursor, t *ast.TypeName) {
	pos := c.Pos()
	switch {
	case c.Accept("WITHOUT", "TIME", "ZONE"):
	case c.Accept("WITH", "LOCAL", "TIME", "ZONE"):
		t.Kind = ast.TimestampLTZType
	case c.At("WITH", "TIME", "ZONE"):
		c.Fail(sqlerr.Syntax, pos, "TIMESTAMP WITH TIME ZONE is not a type; use TIMESTAMP_LTZ")
	}
}

// rowFields reads < name type ['comment'], … > or ( … ).
func rowFields(c *lex.Cursor, t *ast.TypeName, depth int) {
	end := ">"
	switch {
	case c.Accept("("):
		end = ")"
	case c.Accept("<>"), !c.Expect("<"):
		return
	}
	if c.Accept(end) {
		return
	}
	for !c.Failed() {
		field(c, t, depth)
		if !c.Accept(",") {
			break
		}
	}
	c.Expect(end)
}

func field(c *lex.Cursor, t *ast.TypeName, depth int) {
	id, ok := Ident(c, "a field name")
	if !ok {
		return
	}
	f := ast.TypeField{Name: id, Type: typeAt(c, depth+1)}
	if c.Peek().Kind == lex.String {
		s := str(c)
		f.Comment = &s
	}
	t.Fields = append(t.Fields, f)
}

func structured(c *lex.Cursor, t *ast.TypeName, depth int) {
	c.Expect("<")
	t.ClassName = StringText(c, "a class name in quotes")
	for c.Accept(",") {
		field(c, t, depth)
	}
	c.Expect(">")
}

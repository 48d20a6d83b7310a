package dialect

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"millrace/sql/ast"
	"millrace/sql/parser/internal/lex"
	"millrace/sql/sqlerr"
)

// Literal reads a literal: number, string, bytes, NULL, TRUE, FALSE, UNKNOWN,
// DATE, TIME, TIMESTAMP and INTERVAL. It returns nil after a failure.
func Literal(c *lex.Cursor) *ast.Literal {
	t := c.Peek()
	lit := func(k ast.LiteralKind, text string) *ast.Literal {
		return &ast.Literal{At: ast.At(t.Pos), Kind: k, Text: text}
	}
	switch t.Kind {
	case lex.Integer:
		c.Next()
		return lit(ast.IntegerLit, t.Text)
	case lex.Decimal:
		c.Next()
		if strings.HasSuffix(t.Text, ".") {
			return lit(ast.IntegerLit, t.Text[:len(t.Text)-1])
		}
		return lit(ast.DecimalLit, t.Text)
	case lex.Approx:
		c.Next()
		return lit(ast.ApproxLit, t.Text)
	case lex.String:
		return lit(ast.StringLit, str(c))
	case lex.Hex:
		return lit(ast.BytesLit, hex(c))
	}
	switch t.Upper {
	case "NULL":
		c.Next()
		return lit(ast.NullLit, "")
	case "TRUE", "FALSE":
		c.Next()
		return lit(ast.BooleanLit, t.Upper)
	case "UNKNOWN":
		c.Next()
		return lit(ast.UnknownLit, "")
	case "INTERVAL":
		return intervalLiteral(c)
	case "DATE", "TIME", "TIMESTAMP":
		return timeLiteral(c, t)
	}
	c.FailExpected("a literal")
	return nil
}

// StringText reads a string literal, or fails saying what was expected.
func StringText(c *lex.Cursor, what string) string {
	if c.Peek().Kind != lex.String {
		c.FailExpected(what)
		return ""
	}
	return str(c)
}

func timeLiteral(c *lex.Cursor, t lex.Token) *ast.Literal {
	c.Next()
	l := &ast.Literal{At: ast.At(t.Pos), Kind: ast.DateLit}
	switch t.Upper {
	case "TIME":
		l.Kind = ast.TimeLit
	case "TIMESTAMP":
		l.Kind = ast.TimestampLit
		if c.Accept("WITH", "LOCAL", "TIME", "ZONE") {
			l.Kind = ast.TimestampLTZLit
		}
	}
	if c.Peek().Kind != lex.String {
		c.FailExpected("a string literal after " + t.Upper)
		return nil
	}
	pos := c.Pos()
	l.Text = str(c)
	checkTime(c, l, pos)
	return l
}

// str reads a string with its continuations on further lines and its UESCAPE.
func str(c *lex.Cursor) string {
	t := c.Next()
	text, uni, pos := t.Text, t.Unicode, t.Pos
	var textSb93 strings.Builder
	for c.Peek().Kind == lex.String {
		n := c.Peek()
		if n.Pos != n.End && c.Src[n.Pos] != '\'' {
			break
		}
		if !strings.ContainsAny(c.Src[t.End:n.Pos], "\n\r") {
			c.Fail(sqlerr.Validation, n.Pos, "a string literal is continued on the same line")
			return ""
		}
		textSb93.WriteString(n.Text)
		t = c.Next()
	}
	text += textSb93.String()
	esc := '\\'
	if c.At("UESCAPE") {
		if !uni {
			c.Fail(sqlerr.Syntax, c.Pos(), "UESCAPE needs a U&'…' literal")
			return ""
		}
		c.Next()
		e := c.Peek()
		r, n := utf8.DecodeRuneInString(e.Text)
		if e.Kind != lex.String || n == 0 || n != len(e.Text) {
			c.FailExpected("one character in quotes after UESCAPE")
			return ""
		}
		if strings.ContainsRune("0123456789abcdefABCDEF+'\" \t\n\r", r) {
			c.Fail(sqlerr.Validation, e.Pos, "%q cannot be the escape character", r)
			return ""
		}
		c.Next()
		esc = r
	}
	if !uni {
		return text
	}
	out, ok := decodeUnicode(text, esc)
	if !ok {
		c.Fail(sqlerr.Validation, pos, "bad Unicode escape in the string literal")
	}
	return out
}

// decodeUnicode replaces esc + four hex digits by the UTF-16 unit.
func decodeUnicode(s string, esc rune) (string, bool) {
	var units []uint16
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		s = s[n:]
		if r != esc {
			units = utf16.AppendRune(units, r)
			continue
		}
		if strings.HasPrefix(s, string(esc)) {
			units = utf16.AppendRune(units, esc)
			s = s[len(string(esc)):]
			continue
		}
		if len(s) < 4 {
			return "", false
		}
		v, err := strconv.ParseInt(s[:4], 16, 32) // a sign is taken, as Flink does
		if err != nil || v < 0 {
			return "", false
		}
		units = append(units, uint16(v))
		s = s[4:]
	}
	return string(utf16.Decode(units)), true
}

func hex(c *lex.Cursor) string {
	t := c.Next()
	text := t.Text
	var textSb166 strings.Builder
	for c.Peek().Kind == lex.String && c.Src[c.Pos()] == '\'' && strings.ContainsAny(c.Src[t.End:c.Pos()], "\n\r") {
		textSb166.WriteString(c.Next().Text)
	}
	text += textSb166.String()
	if strings.Trim(text, "0123456789abcdefABCDEF") != "" {
		c.Fail(sqlerr.Validation, t.Pos, "a binary literal may hold hex digits only")
		return ""
	}
	if len(text)%2 != 0 {
		c.Fail(sqlerr.Validation, t.Pos, "a binary literal needs an even number of hex digits")
		return ""
	}
	return strings.ToUpper(text)
}

// intervalUnits are the units an interval may have, singular and plural.
//
//nolint:gochecknoglobals // a table that is never written
var intervalUnits = map[string]ast.Unit{
	"YEAR": ast.Year, "YEARS": ast.Year, "QUARTER": ast.Quarter, "QUARTERS": ast.Quarter, "MONTH": ast.Month, "MONTHS": ast.Month,
	"WEEK": ast.Week, "WEEKS": ast.Week, "DAY": ast.Day, "DAYS": ast.Day, "HOUR": ast.Hour, "HOURS": ast.Hour,
	"MINUTE": ast.Minute, "MINUTES": ast.Minute, "SECOND": ast.Second, "SECONDS": ast.Second,
}

// Qualifier reads the unit of an interval.
func Qualifier(c *lex.Cursor) ast.IntervalQualifier {
	q := ast.IntervalQualifier{Precision: -1, FracPrecision: -1}
	t := c.Peek()
	u, ok := intervalUnits[t.Upper]
	if !ok {
		c.FailExpected("an interval unit")
		return q
	}
	c.Next()
	q.From = u
	if c.Accept("(") {
		q.Precision = smallInt(c)
		if u == ast.Second && c.Accept(",") {
			q.FracPrecision = smallInt(c)
		}
		c.Expect(")")
	}
	if !c.At("TO") || intervalUnits[c.PeekAt(1).Upper] == ast.NoUnit {
		checkQualifier(c, t.Pos, &q)
		return q
	}
	c.Next()
	end := c.Peek()
	q.To = intervalUnits[end.Upper]
	c.Next()
	valid := q.From == ast.Year && q.To == ast.Month || q.From >= ast.Day && q.From < q.To && q.To <= ast.Second
	if !valid {
		c.Fail(sqlerr.Syntax, end.Pos, "an interval cannot go from %s to %s", q.From, q.To)
	}
	if q.To == ast.Second && c.Accept("(") {
		q.FracPrecision = smallInt(c)
		c.Expect(")")
	}
	checkQualifier(c, t.Pos, &q)
	return q
}

func checkQualifier(c *lex.Cursor, pos int, q *ast.IntervalQualifier) {
	if q.Precision == 0 || q.Precision > 10 {
		c.Fail(sqlerr.Validation, pos, "interval leading field precision %d is not between 1 and 10", q.Precision)
	}
	if q.FracPrecision > 9 {
		c.Fail(sqlerr.Validation, pos, "interval fractional second precision %d is not between 1 and 9", q.FracPrecision)
	}
}

// smallInt reads an unsigned integer of at most nine digits.
func smallInt(c *lex.Cursor) int {
	t := c.Peek()
	n, err := strconv.Atoi(t.Text)
	if t.Kind != lex.Integer || err != nil || len(t.Text) > 10 {
		c.FailExpected("an unsigned integer")
		return -1
	}
	c.Next()
	return n
}

func intervalLiteral(c *lex.Cursor) *ast.Literal {
	l := &ast.Literal{At: ast.At(c.Next().Pos), Kind: ast.IntervalLit}
	if c.Accept("-") {
		l.Negative = true
	} else {
		c.Accept("+")
	}
	if c.Peek().Kind != lex.String {
		c.FailExpected("a string literal after INTERVAL")
		return nil
	}
	pos := c.Pos()
	l.Text = str(c)
	q := Qualifier(c)
	if c.Failed() {
		return nil
	}
	l.Qualifier = &q
	checkInterval(c, pos, l.Text, &q)
	return l
}

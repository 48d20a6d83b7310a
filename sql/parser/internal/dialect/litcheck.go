package dialect

import (
	"strings"

	"millrace/sql/ast"
	"millrace/sql/parser/internal/lex"
	"millrace/sql/sqlerr"
)

// number reads one to most digits at the front of s.
func number(s string, most int) (value int, rest string, ok bool) {
	n := 0
	for n < len(s) && n < most && s[n] >= '0' && s[n] <= '9' {
		value = value*10 + int(s[n]-'0')
		n++
	}
	return value, s[n:], n > 0
}

// checkTime checks the content of a DATE, TIME or TIMESTAMP literal.
func checkTime(c *lex.Cursor, l *ast.Literal, pos int) {
	var ok bool
	text := strings.TrimSpace(l.Text)
	switch l.Kind {
	case ast.DateLit:
		rest, good := date(text)
		ok = good && rest == ""
	case ast.TimeLit:
		rest, good := clock(text)
		ok = good && rest == ""
	default:
		rest, good := date(text)
		ok = good && rest == ""
		if after, found := strings.CutPrefix(rest, " "); good && found {
			rest, good = clock(after)
			ok = good && rest == ""
		}
	}
	if !ok {
		what := map[ast.LiteralKind]string{
			ast.DateLit: "DATE literal '%s': not in format 'yyyy-MM-dd'", ast.TimeLit: "TIME literal '%s': not in format 'HH:mm:ss'",
			ast.TimestampLit:    "TIMESTAMP literal '%s': not in format 'yyyy-MM-dd HH:mm:ss'",
			ast.TimestampLTZLit: "TIMESTAMP WITH LOCAL TIME ZONE literal '%s': not in format 'yyyy-MM-dd HH:mm:ss'",
		}[l.Kind]
		c.Fail(sqlerr.Validation, pos, "illegal "+what, l.Text)
	}
}

// date reads year-month-day, checking the calendar.
func date(s string) (rest string, ok bool) {
	year, s, ok := number(s, 4)
	if !ok || !strings.HasPrefix(s, "-") {
		return s, false
	}
	month, s, ok := number(s[1:], 2)
	if !ok || !strings.HasPrefix(s, "-") {
		return s, false
	}
	day, s, ok := number(s[1:], 2)
	days := []int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	if !ok || month < 1 || month > 12 {
		return s, false
	}
	most := days[month-1]
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		most = 29
	}
	return s, day >= 1 && day <= most
}

// clock reads hours:minutes:seconds with an optional fraction.
func clock(s string) (rest string, ok bool) {
	for i, most := range []int{23, 59, 59} {
		if i > 0 {
			if !strings.HasPrefix(s, ":") {
				return s, false
			}
			s = s[1:]
		}
		var v int
		if v, s, ok = number(s, 2); !ok || v > most {
			return s, false
		}
	}
	if strings.HasPrefix(s, ".") {
		s = strings.TrimLeft(s[1:], "0123456789")
	}
	return s, true
}

// checkInterval checks the content of an interval literal against its unit.
func checkInterval(c *lex.Cursor, pos int, text string, q *ast.IntervalQualifier) {
	bad := func() {
		unit := q.From.String()
		if q.To != ast.NoUnit {
			unit += " TO " + q.To.String()
		}
		c.Fail(sqlerr.Validation, pos, "illegal interval literal format '%s' for INTERVAL %s", text, unit)
	}
	s := strings.TrimSpace(text)
	if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	precision := q.Precision
	if precision < 0 {
		precision = 2
	}
	digits := s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
	s = s[len(digits):]
	if digits == "" {
		bad()
		return
	}
	if len(strings.TrimLeft(digits, "0")) > precision {
		c.Fail(sqlerr.Validation, pos, "interval field value %s exceeds precision of %s(%d) field", digits, q.From, precision)
		return
	}
	last := q.From
	for u := q.From; q.To != ast.NoUnit && u < q.To; {
		u = nextUnit(u)
		sep, most := ":", 59
		switch u {
		case ast.Month:
			sep, most = "-", 11
		case ast.Hour:
			sep, most = " ", 23
		}
		v, rest, ok := 0, "", strings.HasPrefix(s, sep)
		if ok {
			v, rest, ok = number(s[1:], 2)
		}
		if !ok || v > most {
			bad()
			return
		}
		s, last = rest, u
	}
	if last == ast.Second && strings.HasPrefix(s, ".") {
		frac := s[1:]
		s = strings.TrimLeft(frac, "0123456789")
		most := q.FracPrecision
		if most < 0 {
			most = 6
		}
		if n := len(frac) - len(s); n == 0 || n > most {
			bad()
			return
		}
	}
	if s != "" {
		bad()
	}
}

func nextUnit(u ast.Unit) ast.Unit {
	if u == ast.Year {
		return ast.Month
	}
	return u + 1
}

package scalar

import (
	"math/big"
	"strconv"
	"strings"
	"time"

	"millrace/planner/expr"
	"millrace/sql/ast"
	"millrace/sql/types"
)

const (
	millisPerSecond = 1000
	millisPerDay    = 86400 * millisPerSecond
)

// digits reads an unsigned number of at most n digits that is the whole of s.
func digits(s string, n int) (int64, bool) {
	if s == "" || len(s) > n {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	v, err := strconv.ParseInt(s, 10, 64)
	return v, err == nil
}

// parseDate reads y-m-d, one or two digits for month and day, blanks before it, as days since 1970-01-01. Days that do not exist are refused,
// also those that the Gregorian calendar skipped.
func parseDate(s string) (int64, bool) {
	parts := strings.Split(strings.TrimLeft(s, " "), "-")
	if len(parts) != 3 {
		return 0, false
	}
	y, ok1 := digits(parts[0], 4)
	m, ok2 := digits(parts[1], 2)
	d, ok3 := digits(parts[2], 2)
	if !ok1 || !ok2 || !ok3 || y < 1 || m < 1 || m > 12 || d < 1 {
		return 0, false
	}
	if y == 1582 && m == 10 && d > 4 && d < 15 {
		return 0, false
	}
	t := time.Date(int(y), time.Month(m), int(d), 0, 0, 0, 0, time.UTC)
	if t.Day() != int(d) {
		return 0, false
	}
	return t.Unix() / 86400, true
}

// parseTime reads H:m:s[.fraction] as nanoseconds of the day and the number of fraction digits, at most nine of which count.
func parseTime(s string) (nanos int64, precision int, ok bool) {
	clock, fraction, dotted := strings.Cut(strings.TrimLeft(s, " "), ".")
	parts := strings.Split(clock, ":")
	if len(parts) != 3 {
		return 0, 0, false
	}
	h, ok1 := digits(parts[0], 2)
	m, ok2 := digits(parts[1], 2)
	sec, ok3 := digits(parts[2], 2)
	if !ok1 || !ok2 || !ok3 || h > 23 || m > 59 || sec > 59 {
		return 0, 0, false
	}
	nanos = ((h*60+m)*60 + sec) * int64(time.Second)
	if !dotted || fraction == "" {
		return nanos, 0, true
	}
	f, ok := fractionNanos(fraction)
	return nanos + f, min(len(fraction), 9), ok
}

// fractionNanos reads the digits behind a point as nanoseconds; digits beyond the ninth are cut.
func fractionNanos(s string) (int64, bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	s = (s + "000000000")[:9]
	return digits(s, 9)
}

// timeLiteral is TIME '…': milliseconds of the day, with as many fraction digits as written, at most three.
func timeLiteral(l *ast.Literal) (*expr.Expr, error) {
	nanos, p, ok := parseTime(l.Text)
	if !ok {
		return nil, invalid(l.Pos(), "TIME '%s' is no time of the form HH:mm:ss", l.Text)
	}
	return expr.NewLiteral(nanos/int64(time.Millisecond), types.TimeType(min(p, 3)).AsNotNull()), nil
}

// timestampLiteral is TIMESTAMP '…', or with local a wall clock time of the session zone.
func timestampLiteral(l *ast.Literal, local bool, env Env) (*expr.Expr, error) {
	date, clock, timed := strings.Cut(strings.TrimLeft(l.Text, " "), " ")
	days, ok := parseDate(date)
	var nanos int64
	var p int
	if ok && timed {
		nanos, p, ok = parseTime(clock)
	}
	if !ok {
		return nil, invalid(l.Pos(), "TIMESTAMP '%s' is no timestamp of the form yyyy-MM-dd HH:mm:ss", l.Text)
	}
	seconds := days*86400 + nanos/int64(time.Second)
	t := types.TimestampType(p)
	if local {
		t = types.TimestampLTZType(p)
		seconds = instant(seconds, env.Zone)
	}
	v := new(big.Int).Mul(big.NewInt(seconds), big.NewInt(t.TimeUnit()))
	v.Add(v, big.NewInt(nanos%int64(time.Second)/(int64(time.Second)/t.TimeUnit())))
	return expr.NewLiteral(narrow(v, t), t.AsNotNull()), nil
}

// instant is the Unix time at which the clocks of a zone show the given seconds since 1970-01-01 00:00. A time that is shown twice is its first
// occurrence; one that is skipped counts on from before the gap.
func instant(local int64, zone *time.Location) int64 {
	if zone == nil {
		return local
	}
	offset := func(at int64) int64 {
		_, o := time.Unix(at, 0).In(zone).Zone()
		return int64(o)
	}
	before := offset(local - 86400)
	after := offset(local + 86400)
	if at := local - before; offset(at) == before {
		return at
	}
	if at := local - after; offset(at) == after {
		return at
	}
	return local - before
}

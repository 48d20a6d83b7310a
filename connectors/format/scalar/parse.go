package scalar

import (
	"millrace/operators/kernel/civil"
)

// Trim drops the characters up to the blank at both ends, as Java's String.trim.
func Trim(t []byte) []byte {
	for len(t) > 0 && t[0] <= ' ' {
		t = t[1:]
	}
	for len(t) > 0 && t[len(t)-1] <= ' ' {
		t = t[:len(t)-1]
	}
	return t
}

// ParseLong reads an integer as Long.parseLong does: an optional sign and digits.
func ParseLong(t []byte) (v int64, ok bool) {
	if len(t) == 0 {
		return 0, false
	}
	negative := t[0] == '-'
	if negative || t[0] == '+' {
		t = t[1:]
	}
	if len(t) == 0 || len(t) > 19 {
		t = dropZeros(t)
		if len(t) == 0 || len(t) > 19 {
			return 0, false
		}
	}
	var u uint64
	for _, c := range t {
		d := c - '0'
		if d > 9 {
			return 0, false
		}
		u = u*10 + uint64(d)
	}
	if negative {
		return -int64(u), u <= 1<<63
	}
	return int64(u), u < 1<<63
}

func dropZeros(t []byte) []byte {
	for len(t) > 1 && t[0] == '0' {
		t = t[1:]
	}
	return t
}

// ParseInt is ParseLong for a type of so many bits.
func ParseInt(t []byte, bits int) (v int64, ok bool) {
	v, ok = ParseLong(t)
	return v, ok && v>>(bits-1) == v>>63
}

// ParseBool reads a boolean as Boolean.parseBoolean does: true in any case is true, everything else false.
func ParseBool(t []byte) bool {
	return len(t) == 4 && t[0]|0x20 == 't' && t[1]|0x20 == 'r' && t[2]|0x20 == 'u' && t[3]|0x20 == 'e'
}

// two reads two digits at the start of t, which has two bytes.
func two(t []byte) (v int, ok bool) {
	a, b := t[0]-'0', t[1]-'0'
	return int(a)*10 + int(b), a <= 9 && b <= 9
}

// isoYear reads the year of an ISO date: four digits, or a sign and four to nine. It returns how many bytes it took.
func isoYear(t []byte) (year, n int, ok bool) {
	signed := len(t) > 0 && (t[0] == '+' || t[0] == '-')
	if signed {
		n = 1
	}
	from := n
	for n < len(t) && n-from < 9 && t[n] >= '0' && t[n] <= '9' {
		year = year*10 + int(t[n]-'0')
		n++
	}
	digits := n - from
	if digits < 4 || !signed && digits > 4 || signed && t[0] == '+' && digits == 4 {
		return 0, 0, false
	}
	if signed && t[0] == '-' {
		year = -year
	}
	return year, n, true
}

// isoDate reads yyyy-MM-dd at the start of t and returns the rest. lenient cuts days 29 to 31 to the end of the month, where otherwise they
// must exist.
func isoDate(t []byte, lenient bool) (days int32, rest []byte, ok bool) {
	year, n, ok := isoYear(t)
	if !ok || len(t) < n+6 || t[n] != '-' || t[n+3] != '-' {
		return 0, nil, false
	}
	month, ok1 := two(t[n+1:])
	day, ok2 := two(t[n+4:])
	if !ok1 || !ok2 || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, nil, false
	}
	if last := civil.DaysInMonth(year, month); day > last {
		if !lenient {
			return 0, nil, false
		}
		day = last
	}
	return civil.Days(year, month, day), t[n+6:], true
}

// ParseDate reads yyyy-MM-dd, an existing date, as java.time's ISO_LOCAL_DATE does.
func ParseDate(t []byte) (days int32, ok bool) {
	days, rest, ok := isoDate(t, false)
	return days, ok && len(rest) == 0
}

// ParseJDBCDate reads yyyy-[M]M-[d]d as java.sql.Date.valueOf does: days beyond the end of the month count on.
func ParseJDBCDate(t []byte) (days int32, ok bool) {
	if len(t) < 8 || len(t) > 10 || t[4] != '-' {
		return 0, false
	}
	century, ok1 := two(t)
	year, ok2 := two(t[2:])
	month, t, ok3 := upToTwo(t[5:])
	if !ok1 || !ok2 || !ok3 || len(t) < 2 || t[0] != '-' {
		return 0, false
	}
	day, t, ok := upToTwo(t[1:])
	if !ok || len(t) != 0 || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, false
	}
	return civil.Days(century*100+year, month, day), true
}

// upToTwo reads one or two digits at the start of t.
func upToTwo(t []byte) (v int, rest []byte, ok bool) {
	n := 0
	for n < 2 && n < len(t) && t[n] >= '0' && t[n] <= '9' {
		v = v*10 + int(t[n]-'0')
		n++
	}
	return v, t[n:], n > 0
}

// clock reads HH:mm:ss[.fraction] at the start of t; with short the seconds may be missing. The nanoseconds of the day may be those of
// 24:00:00.
func clock(t []byte, short bool) (nanos int64, rest []byte, ok bool) {
	if len(t) < 5 || t[2] != ':' {
		return 0, nil, false
	}
	h, ok1 := two(t)
	m, ok2 := two(t[3:])
	if !ok1 || !ok2 || h > 24 || m > 59 {
		return 0, nil, false
	}
	nanos = int64(h)*3_600_000_000_000 + int64(m)*60_000_000_000
	t = t[5:]
	if len(t) < 3 || t[0] != ':' {
		return nanos, t, short && (len(t) == 0 || t[0] != ':') && h < 24
	}
	s, ok3 := two(t[1:])
	if !ok3 || s > 59 {
		return 0, nil, false
	}
	nanos += int64(s) * 1_000_000_000
	t = t[3:]
	if len(t) > 0 && t[0] == '.' {
		n := 1
		unit := int64(100_000_000)
		for n < len(t) && n <= 9 && t[n] >= '0' && t[n] <= '9' {
			nanos += int64(t[n]-'0') * unit
			unit /= 10
			n++
		}
		t = t[n:]
	}
	return nanos, t, h < 24 || nanos == 24*3_600_000_000_000
}

// ParseTime reads HH:mm:ss[.fraction] and returns milliseconds of the day, cut to precision p. With short, as in ISO_LOCAL_TIME, seconds
// may be missing.
func ParseTime(t []byte, p int, short bool) (millis int32, ok bool) {
	nanos, rest, ok := clock(t, short)
	if !ok || len(rest) != 0 || nanos >= 24*3_600_000_000_000 {
		return 0, false
	}
	return civil.TruncateTime(int32(nanos/1_000_000), p), true
}

// Standard is a form of timestamps as text.
type Standard uint8

// The forms of timestamps.
const (
	SQL Standard = iota // yyyy-MM-dd HH:mm:ss[.fraction]
	ISO                 // yyyy-MM-ddTHH:mm[:ss[.fraction]]
)

// ParseTimestamp reads a timestamp; with utc it ends in Z. The SQL form, and any with a Z, cuts days beyond the end of the month and takes
// 24:00:00 as the next midnight, the other ISO form does not.
func ParseTimestamp(t []byte, s Standard, utc bool) (ts civil.Timestamp, ok bool) {
	lenient := s == SQL || utc
	days, rest, ok := isoDate(t, lenient)
	if !ok || len(rest) == 0 {
		return ts, false
	}
	separator := byte(' ')
	if s == ISO {
		separator = 'T'
	}
	if rest[0] != separator {
		return ts, false
	}
	nanos, rest, ok := clock(rest[1:], s == ISO)
	if !ok || !lenient && nanos >= 24*3_600_000_000_000 {
		return ts, false
	}
	if utc {
		if len(rest) != 1 || rest[0] != 'Z' {
			return ts, false
		}
	} else if len(rest) != 0 {
		return ts, false
	}
	return civil.Timestamp{Millis: int64(days)*civil.MillisPerDay + nanos/1_000_000, Nanos: int32(nanos % 1_000_000)}, true
}

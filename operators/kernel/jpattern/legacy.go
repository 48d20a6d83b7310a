package jpattern

import (
	"fmt"
	"strings"

	"millrace/operators/kernel/civil"
)

// Legacy is a compiled pattern of java.text's SimpleDateFormat. Its calendar is
// Julian before 1582-10-15.
type Legacy struct {
	items []item // letter 0 is literal text
}

// legacyLetters are the pattern letters of SimpleDateFormat.
const legacyLetters = "GyMdkHmsSEDFwWahKzZYuXL"

// CompileLegacy reads a pattern; the errors are those of Java.
func CompileLegacy(pattern string) (*Legacy, error) {
	var p Pattern
	for i := 0; i < len(pattern); {
		c := pattern[i]
		n := 1
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			for i+n < len(pattern) && pattern[i+n] == c {
				n++
			}
			if strings.IndexByte(legacyLetters, c) < 0 {
				return nil, fmt.Errorf("illegal pattern character '%c'", c)
			}
			if c == 'X' && n > 3 {
				return nil, fmt.Errorf("invalid ISO 8601 format: length=%d", n)
			}
			p.items = append(p.items, item{letter: c, count: n})
		case c == '\'':
			text, size, ok := quoted(pattern[i:])
			if !ok {
				return nil, fmt.Errorf("unterminated quote in pattern %q", pattern)
			}
			p.literal(text)
			n = size
		default:
			p.literal(pattern[i : i+1])
		}
		i += n
	}
	return &Legacy{items: p.items}, nil
}

// julianEnd is 1582-10-15, the first day of the Gregorian calendar.
const julianEnd = -141427

// hybridDays returns the day of a date whose month and day may be out of range.
func hybridDays(y, m, d int) int32 {
	m--
	y += m / 12
	if m %= 12; m < 0 {
		m += 12
		y--
	}
	if days := civil.Days(y, m+1, 1) + int32(d-1); days >= julianEnd {
		return days
	}
	// Julian: a leap year every fourth year.
	jy, mp := y, (m+10)%12
	if m < 2 {
		jy--
	}
	era := jy >> 2
	doy := (153*mp+2)/5 + d - 1
	return int32(era*1461 + (jy-era*4)*365 + doy - 719470)
}

// hybridYMD is the inverse of hybridDays.
func hybridYMD(days int32) (y, m, d int) {
	if days >= julianEnd {
		return civil.YMD(days)
	}
	z := int(days) + 719470
	era := z / 1461
	if z%1461 < 0 {
		era--
	}
	doe := z - era*1461
	yoe := (doe - doe/1460) / 365
	doy := doe - 365*yoe
	mp := (5*doy + 2) / 153
	y, m, d = era*4+yoe, mp+3, doy-(153*mp+2)/5+1
	if m > 12 {
		m -= 12
		y++
	}
	return y, m, d
}

// Append formats an instant in milliseconds on the clock of the zone.
func (l *Legacy) Append(dst []byte, millis int64, z *civil.Zone) []byte {
	local := z.ToLocalLegacy(millis)
	days, rest := civil.SplitDay(local)
	f := moment{days: days, second: int(rest) / 1000, nano: int(rest) % 1000 * 1_000_000}
	f.year, f.month, f.day = hybridYMD(days)
	for i := range l.items {
		it := &l.items[i]
		switch it.letter {
		case 0:
			dst = append(dst, it.text...)
		case 'z', 'Z', 'X':
			dst = appendOffset(dst, it, int((local-millis)/1000), z, millis)
		default:
			dst = f.appendLegacy(dst, it.letter, it.count)
		}
	}
	return dst
}

func (f *moment) appendLegacy(dst []byte, letter byte, n int) []byte {
	switch letter {
	case 'y', 'Y':
		y := f.year
		if letter == 'Y' {
			y, _ = usWeek(f.days)
		}
		if y <= 0 {
			y = 1 - y
		}
		if n == 2 {
			return appendPadded(dst, y%100, 2)
		}
		return appendPadded(dst, y, n)
	case 'M', 'L':
		if n >= 3 {
			return appendName(dst, monthNames[f.month-1], min(n, 4))
		}
		return appendPadded(dst, f.month, n)
	case 'E':
		return appendName(dst, dayNames[civil.DayOfWeek(f.days)-1], min(max(n, 3), 4))
	case 'u':
		return appendPadded(dst, civil.ISODayOfWeek(f.days), n)
	case 'S':
		return appendPadded(dst, f.nano/1_000_000, n)
	case 'F':
		return appendPadded(dst, (f.day-1)/7+1, n)
	case 'D':
		return appendPadded(dst, int(f.days-hybridDays(f.year, 1, 1))+1, n)
	case 'G':
		return appendEra(dst, f.year > 0, 1)
	}
	return f.append(dst, letter, n)
}

func appendOffset(dst []byte, it *item, seconds int, z *civil.Zone, millis int64) []byte {
	sign, v := byte('+'), seconds
	if v < 0 {
		sign, v = '-', -v
	}
	h, m := v/3600, v/60%60
	switch {
	case it.letter == 'z':
		return appendZoneName(dst, z, millis)
	case it.letter == 'Z':
		dst = appendPadded(append(dst, sign), h, 2)
		return appendPadded(dst, m, 2)
	case seconds == 0:
		return append(dst, 'Z')
	}
	dst = appendPadded(append(dst, sign), h, 2)
	if it.count == 1 {
		return dst
	}
	if it.count == 3 {
		dst = append(dst, ':')
	}
	return appendPadded(dst, m, 2)
}

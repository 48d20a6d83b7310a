package civil

// ParseDate reads text as CAST(text AS DATE) does: year, or year-month, or
// year-month-day of any number of digits, blanks around each; what follows a
// blank (not at the start) is ignored. The date must exist, its year is 0 to
// 9999.
func ParseDate(t []byte) (days int32, ok bool) {
	for i, c := range t {
		if c == ' ' {
			if i > 0 {
				t = t[:i]
			}
			break
		}
	}
	field := [3]int{0, 1, 1}
	for n := 0; ; n++ {
		end := len(t)
		if n < 2 {
			for i, c := range t {
				if c == '-' {
					end = i
					break
				}
			}
		}
		v, ok := parseField(t[:end])
		if !ok {
			return 0, false
		}
		field[n] = v
		if end == len(t) {
			break
		}
		t = t[end+1:]
	}
	y, m, d := field[0], field[1], field[2]
	if y > 9999 || m < 1 || m > 12 || d < 1 || d > DaysInMonth(y, m) {
		return 0, false
	}
	return Days(y, m, d), true
}

// parseField reads digits with blanks around them.
func parseField(t []byte) (v int, ok bool) {
	for len(t) > 0 && t[0] <= ' ' {
		t = t[1:]
	}
	for len(t) > 0 && t[len(t)-1] <= ' ' {
		t = t[:len(t)-1]
	}
	if len(t) == 0 {
		return 0, false
	}
	for _, c := range t {
		if c < '0' || c > '9' || v > 1e8 {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	return v, true
}

// ParseTime reads text as CAST(text AS TIME) does: hour, hour:minute or
// hour:minute:second with an optional fraction, of which three digits are kept
// (the third is rounded). Hours end at 23.
func ParseTime(t []byte) (millisOfDay int32, ok bool) {
	var field [3]int
	milli := 0
	for n := 0; ; n++ {
		end := len(t)
		stop := byte(':')
		if n == 2 {
			stop = '.'
		}
		for i, c := range t {
			if c == stop {
				end = i
				break
			}
		}
		v, ok := parseField(t[:end])
		if !ok {
			return 0, false
		}
		field[n] = v
		if end == len(t) {
			break
		}
		t = t[end+1:]
		if n == 2 {
			if milli, ok = parseMillis(t); !ok {
				return 0, false
			}
			break
		}
	}
	if field[0] > 23 || field[1] > 59 || field[2] > 59 {
		return 0, false
	}
	return int32((field[0]*60+field[1])*60+field[2])*1000 + int32(milli), true
}

// parseMillis reads a fraction of any number of digits, to the nearest
// millisecond.
func parseMillis(t []byte) (int, bool) {
	ms := 0
	for i, c := range t {
		if c < '0' || c > '9' {
			return 0, false
		}
		switch {
		case i < 3:
			ms += int(c-'0') * pow10[2-i]
		case i == 3 && c >= '5':
			ms++
		}
	}
	return ms, true
}

// ParseTimestamp reads text as CAST(text AS TIMESTAMP(9)) does:
// yyyy-[M]M-[d]d[ [H]H:[m]m:[s]s[.fraction]] with a year from 0001 of exactly
// four digits and up to nine digits of fraction. "yyyy-MM-" is the
// first of the month, a day beyond the end of the month is cut to it; 24:00:00 is the next midnight. Nothing may precede or
// follow.
func ParseTimestamp(t []byte) (ts Timestamp, ok bool) {
	p := scanner{t: t}
	y := p.digits(4, 4)
	p.literal('-')
	m, d := p.digits(1, 2), 1
	p.literal('-')
	if p.bad || len(p.t) > 0 {
		d = p.digits(1, 2)
	}
	if p.bad || y < 1 || m < 1 || m > 12 || d < 1 || d > 31 {
		return ts, false
	}
	days := Days(y, m, min(d, DaysInMonth(y, m)))
	if len(p.t) == 0 {
		return Timestamp{Millis: JoinDay(days, 0)}, true
	}
	p.literal(' ')
	h := p.digits(1, 2)
	p.literal(':')
	mi := p.digits(1, 2)
	p.literal(':')
	s := p.digits(1, 2)
	nano := 0
	if !p.bad && len(p.t) > 0 && p.t[0] == '.' {
		p.t = p.t[1:]
		nano = p.fraction()
	}
	if p.bad || len(p.t) > 0 || mi > 59 || s > 59 || h > 24 {
		return ts, false
	}
	if h == 24 && (mi|s|nano) != 0 {
		return ts, false
	}
	sec := (h*60+mi)*60 + s
	return Timestamp{
		Millis: int64(days)*MillisPerDay + int64(sec)*1000 + int64(nano/1_000_000),
		Nanos:  int32(nano % 1_000_000),
	}, true
}

// scanner consumes text from the front; bad sticks.
type scanner struct {
	t   []byte
	bad bool
}

func (p *scanner) literal(c byte) {
	if p.bad || len(p.t) == 0 || p.t[0] != c {
		p.bad = true
		return
	}
	p.t = p.t[1:]
}

// digits reads between least and most digits, as many as there are.
func (p *scanner) digits(least, most int) int {
	v, n := 0, 0
	for n < most && n < len(p.t) && p.t[n] >= '0' && p.t[n] <= '9' {
		v = v*10 + int(p.t[n]-'0')
		n++
	}
	if n < least {
		p.bad = true
		return 0
	}
	p.t = p.t[n:]
	return v
}

// fraction reads zero to nine digits as nanoseconds.
func (p *scanner) fraction() int {
	n := 0
	for n < len(p.t) && n < 9 && p.t[n] >= '0' && p.t[n] <= '9' {
		n++
	}
	v := 0
	for _, c := range p.t[:n] {
		v = v*10 + int(c-'0')
	}
	p.t = p.t[n:]
	return v * pow10[9-n]
}

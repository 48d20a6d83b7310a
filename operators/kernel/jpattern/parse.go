package jpattern

import "millrace/operators/kernel/civil"

// Parse reads text that fits the whole pattern. Fields that the pattern lacks
// are those of 1970-01-01 00:00:00; a day beyond the end of its month is cut to
// the last; 24:00 is the next midnight; a zone is read and ignored. The pattern
// must pass CanParse.
func (p *Pattern) Parse(text []byte) (t civil.Timestamp, ok bool) {
	s := newScan()
	rest, ok := p.scan(&s, text, 0, len(p.items))
	if !ok || len(rest) > 0 {
		return t, false
	}
	return s.resolve()
}

// ParseLenient is Parse, and where the pattern does not fit it reads the text as
// ParseJDBC does: the behaviour of TO_TIMESTAMP with a pattern.
func (p *Pattern) ParseLenient(text []byte) (t civil.Timestamp, ok bool) {
	if t, ok = p.Parse(text); ok {
		return t, true
	}
	return ParseJDBC(text)
}

const absent = -1 << 62

// scan collects the fields that a text gives; absent marks those it does not.
type scan struct {
	year, yearOfEra    int
	month, day, yday   int
	hour, hour12, k24  int
	minute, second, ns int
	half, weekday      int
}

func newScan() scan {
	return scan{absent, absent, absent, absent, absent, absent, absent, absent, absent, absent, absent, absent, absent}
}

// scan matches items[from:to] and returns what is left of the text.
func (p *Pattern) scan(s *scan, t []byte, from, to int) ([]byte, bool) {
	for i := from; i < to; {
		it := &p.items[i]
		if it.letter == '[' {
			saved := *s
			if rest, ok := p.scan(s, t, i+1, it.next); ok {
				t = rest
			} else {
				*s = saved
			}
			i = it.next
			continue
		}
		rest, ok := s.item(it, t)
		if !ok {
			return nil, false
		}
		t = rest
		i++
	}
	return t, true
}

func (s *scan) item(it *item, t []byte) ([]byte, bool) {
	if it.letter == 0 {
		if len(t) < len(it.text) || string(t[:len(it.text)]) != it.text {
			return nil, false
		}
		return t[len(it.text):], true
	}
	if it.most == 0 {
		return s.name(it, t)
	}
	v, size, ok := it.digits(t)
	if !ok {
		return nil, false
	}
	return t[size:], s.set(it, v)
}

// digits reads a number of the field's width.
func (it *item) digits(t []byte) (v, size int, ok bool) {
	negative, plus := false, false
	i := 0
	if len(t) > 0 {
		switch {
		case t[0] == '-' && it.sign != signNever:
			negative = true
			i++
		case t[0] == '+' && it.sign == signExceeds:
			plus = true
			i++
		}
	}
	start := i
	most := it.most + it.subsequent
	for i < len(t) && i-start < most && t[i] >= '0' && t[i] <= '9' {
		i++
	}
	n := i - start
	if it.subsequent > 0 {
		n = min(n, max(it.least, n-it.subsequent))
	}
	if n < it.least || n > 18 {
		return 0, 0, false
	}
	if it.sign == signExceeds && !negative && plus != (n > it.least) {
		return 0, 0, false
	}
	for _, c := range t[start : start+n] {
		v = v*10 + int(c-'0')
	}
	if negative {
		if v == 0 {
			return 0, 0, false
		}
		v = -v
	}
	return v, start + n, true
}

// set stores a field; a second value for it must be the same.
func (s *scan) set(it *item, v int) bool {
	var f *int
	switch it.letter {
	case 'y':
		f = &s.yearOfEra
	case 'u':
		f = &s.year
	case 'M', 'L':
		f = &s.month
	case 'd':
		f = &s.day
	case 'D':
		f = &s.yday
	case 'H':
		f = &s.hour
	case 'h':
		f = &s.hour12
		if v < 1 || v > 12 {
			return false
		}
		v %= 12
	case 'K':
		f = &s.hour12
	case 'k':
		f = &s.k24
	case 'm':
		f = &s.minute
	case 's':
		f = &s.second
	case 'S':
		for i := it.count; i < 9; i++ {
			v *= 10
		}
		f = &s.ns
	case 'n':
		f = &s.ns
	default:
		return false
	}
	if it.count == 2 && (it.letter == 'y' || it.letter == 'u') {
		v += 2000
	}
	if *f != absent && *f != v {
		return false
	}
	*f = v
	return true
}

// name reads a text field or a zone.
func (s *scan) name(it *item, t []byte) ([]byte, bool) {
	var index, size int
	switch it.letter {
	case 'M', 'L':
		n := 0
		if it.count == 3 {
			n = 3
		}
		index, size = matchName(t, monthNames[:], n, false)
		if index >= 0 {
			s.month = index + 1
		}
	case 'E':
		n := 0
		if it.count <= 3 {
			n = 3
		}
		index, size = matchName(t, dayNames[:], n, false)
		s.weekday = index
	case 'a':
		index, size = matchName(t, []string{"AM", "PM"}, 0, false)
		s.half = index
	default:
		return skipZone(it.letter, t)
	}
	return t[size:], index >= 0
}

// skipZone reads a zone of any form.
func skipZone(letter byte, t []byte) ([]byte, bool) {
	switch letter {
	case 'Z', 'X', 'x':
		_, size, ok := readOffset(t)
		if !ok {
			return nil, false
		}
		return t[size:], true
	}
	n := 0
	for n < len(t) {
		c := t[n]
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '/' || c == '_' || c == '+' || c == '-' || c == ':' {
			n++
			continue
		}
		break
	}
	return t[n:], n > 0
}

// readOffset reads Z, +hh, +hhmm or +hh:mm[:ss].
func readOffset(t []byte) (seconds, size int, ok bool) {
	if len(t) == 0 {
		return 0, 0, false
	}
	if t[0] == 'Z' {
		return 0, 1, true
	}
	if t[0] != '+' && t[0] != '-' {
		return 0, 0, false
	}
	h, ok := twoDigits(t[1:])
	if !ok {
		return 0, 0, false
	}
	size = 3
	seconds = h * 3600
	for unit := 60; unit > 0; unit /= 60 {
		at := size
		if at < len(t) && t[at] == ':' {
			at++
		}
		v, ok := twoDigits(t[min(at, len(t)):])
		if !ok || v > 59 {
			break
		}
		seconds += v * unit
		size = at + 2
	}
	if t[0] == '-' {
		seconds = -seconds
	}
	return seconds, size, true
}

func twoDigits(t []byte) (int, bool) {
	if len(t) < 2 || t[0] < '0' || t[0] > '9' || t[1] < '0' || t[1] > '9' {
		return 0, false
	}
	return int(t[0]-'0')*10 + int(t[1]-'0'), true
}

// or returns v, or def if it is absent.
func or(v, def int) int {
	if v == absent {
		return def
	}
	return v
}

// resolve makes a moment of the fields.
func (s *scan) resolve() (t civil.Timestamp, ok bool) {
	year := or(s.year, 1970)
	if s.yearOfEra != absent {
		year = s.yearOfEra
		if year < 1 || s.year != absent && s.year != year {
			return t, false
		}
	}
	if year > 9999 || year < -9999 {
		return t, false
	}
	month, day := or(s.month, 1), or(s.day, 1)
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return t, false
	}
	days := civil.Days(year, month, min(day, civil.DaysInMonth(year, month)))
	if s.yday != absent {
		first := civil.Days(year, 1, 1)
		if s.yday < 1 || first+int32(s.yday)-1 >= civil.Days(year+1, 1, 1) {
			return t, false
		}
		if d := first + int32(s.yday) - 1; s.month == absent || d == days {
			days = d
		} else {
			return t, false
		}
	}
	if s.weekday != absent && s.day != absent && civil.DayOfWeek(days) != s.weekday+1 {
		return t, false
	}
	hour, ok := s.hours()
	if !ok {
		return t, false
	}
	minute, second, ns := or(s.minute, 0), or(s.second, 0), or(s.ns, 0)
	if minute < 0 || minute > 59 || second < 0 || second > 59 || ns < 0 || ns > 999_999_999 {
		return t, false
	}
	if hour == 24 && (minute|second|ns) != 0 {
		return t, false
	}
	if hour == 24 && s.year == absent && s.yearOfEra == absent && s.month == absent && s.day == absent {
		hour = 0 // the time alone: its day is left out
	}
	ms := int64((hour*60+minute)*60+second)*1000 + int64(ns/1_000_000)
	return civil.Timestamp{Millis: civil.JoinDay(days, 0) + ms, Nanos: int32(ns % 1_000_000)}, true
}

// hours combines the hour fields.
func (s *scan) hours() (int, bool) {
	hour := or(s.hour, 0)
	if s.k24 != absent {
		if s.k24 < 1 || s.k24 > 24 {
			return 0, false
		}
		hour = s.k24 % 24
	}
	if s.hour == absent && s.k24 == absent && s.hour12 != absent && s.half != absent {
		if s.hour12 < 0 || s.hour12 > 11 {
			return 0, false
		}
		hour = s.half*12 + s.hour12
	}
	if s.half != absent && s.hour != absent && hour/12 != s.half {
		return 0, false
	}
	return hour, hour >= 0 && hour <= 24
}

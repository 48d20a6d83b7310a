package jpattern

import "millrace/operators/kernel/civil"

// ParseJDBC reads text as java.sql.Timestamp.valueOf and Date.valueOf do:
// yyyy-[m]m-[d]d, or that with a blank and [h]h:[m]m:[s]s[.fraction]. It is
// lenient: the 30th of February is the 1st of March, hour 24 the next day, and
// the days that the change of calendar in 1582 dropped are counted on.
func ParseJDBC(text []byte) (t civil.Timestamp, ok bool) {
	for len(text) > 0 && text[0] <= ' ' {
		text = text[1:]
	}
	for len(text) > 0 && text[len(text)-1] <= ' ' {
		text = text[:len(text)-1]
	}
	date, clock := text, []byte(nil)
	for i, c := range text {
		if c == ' ' {
			date, clock = text[:i], text[i+1:]
			break
		}
	}
	y, rest, ok := until(date, '-', 4)
	if !ok || len(date) < 5 || date[4] != '-' {
		return t, false
	}
	m, rest, ok := until(rest, '-', 2)
	if !ok {
		return t, false
	}
	d, rest, ok := until(rest, 0, 2)
	if !ok || len(rest) > 0 || m < 1 || m > 12 || d < 1 || d > 31 {
		return t, false
	}
	days := hybridGap(y, m, d)
	if len(date) == len(text) {
		return civil.Timestamp{Millis: civil.JoinDay(days, 0)}, true
	}
	h, rest, ok := until(clock, ':', 9)
	if !ok {
		return t, false
	}
	mi, rest, ok := until(rest, ':', 9)
	if !ok {
		return t, false
	}
	ns := 0
	for i, c := range rest {
		if c == '.' {
			if ns, ok = nanos(rest[i+1:]); !ok {
				return t, false
			}
			rest = rest[:i]
			break
		}
	}
	s, rest, ok := until(rest, 0, 9)
	if !ok || len(rest) > 0 {
		return t, false
	}
	ms := (int64(h)*3600+int64(mi)*60+int64(s))*1000 + int64(ns/1_000_000)
	return civil.Timestamp{Millis: civil.JoinDay(days, 0) + ms, Nanos: int32(ns % 1_000_000)}, true
}

// hybridGap keeps the fields of a date, except that days which do not exist
// count on.
func hybridGap(y, m, d int) int32 {
	if y == 1582 && m == 10 && d > 4 && d < 15 {
		d += 10
	}
	return civil.Days(y, m, d)
}

// until reads one to most digits up to the byte stop, or to the end if stop is 0.
func until(t []byte, stop byte, most int) (v int, rest []byte, ok bool) {
	i := 0
	for ; i < len(t) && t[i] != stop; i++ {
		if t[i] < '0' || t[i] > '9' || i == most {
			return 0, nil, false
		}
		v = v*10 + int(t[i]-'0')
	}
	if i == 0 || stop != 0 && i == len(t) {
		return 0, nil, false
	}
	if i < len(t) {
		i++
	}
	return v, t[i:], true
}

func nanos(t []byte) (int, bool) {
	if len(t) == 0 || len(t) > 9 {
		return 0, false
	}
	v := 0
	for i := range 9 {
		v *= 10
		if i < len(t) {
			if t[i] < '0' || t[i] > '9' {
				return 0, false
			}
			v += int(t[i] - '0')
		}
	}
	return v, true
}

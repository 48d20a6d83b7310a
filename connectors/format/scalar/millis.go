package scalar

import (
	"millrace/operators/kernel/civil"
)

// DateCache reads timestamps of millisecond precision fast: neighbouring rows mostly have the same date.
type DateCache struct {
	text   [10]byte
	millis int64
}

// Millis reads yyyy-MM-dd HH:mm:ss[.f{1,3}], or says false for anything else, which may still be a timestamp.
func (c *DateCache) Millis(t []byte) (ms int64, ok bool) {
	if len(t) < 19 || len(t) > 23 || t[10] != ' ' || t[13] != ':' || t[16] != ':' {
		return 0, false
	}
	if [10]byte(t) != c.text {
		days, ok := ParseDate(t[:10])
		if !ok {
			return 0, false
		}
		c.text, c.millis = [10]byte(t), int64(days)*civil.MillisPerDay
	}
	h1, h2, m1, m2, s1, s2 := t[11]-'0', t[12]-'0', t[14]-'0', t[15]-'0', t[17]-'0', t[18]-'0'
	if h1 > 2 || h2 > 9 || m1 > 5 || m2 > 9 || s1 > 5 || s2 > 9 || h1 == 2 && h2 > 3 {
		return 0, false
	}
	ms = (int64(h1)*10+int64(h2))*3_600_000 + (int64(m1)*10+int64(m2))*60_000 + (int64(s1)*10+int64(s2))*1000
	if len(t) == 19 {
		return c.millis + ms, true
	}
	if t[19] != '.' {
		return 0, false
	}
	unit := int64(100)
	for _, d := range t[20:] {
		if d -= '0'; d > 9 {
			return 0, false
		}
		ms += int64(d) * unit
		unit /= 10
	}
	return c.millis + ms, true
}

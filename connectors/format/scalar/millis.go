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

// DayText writes timestamps of millisecond precision fast: the text of the day is kept from value to value. The zero value is ready.
type DayText struct {
	days  int32
	text  []byte // of days, with the separator
	ready bool
}

// AppendMillis is AppendTimestamp for a timestamp in milliseconds.
func (d *DayText) AppendMillis(dst []byte, millis int64, s Standard, utc bool) []byte {
	days, ms := civil.SplitDay(millis)
	if !d.ready || days != d.days {
		d.days, d.ready = days, true
		d.text = append(civil.AppendDate(d.text[:0], days), " T"[s])
	}
	dst = append(dst, d.text...)
	sec, f := ms/1000, ms%1000
	h, m := sec/3600, sec/60%60
	sec %= 60
	dst = append(dst, byte('0'+h/10), byte('0'+h%10), ':', byte('0'+m/10), byte('0'+m%10), ':', byte('0'+sec/10), byte('0'+sec%10))
	if f != 0 {
		dst = append(dst, '.', byte('0'+f/100), byte('0'+f/10%10), byte('0'+f%10))
		for dst[len(dst)-1] == '0' {
			dst = dst[:len(dst)-1]
		}
	}
	if utc {
		dst = append(dst, 'Z')
	}
	return dst
}

package jpattern

import "millrace/operators/kernel/civil"

// The names of months and days.
//
//nolint:gochecknoglobals // never written, and read per value
var (
	monthNames = [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
	dayNames   = [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
)

// appendPadded appends v with at least width digits.
func appendPadded(dst []byte, v, width int) []byte {
	if v < 0 {
		dst = append(dst, '-')
		v = -v
	}
	var buf [20]byte
	i := len(buf)
	for v > 0 || i == len(buf) {
		i--
		buf[i] = byte('0' + v%10)
		v /= 10
	}
	for n := len(buf) - i; n < width; n++ {
		dst = append(dst, '0')
	}
	return append(dst, buf[i:]...)
}

// usWeek returns the week of the year (Sunday first, the week of January 1 is
// week 1) and the year it belongs to.
func usWeek(days int32) (year, week int) {
	year, _, _ = civil.YMD(days)
	next := weekOne(year + 1)
	if days >= next {
		return year + 1, int(days-next)/7 + 1
	}
	return year, int(days-weekOne(year))/7 + 1
}

// weekOne returns the Sunday on or before January 1.
func weekOne(year int) int32 {
	first := civil.Days(year, 1, 1)
	return first - int32(civil.DayOfWeek(first)-1)
}

// usWeekOfMonth returns the week of the month, Sunday first.
func usWeekOfMonth(days int32) int {
	_, _, d := civil.YMD(days)
	first := days - int32(d-1)
	return (d-1+civil.DayOfWeek(first)-1)/7 + 1
}

// matchName finds the longest of the names (cut to n bytes if n > 0) that t
// begins with; fold ignores the case.
func matchName(t []byte, names []string, n int, fold bool) (index, size int) {
	index = -1
	for i, name := range names {
		if n > 0 && len(name) > n {
			name = name[:n]
		}
		if len(name) > size && len(t) >= len(name) && equalName(t[:len(name)], name, fold) {
			index, size = i, len(name)
		}
	}
	return index, size
}

func equalName(t []byte, name string, fold bool) bool {
	for i, c := range t {
		d := name[i]
		if c == d {
			continue
		}
		if !fold || c|0x20 != d|0x20 || c|0x20 < 'a' || c|0x20 > 'z' {
			return false
		}
	}
	return true
}

package jpattern

import "millrace/operators/kernel/civil"

// Append formats a wall clock time. The pattern must pass CanFormat.
func (p *Pattern) Append(dst []byte, t civil.Timestamp) []byte {
	days, rest := civil.SplitDay(t.Millis)
	y, m, d := civil.YMD(days)
	f := moment{days: days, year: y, month: m, day: d, second: int(rest) / 1000, nano: int(rest)%1000*1_000_000 + int(t.Nanos)}
	for i := range p.items {
		it := &p.items[i]
		if it.letter == 0 {
			dst = append(dst, it.text...)
			continue
		}
		dst = f.append(dst, it.letter, it.count)
	}
	return dst
}

// moment is a wall clock time in fields.
type moment struct {
	days             int32
	year, month, day int
	second           int // of the day
	nano             int // of the second
}

func (f *moment) append(dst []byte, letter byte, n int) []byte {
	switch letter {
	case 'y':
		y := f.year
		if y <= 0 {
			y = 1 - y
		}
		return appendYear(dst, y, n)
	case 'u':
		return appendYear(dst, f.year, n)
	case 'Y':
		y, _ := usWeek(f.days)
		return appendYear(dst, y, n)
	case 'M', 'L':
		if n < 3 {
			return appendPadded(dst, f.month, n)
		}
		return appendName(dst, monthNames[f.month-1], n)
	case 'd':
		return appendPadded(dst, f.day, n)
	case 'H':
		return appendPadded(dst, f.second/3600, n)
	case 'm':
		return appendPadded(dst, f.second/60%60, n)
	case 's':
		return appendPadded(dst, f.second%60, n)
	case 'S':
		v := f.nano
		for i := n; i < 9; i++ {
			v /= 10
		}
		return appendPadded(dst, v, n)
	}
	return f.appendRare(dst, letter, n)
}

func (f *moment) appendRare(dst []byte, letter byte, n int) []byte {
	hour := f.second / 3600
	switch letter {
	case 'h':
		return appendPadded(dst, (hour+11)%12+1, n)
	case 'k':
		return appendPadded(dst, (hour+23)%24+1, n)
	case 'K':
		return appendPadded(dst, hour%12, n)
	case 'a':
		if hour < 12 {
			return append(dst, "AM"...)
		}
		return append(dst, "PM"...)
	case 'D':
		return appendPadded(dst, civil.DayOfYear(f.days), n)
	case 'E':
		return appendName(dst, dayNames[civil.DayOfWeek(f.days)-1], max(n, 3))
	case 'e', 'c':
		if n < 3 {
			return appendPadded(dst, civil.DayOfWeek(f.days), n)
		}
		return appendName(dst, dayNames[civil.DayOfWeek(f.days)-1], n)
	case 'w':
		_, w := usWeek(f.days)
		return appendPadded(dst, w, n)
	case 'W':
		return appendPadded(dst, usWeekOfMonth(f.days), n)
	case 'F':
		return appendPadded(dst, (f.day-1)%7+1, n)
	case 'Q', 'q':
		return appendQuarter(dst, (f.month+2)/3, n)
	case 'G':
		return appendEra(dst, f.year > 0, n)
	case 'n':
		return appendPadded(dst, f.nano, n)
	case 'A':
		return appendPadded(dst, f.second*1000+f.nano/1_000_000, n)
	case 'N':
		return appendPadded(dst, f.second*1_000_000_000+f.nano, n)
	}
	return dst
}

func appendQuarter(dst []byte, q, n int) []byte {
	switch n {
	case 1, 2:
		return appendPadded(dst, q, n)
	case 3:
		return append(dst, 'Q', byte('0'+q))
	case 4:
		names := [4]string{"1st quarter", "2nd quarter", "3rd quarter", "4th quarter"}
		return append(dst, names[q-1]...)
	}
	return append(dst, byte('0'+q))
}

func appendEra(dst []byte, ad bool, n int) []byte {
	short, long := "BC", "Before Christ"
	if ad {
		short, long = "AD", "Anno Domini"
	}
	switch n {
	case 4:
		return append(dst, long...)
	case 5:
		return append(dst, short[0])
	}
	return append(dst, short...)
}

// appendYear prints two letters as two digits, four and more with a plus sign
// where the year has more digits.
func appendYear(dst []byte, y, n int) []byte {
	if n == 2 {
		if y < 0 {
			y = -y
		}
		return appendPadded(dst, y%100, 2)
	}
	if n >= 4 {
		limit := 1
		for range n {
			limit *= 10
		}
		if y >= limit {
			dst = append(dst, '+')
		}
	}
	return appendPadded(dst, y, n)
}

// appendName prints three letters short, four in full, five as an initial.
func appendName(dst []byte, name string, n int) []byte {
	switch n {
	case 3:
		return append(dst, name[:3]...)
	case 4:
		return append(dst, name...)
	}
	return append(dst, name[0])
}

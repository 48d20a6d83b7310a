package civil

import "strconv"

// AppendDate appends yyyy-MM-dd, as CAST(d AS STRING) does. Years outside 0 to
// 9999 get the form of ISO 8601: +10000-01-01, -0001-12-31.
func AppendDate(dst []byte, days int32) []byte {
	y, m, d := YMD(days)
	dst = appendYear(dst, y)
	dst = append(dst, '-')
	dst = append2(dst, m)
	dst = append(dst, '-')
	return append2(dst, d)
}

func appendYear(dst []byte, y int) []byte {
	switch {
	case y < 0:
		dst = append(dst, '-')
		y = -y
	case y > 9999:
		dst = append(dst, '+')
	}
	if y > 9999 {
		return strconv.AppendInt(dst, int64(y), 10)
	}
	dst = append2(dst, y/100)
	return append2(dst, y%100)
}

func append2(dst []byte, v int) []byte {
	return append(dst, byte('0'+v/10), byte('0'+v%10))
}

// appendFraction appends exactly n digits of the nanoseconds of a second.
func appendFraction(dst []byte, nano, n int) []byte {
	var buf [9]byte
	for i := 8; i >= 0; i-- {
		buf[i] = byte('0' + nano%10)
		nano /= 10
	}
	return append(dst, buf[:n]...)
}

func appendClock(dst []byte, secondOfDay int) []byte {
	dst = append2(dst, secondOfDay/3600)
	dst = append(dst, ':')
	dst = append2(dst, secondOfDay/60%60)
	dst = append(dst, ':')
	return append2(dst, secondOfDay%60)
}

// AppendTime appends HH:mm:ss, and for p > 0 a fraction of one to three digits
// without trailing zeros, as CAST(t AS STRING) does: 12:34:56.0.
func AppendTime(dst []byte, millisOfDay int32, p int) []byte {
	dst = appendClock(dst, int(millisOfDay)/1000)
	if p == 0 {
		return dst
	}
	ms := int(millisOfDay) % 1000
	n := 3
	for n > 1 && ms%pow10[4-n] == 0 {
		n--
	}
	n = min(n, p)
	dst = append(dst, '.')
	return appendFraction(dst, ms*1_000_000, n)
}

// AppendTimestamp appends yyyy-MM-dd HH:mm:ss with exactly p fraction digits, as
// CAST(ts AS STRING) does.
func AppendTimestamp(dst []byte, t Timestamp, p int) []byte {
	dst = appendDateTime(dst, t.Millis, ' ')
	if p == 0 {
		return dst
	}
	dst = append(dst, '.')
	return appendFraction(dst, t.nanoOfSecond(), p)
}

// AppendMillis is AppendTimestamp for a timestamp in milliseconds.
func AppendMillis(dst []byte, millis int64, p int) []byte {
	return AppendTimestamp(dst, Timestamp{Millis: millis}, p)
}

func appendDateTime(dst []byte, millis int64, sep byte) []byte {
	days, rest := SplitDay(millis)
	dst = AppendDate(dst, days)
	dst = append(dst, sep)
	return appendClock(dst, int(rest)/1000)
}

// AppendTimestampISO appends yyyy-MM-ddTHH:mm:ss and the fraction without
// trailing zeros, if there is one: the form of JSON result rows.
func AppendTimestampISO(dst []byte, t Timestamp) []byte {
	dst = appendDateTime(dst, t.Millis, 'T')
	return appendShortFraction(dst, t.nanoOfSecond())
}

// AppendTimeISO appends HH:mm:ss and the fraction without trailing zeros, if
// there is one: the form of JSON result rows.
func AppendTimeISO(dst []byte, millisOfDay int32) []byte {
	dst = appendClock(dst, int(millisOfDay)/1000)
	return appendShortFraction(dst, int(millisOfDay)%1000*1_000_000)
}

func appendShortFraction(dst []byte, nano int) []byte {
	if nano == 0 {
		return dst
	}
	n := 9
	for nano%pow10[10-n] == 0 {
		n--
	}
	dst = append(dst, '.')
	return appendFraction(dst, nano, n)
}

// AppendMonths appends a year-month interval: +1-03, -10-03.
func AppendMonths(dst []byte, months int32) []byte {
	v := int64(months)
	if v < 0 {
		dst = append(dst, '-')
		v = -v
	} else {
		dst = append(dst, '+')
	}
	dst = strconv.AppendInt(dst, v/12, 10)
	dst = append(dst, '-')
	return append2(dst, int(v%12))
}

// AppendDayTime appends a day-time interval: +1 10:17:36.789.
func AppendDayTime(dst []byte, millis int64) []byte {
	v := uint64(millis)
	if millis < 0 {
		dst = append(dst, '-')
		v = -v
	} else {
		dst = append(dst, '+')
	}
	dst = strconv.AppendUint(dst, v/MillisPerDay, 10)
	dst = append(dst, ' ')
	rest := int(v % MillisPerDay)
	dst = appendClock(dst, rest/1000)
	dst = append(dst, '.')
	return appendFraction(dst, rest%1000*1_000_000, 3)
}

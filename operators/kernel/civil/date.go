package civil

// MillisPerDay is the length of a day.
const MillisPerDay = 86_400_000

// Days returns the days since the epoch of a proleptic Gregorian date. The month
// is 1 to 12; the day may lie outside the month and then counts on.
func Days(year, month, day int) int32 {
	y := int64(year)
	if month <= 2 {
		y--
	}
	era := floorDiv(y, 400)
	yoe := y - era*400
	mp := int64((month + 9) % 12)
	doy := (153*mp+2)/5 + int64(day) - 1
	return int32(era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468)
}

// YMD returns the year, month (1 to 12) and day of month of a date.
func YMD(days int32) (year, month, day int) {
	if days > 500_000_000 || days < -500_000_000 {
		// Beyond the range of the fast form: move by whole 400 year cycles.
		era := floorDiv(int64(days), 146097)
		year, month, day = YMD(int32(int64(days) - era*146097))
		return year + int(era)*400, month, day
	}
	// Euclidean affine functions in place of divisions (Neri and Schneider).
	const eras = 3670
	n1 := 4*uint64(int64(days)+719468+146097*eras) + 3
	c := n1 / 146097
	n2 := n1%146097/4*4 + 3
	p := 2939745 * n2
	z := p >> 32
	ny := uint32(p) / 2939745 / 4
	n3 := 2141*ny + 197913
	month, day = int(n3>>16), int(n3&0xffff/2141)+1
	year = int(100*c+z) - 400*eras
	if ny >= 306 {
		year++
		month -= 12
	}
	return year, month, day
}

// IsLeap reports whether the Gregorian year has 366 days.
func IsLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// DaysInMonth returns 28 to 31.
func DaysInMonth(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if IsLeap(year) {
			return 29
		}
		return 28
	}
	return 31
}

// DayOfWeek returns 1 for Sunday to 7 for Saturday.
func DayOfWeek(days int32) int { return int(floorMod(int64(days)+4, 7)) + 1 }

// ISODayOfWeek returns 1 for Monday to 7 for Sunday.
func ISODayOfWeek(days int32) int { return int(floorMod(int64(days)+3, 7)) + 1 }

// DayOfYear returns 1 to 366.
func DayOfYear(days int32) int {
	y, _, _ := YMD(days)
	return int(days-Days(y, 1, 1)) + 1
}

// ISOWeek returns the ISO 8601 week, 1 to 53, and the year it belongs to.
func ISOWeek(days int32) (year, week int) {
	thursday := days + int32(4-ISODayOfWeek(days))
	year, _, _ = YMD(thursday)
	return year, int(thursday-Days(year, 1, 1))/7 + 1
}

// AddMonths adds n months; the day is cut to the last of the month.
func AddMonths(days int32, n int) int32 {
	y, m, d := YMD(days)
	t := int64(y)*12 + int64(m-1) + int64(n)
	y, m = int(floorDiv(t, 12)), int(floorMod(t, 12))+1
	return Days(y, m, min(d, DaysInMonth(y, m)))
}

// AddMonthsMillis adds n months to a timestamp in milliseconds and keeps the
// time of day.
func AddMonthsMillis(millis int64, n int) int64 {
	days, rest := SplitDay(millis)
	return JoinDay(AddMonths(days, n), rest)
}

// MonthsBetween returns the whole months from a to b, negative if b is earlier:
// the largest n for which a plus n months is not after b.
func MonthsBetween(a, b int32) int {
	return MonthsBetweenMillis(JoinDay(a, 0), JoinDay(b, 0))
}

// MonthsBetweenMillis is MonthsBetween for timestamps in milliseconds.
func MonthsBetweenMillis(a, b int64) int {
	if b < a {
		return -MonthsBetweenMillis(b, a)
	}
	da, _ := SplitDay(a)
	db, _ := SplitDay(b)
	ya, ma, _ := YMD(da)
	yb, mb, _ := YMD(db)
	n := (yb-ya)*12 + mb - ma
	if AddMonthsMillis(a, n) > b {
		n--
	}
	return n
}

// SplitDay splits a timestamp in milliseconds into its date and time of day.
func SplitDay(millis int64) (days int32, millisOfDay int32) {
	d := floorDiv(millis, MillisPerDay)
	return int32(d), int32(millis - d*MillisPerDay)
}

// JoinDay is the inverse of SplitDay.
func JoinDay(days int32, millisOfDay int32) int64 {
	return int64(days)*MillisPerDay + int64(millisOfDay)
}

// AddTime adds an interval to a time of day, around midnight.
func AddTime(millisOfDay int32, millis int64) int32 {
	return int32(floorMod(int64(millisOfDay)+millis, MillisPerDay))
}

// AddDayTime adds a day-time interval to a date: only its whole days count.
func AddDayTime(days int32, millis int64) int32 { return days + int32(millis/MillisPerDay) }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 {
	r := a % b
	if r < 0 {
		r += b
	}
	return r
}

package civil

// Unit is a unit or field of time.
type Unit uint8

// The units, by the names SQL gives them.
const (
	Nanosecond Unit = iota
	Microsecond
	Millisecond
	Second
	Minute
	Hour
	Day
	Week
	Month
	Quarter
	Year
	Decade
	Century
	Millennium
	ISOYear
	DOW
	ISODOW
	DOY
	Epoch
)

// String returns the SQL name, in upper case.
func (u Unit) String() string {
	return [...]string{
		"NANOSECOND", "MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR",
		"DECADE", "CENTURY", "MILLENNIUM", "ISOYEAR", "DOW", "ISODOW", "DOY", "EPOCH",
	}[u]
}

// ParseUnit finds a unit by its SQL name in upper case.
func ParseUnit(name string) (Unit, bool) {
	for u := range Epoch + 1 {
		if u.String() == name {
			return u, true
		}
	}
	return 0, false
}

// millisPer holds the lengths of MILLISECOND to WEEK.
//
//nolint:gochecknoglobals // never written, and read per value
var millisPer = [...]int64{Millisecond: 1, Second: 1000, Minute: 60_000, Hour: 3_600_000, Day: MillisPerDay, Week: 7 * MillisPerDay}

// Millis returns the length of a unit of fixed length (MILLISECOND to WEEK), or
// 0.
func (u Unit) Millis() int64 {
	if u > Week {
		return 0
	}
	return millisPer[u]
}

// Months returns the length of a unit of months (MONTH to MILLENNIUM), or 0.
func (u Unit) Months() int {
	switch u {
	case Month:
		return 1
	case Quarter:
		return 3
	case Year:
		return 12
	case Decade:
		return 120
	case Century:
		return 1200
	case Millennium:
		return 12000
	}
	return 0
}

// ExtractDate returns a field of a date; fields of the time of day are 0.
func ExtractDate(u Unit, days int32) int64 {
	switch u {
	case Week:
		_, w := ISOWeek(days)
		return int64(w)
	case ISOYear:
		y, _ := ISOWeek(days)
		return int64(y)
	case DOW:
		return int64(DayOfWeek(days))
	case ISODOW:
		return int64(ISODayOfWeek(days))
	case DOY:
		return int64(DayOfYear(days))
	case Epoch:
		return int64(days) * 86400
	case Nanosecond, Microsecond, Millisecond, Second, Minute, Hour:
		return 0
	}
	y, m, d := YMD(days)
	switch u {
	case Day:
		return int64(d)
	case Month:
		return int64(m)
	case Quarter:
		return int64(m+2) / 3
	case Year:
		return int64(y)
	case Decade:
		return int64(y) / 10
	case Century:
		return yearGroup(y, 100)
	}
	return yearGroup(y, 1000)
}

// yearGroup counts centuries and millennia: there is no group 0.
func yearGroup(y, n int) int64 {
	if y > 0 {
		return int64((y + n - 1) / n)
	}
	return int64((y - n + 1) / n)
}

// ExtractTime returns a field of a time of day: HOUR to NANOSECOND. The fields
// below the second are the fraction of the second in that unit.
func ExtractTime(u Unit, millisOfDay int32) int64 {
	ms := int64(millisOfDay)
	switch u {
	case Hour:
		return ms / 3_600_000
	case Minute:
		return ms / 60_000 % 60
	case Second:
		return ms / 1000 % 60
	case Millisecond:
		return ms % 1000
	case Microsecond:
		return ms % 1000 * 1000
	case Nanosecond:
		return ms % 1000 * 1_000_000
	}
	return 0
}

// Extract returns a field of a timestamp. EPOCH is whole seconds, rounded down.
func Extract(u Unit, t Timestamp) int64 {
	switch u {
	case Microsecond:
		return int64(t.nanoOfSecond() / 1000)
	case Nanosecond:
		return int64(t.nanoOfSecond())
	}
	return ExtractMillis(u, t.Millis)
}

// ExtractMillis returns a field of a timestamp in milliseconds.
func ExtractMillis(u Unit, millis int64) int64 {
	if u == Epoch {
		return floorDiv(millis, 1000)
	}
	days, rest := SplitDay(millis)
	if u <= Hour {
		return ExtractTime(u, rest)
	}
	return ExtractDate(u, days)
}

// ExtractMonths returns YEAR, QUARTER or MONTH of a year-month interval; the
// sign is the interval's.
func ExtractMonths(u Unit, months int32) int64 {
	switch u {
	case Month:
		return int64(months % 12)
	case Quarter:
		return int64(months%12/3) + 1
	case Year:
		return int64(months / 12)
	}
	return 0
}

// ExtractDayTime returns DAY, HOUR, MINUTE, SECOND or a fraction of the second
// of a day-time interval; the sign is the interval's.
func ExtractDayTime(u Unit, millis int64) int64 {
	switch u {
	case Day:
		return millis / MillisPerDay
	case Epoch:
		return millis / 1000
	}
	return ExtractTime(u, int32(millis%MillisPerDay))
}

// Diff returns the whole units from a to b (timestamps in milliseconds), toward
// zero; the caller narrows it to the INT of TIMESTAMPDIFF. As in Flink the units
// below the second are counted in whole seconds, and weeks are counted from
// seconds that have wrapped to 32 bits. DECADE counts ten years (one in Flink).
func Diff(u Unit, a, b int64) int64 {
	switch {
	case u.Months() > 0:
		return int64(MonthsBetweenMillis(a, b) / u.Months())
	case u == Week:
		return int64(int32((b-a)/1000)) / (7 * 86400)
	case u == Millisecond:
		return (b - a) / 1000 * 1000
	case u == Microsecond:
		return (b - a) / 1000 * 1_000_000
	case u == Nanosecond:
		return (b - a) / 1000 * 1_000_000_000
	case u.Millis() > 0:
		return (b - a) / u.Millis()
	}
	return 0
}

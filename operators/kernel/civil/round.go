package civil

// FloorDate returns the first day of the unit (WEEK starts on Sunday) that holds
// the date; units of a day or less leave it as it is.
func FloorDate(days int32, u Unit) int32 {
	switch u {
	case Week:
		return days - int32(DayOfWeek(days)-1)
	case Month, Quarter, Year, Decade, Century, Millennium, ISOYear:
	default:
		return days
	}
	y, m, _ := YMD(days)
	switch u {
	case Month:
		return Days(y, m, 1)
	case Quarter:
		return Days(y, (m-1)/3*3+1, 1)
	case Year:
		return Days(y, 1, 1)
	case Decade:
		return Days(int(floorDiv(int64(y), 10))*10, 1, 1)
	case Century:
		return Days(int(floorDiv(int64(y)-1, 100))*100+1, 1, 1)
	case Millennium:
		return Days(int(floorDiv(int64(y)-1, 1000))*1000+1, 1, 1)
	}
	// The ISO year starts on the Monday of its first week.
	y, w := ISOWeek(days)
	_ = y
	return days - int32(ISODayOfWeek(days)-1) - int32(w-1)*7
}

// CeilDate returns the date itself if a unit starts on it, else the first day of
// the next unit. As in Flink a DECADE is always the next one.
func CeilDate(days int32, u Unit) int32 {
	f := FloorDate(days, u)
	if f == days && u != Decade {
		return f
	}
	return nextDate(f, u)
}

// nextDate returns the start of the unit after the one that starts at days.
func nextDate(days int32, u Unit) int32 {
	switch {
	case u == Week:
		return days + 7
	case u == ISOYear:
		return FloorDate(days+380, ISOYear)
	case u.Months() > 0:
		return AddMonths(days, u.Months())
	}
	return days + 1
}

// FloorTime rounds a time of day down to HOUR, MINUTE, SECOND or MILLISECOND;
// longer units leave it as it is.
func FloorTime(millisOfDay int32, u Unit) int32 {
	if n := u.Millis(); n > 0 && u < Day {
		return millisOfDay - int32(int64(millisOfDay)%n)
	}
	return millisOfDay
}

// CeilTime rounds a time of day up; the result may be 24:00.
func CeilTime(millisOfDay int32, u Unit) int32 {
	f := FloorTime(millisOfDay, u)
	if f == millisOfDay {
		return f
	}
	return f + int32(u.Millis())
}

// FloorMillis rounds a timestamp in milliseconds down to the unit.
func FloorMillis(millis int64, u Unit) int64 {
	if u <= Day {
		if n := u.Millis(); n > 0 {
			return millis - floorMod(millis, n)
		}
		return millis
	}
	days, _ := SplitDay(millis)
	return JoinDay(FloorDate(days, u), 0)
}

// CeilMillis rounds a timestamp in milliseconds up to the unit.
func CeilMillis(millis int64, u Unit) int64 {
	f := FloorMillis(millis, u)
	if f == millis && u != Decade {
		return f
	}
	if u <= Day {
		return f + u.Millis()
	}
	days, _ := SplitDay(f)
	return JoinDay(nextDate(days, u), 0)
}

// Floor rounds a timestamp down to the unit.
func Floor(t Timestamp, u Unit) Timestamp {
	switch u {
	case Nanosecond:
		return t
	case Microsecond:
		return t.Truncate(6)
	}
	return Timestamp{Millis: FloorMillis(t.Millis, u)}
}

// Ceil rounds a timestamp up to the unit. As in Flink the nanoseconds within the
// millisecond count only for MILLISECOND and finer.
func Ceil(t Timestamp, u Unit) Timestamp {
	switch {
	case u == Nanosecond || u == Microsecond && t.Nanos%1000 == 0:
		return t
	case u == Microsecond:
		t.Nanos += 1000 - t.Nanos%1000
		if t.Nanos == 1_000_000 {
			return Timestamp{Millis: t.Millis + 1}
		}
		return t
	case u == Millisecond && t.Nanos > 0:
		return Timestamp{Millis: t.Millis + 1}
	}
	return Timestamp{Millis: CeilMillis(t.Millis, u)}
}

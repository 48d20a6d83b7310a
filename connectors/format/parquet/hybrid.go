package parquet

import "millrace/operators/kernel/civil"

// gregorianMillis is 1582-10-15 in milliseconds: before it Java's calendar is the Julian one. Flink's timestamps go through that calendar, unless
// 'parquet.utc-timezone' is set.
const gregorianMillis = -12_219_292_800_000

// toHybrid shifts a local time from the Gregorian calendar for all times to the count of Java's.
func toHybrid(ms int64) int64 {
	day, _ := civil.SplitDay(ms)
	if ms >= gregorianMillis || int64(day) < -julianEpoch {
		return ms
	}
	y, m, d := civil.YMD(day)
	return ms + (julianDay(y, m, d)-int64(day))*civil.MillisPerDay
}

// fromHybrid is the inverse.
func fromHybrid(ms int64) int64 {
	day, _ := civil.SplitDay(ms)
	if ms >= gregorianMillis || int64(day) < -julianEpoch {
		return ms
	}
	y, m, d := julianDate(int64(day))
	return ms + (int64(civil.Days(y, m, d))-int64(day))*civil.MillisPerDay
}

// julianDay is the number of days from 1970-01-01 to a date of the Julian calendar.
func julianDay(y, m, d int) int64 {
	a := (14 - m) / 12
	year, month := int64(y+4800-a), int64(m+12*a-3)
	return int64(d) + (153*month+2)/5 + 365*year + year/4 - 32_083 - julianEpoch
}

// julianDate is the inverse.
func julianDate(day int64) (y, m, d int) {
	c := day + julianEpoch + 32_082
	n := (4*c + 3) / 1461
	e := c - 1461*n/4
	k := (5*e + 2) / 153
	return int(n - 4800 + k/10), int(k + 3 - 12*(k/10)), int(e - (153*k+2)/5 + 1)
}

package civil

import "math"

// The seconds of 0001-01-01 00:00:00 and 9999-12-31 23:59:59, between which
// TO_TIMESTAMP_LTZ has an answer.
const (
	minEpochSecond = -62135596800
	maxEpochSecond = 253402300799
)

// FromEpoch converts a count of 10^-p seconds since the epoch (p 0 to 9), as
// TO_TIMESTAMP_LTZ of an integer does. ok is false outside the years 1 to 9999.
func FromEpoch(v int64, p int) (t Timestamp, ok bool) {
	unit := int64(pow10[p])
	sec := floorDiv(v, unit)
	if sec < minEpochSecond || sec > maxEpochSecond {
		return t, false
	}
	nano := int(v-sec*unit) * pow10[9-p]
	return Timestamp{Millis: sec*1000 + int64(nano/1_000_000), Nanos: int32(nano % 1_000_000)}, true
}

// FromEpochDouble converts a count of 10^-p seconds as TO_TIMESTAMP_LTZ of a
// double does: through 64-bit nanoseconds, in which years before 1677 and after
// 2262 saturate. ok is false for NaN and outside the years 1 to 9999.
func FromEpochDouble(v float64, p int) (t Timestamp, ok bool) {
	unit := float64(pow10[p])
	if !(v >= minEpochSecond*unit && v < (maxEpochSecond+1)*unit) {
		return t, false
	}
	f := v * float64(pow10[9-p])
	var n int64
	switch {
	case f >= math.MaxInt64:
		n = math.MaxInt64
	case f <= math.MinInt64:
		n = math.MinInt64
	default:
		n = int64(f)
	}
	ms := floorDiv(n, 1_000_000)
	return Timestamp{Millis: ms, Nanos: int32(n - ms*1_000_000)}, true
}

package civil

import "millrace/operators/kernel/decimal"

// Timestamp is a moment with nanoseconds: milliseconds since the epoch and the
// nanoseconds within the millisecond, 0 to 999,999.
type Timestamp struct {
	Millis int64
	Nanos  int32
}

// FromMicros converts microseconds since the epoch.
func FromMicros(micros int64) Timestamp {
	ms := floorDiv(micros, 1000)
	return Timestamp{Millis: ms, Nanos: int32(micros-ms*1000) * 1000}
}

// Micros returns microseconds since the epoch, rounded down.
func (t Timestamp) Micros() int64 { return t.Millis*1000 + int64(t.Nanos)/1000 }

// FromNanos converts nanoseconds since the epoch.
func FromNanos(nanos decimal.Int128) Timestamp {
	if v, ok := nanos.Int64(); ok {
		ms := floorDiv(v, 1_000_000)
		return Timestamp{Millis: ms, Nanos: int32(v - ms*1_000_000)}
	}
	q, r := nanos.QuoRem(decimal.FromInt64(1_000_000))
	t := Timestamp{Millis: int64(q.Lo), Nanos: int32(r.Lo)}
	if t.Nanos < 0 {
		t.Millis--
		t.Nanos += 1_000_000
	}
	return t
}

// NanosInt128 returns nanoseconds since the epoch.
func (t Timestamp) NanosInt128() decimal.Int128 {
	v, _ := decimal.FromInt64(t.Millis).MulChecked(decimal.FromInt64(1_000_000))
	return v.Add(decimal.FromInt64(int64(t.Nanos)))
}

// Compare returns -1, 0 or 1.
func (t Timestamp) Compare(u Timestamp) int {
	switch {
	case t.Millis < u.Millis || t.Millis == u.Millis && t.Nanos < u.Nanos:
		return -1
	case t == u:
		return 0
	}
	return 1
}

// Truncate drops the digits of the second beyond precision p (0 to 9), toward
// the past.
func (t Timestamp) Truncate(p int) Timestamp {
	switch {
	case p >= 9:
		return t
	case p > 3:
		t.Nanos -= t.Nanos % int32(pow10[9-p])
		return t
	}
	t.Nanos = 0
	t.Millis = TruncateMillis(t.Millis, p)
	return t
}

// TruncateMillis drops digits beyond precision p of a timestamp in milliseconds.
func TruncateMillis(millis int64, p int) int64 {
	if p >= 3 {
		return millis
	}
	unit := int64(pow10[3-p])
	return millis - floorMod(millis, unit)
}

// TruncateTime drops digits beyond precision p of a time of day.
func TruncateTime(millisOfDay int32, p int) int32 {
	if p >= 3 {
		return millisOfDay
	}
	return millisOfDay - millisOfDay%int32(pow10[3-p])
}

// nanoOfSecond returns 0 to 999,999,999.
func (t Timestamp) nanoOfSecond() int {
	return int(floorMod(t.Millis, 1000))*1_000_000 + int(t.Nanos)
}

// pow10 holds 10^0 to 10^9.
//
//nolint:gochecknoglobals // never written, and read per value
var pow10 = [10]int{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9}

// Package civil computes with dates, times of day and timestamps as Flink SQL
// does: proleptic Gregorian calendar, text forms, fields, rounding to units,
// month arithmetic, and time zones.
//
// Values are plain numbers: a date is days since 1970-01-01 (int32), a time of
// day milliseconds since midnight (int32), a year-month interval months, a
// day-time interval milliseconds. A timestamp of millisecond precision is
// milliseconds since the epoch (int64); finer ones are a [Timestamp], which
// converts from and to microseconds and 128-bit nanoseconds. TIMESTAMP values
// count on the wall clock, TIMESTAMP_LTZ values on the clock of UTC; a [Zone]
// turns one into the other.
//
// Before 1970 the functions round down where Flink by accident rounds toward
// zero: 1969-12-31 10:00 is a moment of 1969-12-31.
//
// All functions are pure and read no clock; a Zone keeps a cache and belongs to
// one goroutine.
package civil

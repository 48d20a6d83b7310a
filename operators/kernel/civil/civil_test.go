package civil

import (
	"testing"
	"time"

	"millrace/operators/kernel/decimal"
)

func day(t testing.TB, text string) int32 {
	t.Helper()
	d, ok := ParseDate([]byte(text))
	if !ok {
		t.Fatalf("date %q", text)
	}
	return d
}

func stamp(t testing.TB, text string) Timestamp {
	t.Helper()
	ts, ok := ParseTimestamp([]byte(text))
	if !ok {
		t.Fatalf("timestamp %q", text)
	}
	return ts
}

func TestDaysAgainstTime(t *testing.T) {
	for d := int32(-800000); d < 3000000; d += 13 {
		u := time.Unix(int64(d)*86400, 0).UTC()
		y, m, dd := YMD(d)
		if y != u.Year() || m != int(u.Month()) || dd != u.Day() {
			t.Fatalf("YMD(%d) = %d-%d-%d, want %s", d, y, m, dd, u)
		}
		if back := Days(y, m, dd); back != d {
			t.Fatalf("Days(%d, %d, %d) = %d, want %d", y, m, dd, back, d)
		}
		if got := DayOfWeek(d); got != int(u.Weekday())+1 {
			t.Fatalf("DayOfWeek(%d) = %d", d, got)
		}
		if got := DayOfYear(d); got != u.YearDay() {
			t.Fatalf("DayOfYear(%d) = %d", d, got)
		}
		iy, iw := u.ISOWeek()
		if gy, gw := ISOWeek(d); gy != iy || gw != iw {
			t.Fatalf("ISOWeek(%d) = %d, %d", d, gy, gw)
		}
	}
	for _, d := range []int32{-2147483648, 2147483647, 600000000, -600000000} {
		if y, m, dd := YMD(d); Days(y, m, dd) != d {
			t.Errorf("YMD(%d) = %d-%d-%d does not return", d, y, m, dd)
		}
	}
}

// The vectors are recorded in expressions/cast/string-to-temporal.
func TestParseText(t *testing.T) {
	tests := []struct{ text, date, time, ts string }{
		{"2024-02-29", "2024-02-29", "", "2024-02-29 00:00:00.000000000"},
		{"2024-2-9", "2024-02-09", "", "2024-02-09 00:00:00.000000000"},
		{"2024-02-29 12:34:56", "2024-02-29", "", "2024-02-29 12:34:56.000000000"},
		{"2024-02-29T12:34:56", "", "", ""},
		{"2024-02-29 12:34:56.7890123456789", "2024-02-29", "", ""},
		{"2024-2-9 1:2:3.4", "2024-02-09", "", "2024-02-09 01:02:03.400000000"},
		{" 2024-02-29", "2024-02-29", "", ""},
		{"2024-02-29 ", "2024-02-29", "", ""},
		{"2023-02-29", "", "", "2023-02-28 00:00:00.000000000"},
		{"2024-02-30", "", "", "2024-02-29 00:00:00.000000000"},
		{"2024-02-32", "", "", ""},
		{"2024-13-01", "", "", ""},
		{"2024-00-10", "", "", ""},
		{"2024", "2024-01-01", "", ""},
		{"2024-02", "2024-02-01", "", ""},
		{"123", "0123-01-01", "", ""},
		{"10000-01-01", "", "", ""},
		{"-0001-01-01", "", "", ""},
		{"20240229", "", "", ""},
		{"12:34:56", "", "12:34:56.0", ""},
		{"12:34", "", "12:34:00.0", ""},
		{"12", "0012-01-01", "12:00:00.0", ""},
		{"1:2:3", "", "01:02:03.0", ""},
		{"24:00:00", "", "", ""},
		{"23:59:60", "", "", ""},
		{"23:60:00", "", "", ""},
		{"12:34:56.789", "", "12:34:56.789", ""},
		{"12:34:56.123456789", "", "12:34:56.123", ""},
		{"2024-02-29 12:34", "2024-02-29", "", ""},
		{"2024-02-29 24:00:00", "2024-02-29", "", "2024-03-01 00:00:00.000000000"},
		{"2024-02-29 24:00:01", "2024-02-29", "", ""},
		{"2024-02-29 12:34:56Z", "2024-02-29", "", ""},
		{"2024-02-29 12:34:56+01:00", "2024-02-29", "", ""},
		{"", "", "", ""},
		{"abc", "", "", ""},
		{"2024-02-29x", "", "", ""},
		{"0000-01-01", "0000-01-01", "", ""},
		{"1900-02-29", "", "", "1900-02-28 00:00:00.000000000"},
		{"2000-02-29 23:59:59.999999999", "2000-02-29", "", "2000-02-29 23:59:59.999999999"},
		{"12:34:56 PM", "", "", ""},
		{"1969-12-31 23:59:59.5", "1969-12-31", "", "1969-12-31 23:59:59.500000000"},
		{"2024-02-29  12:34:56", "2024-02-29", "", ""},
		{"2024-02-29 12:34:56.", "2024-02-29", "", "2024-02-29 12:34:56.000000000"},
		{"-1:00:00", "", "", ""},
	}
	for _, tt := range tests {
		var got [3]string
		if d, ok := ParseDate([]byte(tt.text)); ok {
			got[0] = string(AppendDate(nil, d))
		}
		if v, ok := ParseTime([]byte(tt.text)); ok {
			got[1] = string(AppendTime(nil, v, 3))
		}
		if v, ok := ParseTimestamp([]byte(tt.text)); ok {
			got[2] = string(AppendTimestamp(nil, v, 9))
			if back := FromNanos(v.NanosInt128()); back != v {
				t.Errorf("nanoseconds of %q: %v, want %v", tt.text, back, v)
			}
			if back := FromMicros(v.Micros()); back != v.Truncate(6) {
				t.Errorf("microseconds of %q: %v", tt.text, back)
			}
		}
		if want := [3]string{tt.date, tt.time, tt.ts}; got != want {
			t.Errorf("%q reads as %q, want %q", tt.text, got, want)
		}
	}
}

// The vectors are recorded in expressions/temporal/precision.
func TestPrecision(t *testing.T) {
	ts := stamp(t, "1969-12-31 23:59:59.987654321")
	for p, want := range map[int]string{0: "", 1: ".9", 2: ".98", 3: ".987", 5: ".98765", 6: ".987654", 9: ".987654321"} {
		if got := string(AppendTimestamp(nil, ts.Truncate(p), p)); got != "1969-12-31 23:59:59"+want {
			t.Errorf("precision %d: %s", p, got)
		}
	}
	v, _ := ParseTime([]byte("12:34:56.123456789"))
	for p, want := range map[int]string{0: "12:34:56", 1: "12:34:56.1", 3: "12:34:56.123"} {
		if got := string(AppendTime(nil, TruncateTime(v, p), p)); got != want {
			t.Errorf("time of precision %d: %s", p, got)
		}
	}
	for _, tt := range []struct{ in, iso string }{
		{"2024-02-29 12:34:56.790", "2024-02-29T12:34:56.79"},
		{"2024-02-29 12:34:56", "2024-02-29T12:34:56"},
		{"2024-02-29 12:34:56.000000010", "2024-02-29T12:34:56.00000001"},
	} {
		if got := string(AppendTimestampISO(nil, stamp(t, tt.in))); got != tt.iso {
			t.Errorf("ISO %s, want %s", got, tt.iso)
		}
	}
	if got := string(AppendTimeISO(nil, 45296700)); got != "12:34:56.7" {
		t.Errorf("ISO time %s", got)
	}
	if got := string(AppendDate(nil, 2932897)); got != "+10000-01-01" {
		t.Errorf("year 10000: %s", got)
	}
}

// The vectors are recorded in expressions/temporal/extract.
func TestExtract(t *testing.T) {
	units := []Unit{Year, ISOYear, Quarter, Month, Week, Day, DOY, DOW, ISODOW, Decade, Century, Millennium, Epoch, Hour}
	for _, tt := range []struct {
		date string
		want [14]int64
	}{
		{"2024-02-29", [14]int64{2024, 2024, 1, 2, 9, 29, 60, 5, 4, 202, 21, 3, 1709164800, 0}},
		{"9999-12-31", [14]int64{9999, 9999, 4, 12, 52, 31, 365, 6, 5, 999, 100, 10, 253402214400, 0}},
		{"2000-12-31", [14]int64{2000, 2000, 4, 12, 52, 31, 366, 1, 7, 200, 20, 2, 978220800, 0}},
		{"2021-01-03", [14]int64{2021, 2020, 1, 1, 53, 3, 3, 1, 7, 202, 21, 3, 1609632000, 0}},
		{"2018-12-31", [14]int64{2018, 2019, 4, 12, 1, 31, 365, 2, 1, 201, 21, 3, 1546214400, 0}},
	} {
		d := day(t, tt.date)
		for i, u := range units {
			if got := ExtractDate(u, d); got != tt.want[i] {
				t.Errorf("%s of %s = %d, want %d", u, tt.date, got, tt.want[i])
			}
			if got := Extract(u, Timestamp{Millis: JoinDay(d, 0)}); got != tt.want[i] {
				t.Errorf("%s of midnight of %s = %d", u, tt.date, got)
			}
		}
	}
	ts := stamp(t, "2024-02-29 12:34:56.789012345")
	for u, want := range map[Unit]int64{Hour: 12, Minute: 34, Second: 56, Millisecond: 789, Microsecond: 789012, Nanosecond: 789012345, Epoch: 1709210096} {
		if got := Extract(u, ts); got != want {
			t.Errorf("%s = %d, want %d", u, got, want)
		}
	}
	if got := Extract(Hour, stamp(t, "1969-12-31 23:59:59.999")); got != 23 {
		t.Errorf("hour before 1970 = %d", got)
	}
	for _, tt := range []struct {
		got, want int64
	}{
		{ExtractDayTime(Hour, -93784000), -2}, {ExtractDayTime(Hour, 50*3600000), 2}, {ExtractMonths(Month, 13), 1}, {ExtractMonths(Year, -27), -2},
	} {
		if tt.got != tt.want {
			t.Errorf("interval field %d, want %d", tt.got, tt.want)
		}
	}
	for i := range Epoch + 1 {
		if u, ok := ParseUnit(i.String()); !ok || u != i {
			t.Errorf("ParseUnit(%s) = %d", i, u)
		}
	}
}

// The vectors are recorded in expressions/temporal/floor-ceil.
func TestRoundDates(t *testing.T) {
	units := []Unit{Millennium, Century, Decade, Year, Quarter, Month, Week, Hour}
	for _, tt := range []struct {
		date string
		ceil [8]string
	}{
		{"2024-02-29", [8]string{"3001-01-01", "2101-01-01", "2030-01-01", "2025-01-01", "2024-04-01", "2024-03-01", "2024-03-03", "2024-02-29"}},
		{"1970-01-01", [8]string{"2001-01-01", "2001-01-01", "1980-01-01", "1970-01-01", "1970-01-01", "1970-01-01", "1970-01-04", "1970-01-01"}},
		{"2000-12-31", [8]string{"2001-01-01", "2001-01-01", "2010-01-01", "2001-01-01", "2001-01-01", "2001-01-01", "2000-12-31", "2000-12-31"}},
		{"1900-03-15", [8]string{"2001-01-01", "1901-01-01", "1910-01-01", "1901-01-01", "1900-04-01", "1900-04-01", "1900-03-18", "1900-03-15"}},
	} {
		for i, u := range units {
			if got := string(AppendDate(nil, CeilDate(day(t, tt.date), u))); got != tt.ceil[i] {
				t.Errorf("CEIL(%s TO %s) = %s, want %s", tt.date, u, got, tt.ceil[i])
			}
		}
	}
	units = append(units[:7:7], Day, Hour, Minute)
	for _, tt := range []struct {
		ts    string
		floor [10]string
	}{
		{"2024-02-29 12:34:56.789", [10]string{
			"2001-01-01T00:00:00", "2001-01-01T00:00:00", "2020-01-01T00:00:00", "2024-01-01T00:00:00", "2024-01-01T00:00:00",
			"2024-02-01T00:00:00", "2024-02-25T00:00:00", "2024-02-29T00:00:00", "2024-02-29T12:00:00", "2024-02-29T12:34:00",
		}},
		{"1900-03-15 10:00:00", [10]string{
			"1001-01-01T00:00:00", "1801-01-01T00:00:00", "1900-01-01T00:00:00", "1900-01-01T00:00:00", "1900-01-01T00:00:00",
			"1900-03-01T00:00:00", "1900-03-11T00:00:00", "1900-03-15T00:00:00", "1900-03-15T10:00:00", "1900-03-15T10:00:00",
		}},
	} {
		for i, u := range units {
			if got := string(AppendTimestampISO(nil, Floor(stamp(t, tt.ts), u))); got != tt.floor[i] {
				t.Errorf("FLOOR(%s TO %s) = %s, want %s", tt.ts, u, got, tt.floor[i])
			}
		}
	}
	for _, tt := range []struct {
		u       Unit
		ts, out string
	}{
		{Second, "2024-02-29 12:34:56.789012345", "2024-02-29T12:34:57"},
		{Millisecond, "2024-02-29 12:34:56.789012345", "2024-02-29T12:34:56.79"},
		{Millisecond, "1970-01-01 00:00:00.000000001", "1970-01-01T00:00:00.001"},
		{Second, "1970-01-01 00:00:00.000000001", "1970-01-01T00:00:00"},
		{Year, "2024-02-29 12:34:56.789012345", "2025-01-01T00:00:00"},
		{Day, "1969-12-31 23:59:59.999999999", "1970-01-01T00:00:00"},
		{ISOYear, "2024-02-29 12:00:00", "2024-12-30T00:00:00"},
	} {
		if got := string(AppendTimestampISO(nil, Ceil(stamp(t, tt.ts), tt.u))); got != tt.out {
			t.Errorf("CEIL(%s TO %s) = %s, want %s", tt.ts, tt.u, got, tt.out)
		}
	}
	v, _ := ParseTime([]byte("23:59:59.999"))
	if got := string(AppendTime(nil, CeilTime(v, Hour), 3)); got != "24:00:00.0" {
		t.Errorf("CEIL of the last hour: %s", got)
	}
}

// The vectors are recorded in expressions/temporal/arithmetic.
func TestArithmetic(t *testing.T) {
	for _, tt := range []struct {
		date string
		n    int
		want string
	}{
		{"2024-02-29", 1, "2024-03-29"},
		{"2024-02-29", 12, "2025-02-28"},
		{"2024-02-29", -48, "2020-02-29"},
		{"2023-01-31", 1, "2023-02-28"},
		{"2023-01-31", -1, "2022-12-31"},
		{"1900-03-31", -1, "1900-02-28"},
		{"1969-12-31", 30, "1972-06-30"},
		{"1900-03-31", -12, "1899-03-31"},
	} {
		if got := string(AppendDate(nil, AddMonths(day(t, tt.date), tt.n))); got != tt.want {
			t.Errorf("%s + %d months = %s, want %s", tt.date, tt.n, got, tt.want)
		}
	}
	units := []Unit{Second, Minute, Hour, Day, Week, Month, Quarter, Year, Millisecond, Microsecond, Century}
	for _, tt := range []struct {
		a, b string
		want [11]int32
	}{
		{"2024-01-31 00:00:00", "2024-02-29 00:00:00", [11]int32{2505600, 41760, 696, 29, 4, 1, 0, 0, -1789367296, 1634066432, 0}},
		{"2024-02-29 00:00:00", "2024-01-31 00:00:00", [11]int32{-2505600, -41760, -696, -29, -4, -1, 0, 0, 1789367296, -1634066432, 0}},
		{"2023-02-28 10:00:00", "2024-02-29 09:59:59.999", [11]int32{31622399, 527039, 8783, 365, 52, 12, 4, 1, 1557627928, -1445200448, 0}},
		{"2020-02-29 00:00:00", "2021-02-28 00:00:00", [11]int32{31536000, 525600, 8760, 365, 52, 12, 4, 1, 1471228928, -1944854528, 0}},
		{"1900-01-01 00:00:00", "2100-01-01 00:00:00", [11]int32{2016466304, 105190560, 1753176, 73049, 3334, 2400, 800, 200, 2126642176, 633364480, 2}},
		{"0001-01-01 00:00:00", "9999-12-31 23:59:59.999", [11]int32{2005284991, 963997663, 87649415, 3652058, 3315, 119987, 39995, 9998, -464736232, -879764032, 99}},
		{"2024-03-31 12:00:00", "2024-04-30 11:00:00", [11]int32{2588400, 43140, 719, 29, 4, 0, 0, 0, -1706567296, -1465279488, 0}},
	} {
		for i, u := range units {
			if got := int32(Diff(u, stamp(t, tt.a).Millis, stamp(t, tt.b).Millis)); got != tt.want[i] {
				t.Errorf("TIMESTAMPDIFF(%s, %s, %s) = %d, want %d", u, tt.a, tt.b, got, tt.want[i])
			}
		}
	}
	if got := MonthsBetween(day(t, "2024-03-31"), day(t, "2024-04-30")); got != 1 {
		t.Errorf("months between dates: %d", got)
	}
	if got := AddTime(0, -3600000); got != 23*3600000 {
		t.Errorf("an hour before midnight: %d", got)
	}
	if got := AddDayTime(10, -1000); got != 10 {
		t.Errorf("a date minus a second: %d", got)
	}
}

// The vectors are recorded in expressions/temporal/literals and
// cast/from-intervals-collections.
func TestIntervalText(t *testing.T) {
	for v, want := range map[int32]string{12: "+1-00", 10: "+0-10", -27: "-2-03", 90061001: "+7505083-05", -25: "-2-01", 0: "+0-00"} {
		if got := string(AppendMonths(nil, v)); got != want {
			t.Errorf("%d months: %s, want %s", v, got, want)
		}
	}
	for v, want := range map[int64]string{93784567: "+1 02:03:04.567", -5678: "-0 00:00:05.678", 99 * MillisPerDay: "+99 00:00:00.000", -3600000: "-0 01:00:00.000"} {
		if got := string(AppendDayTime(nil, v)); got != want {
			t.Errorf("%d milliseconds: %s, want %s", v, got, want)
		}
	}
}

// The vectors are recorded in expressions/temporal/zone-new-york.
func TestZone(t *testing.T) {
	loc, err := LoadZone("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	z := NewZone(loc)
	for sec, want := range map[int64]string{
		0: "1969-12-31 19:00:00", -5364662400: "1799-12-31 19:03:58", 1710053999: "2024-03-10 01:59:59", 1710054000: "2024-03-10 03:00:00",
		1730610000: "2024-11-03 01:00:00", 1730615400: "2024-11-03 01:30:00", 4102444800: "2099-12-31 19:00:00",
	} {
		if got := string(AppendMillis(nil, z.ToLocal(sec*1000), 0)); got != want {
			t.Errorf("local time of %d = %s, want %s", sec, got, want)
		}
	}
	for sec, want := range map[int64]string{-5364662400: "1799-12-31 19:00:00", -2208988800: "1899-12-31 19:00:00", 0: "1969-12-31 19:00:00"} {
		if got := string(AppendMillis(nil, z.ToLocalLegacy(sec*1000), 0)); got != want {
			t.Errorf("legacy local time of %d = %s, want %s", sec, got, want)
		}
	}
	for _, tt := range []struct {
		local          string
		modern, legacy int64
	}{
		{"1970-01-01 00:00:00", 18000, 18000},
		{"2024-03-10 02:30:00", 1710055800, 1710055800},
		{"2024-03-10 03:00:00", 1710054000, 1710054000},
		{"2024-11-03 00:59:59", 1730609999, 1730609999},
		{"2024-11-03 01:30:00", 1730611800, 1730615400},
		{"2024-11-03 02:00:00", 1730617200, 1730617200},
	} {
		ms := stamp(t, tt.local).Millis
		if got := z.ToInstant(ms) / 1000; got != tt.modern {
			t.Errorf("instant of %s = %d, want %d", tt.local, got, tt.modern)
		}
		if got := z.ToInstantLegacy(ms) / 1000; got != tt.legacy {
			t.Errorf("legacy instant of %s = %d, want %d", tt.local, got, tt.legacy)
		}
	}
	for name, want := range map[string]int{"+05:30": 19800, "UTC+8": 28800, "GMT-08:00": -28800, "Z": 0, "UTC": 0, "-01": -3600} {
		loc, err := LoadZone(name)
		if err != nil {
			t.Errorf("LoadZone(%s): %v", name, err)
			continue
		}
		if got := NewZone(loc).OffsetAt(0); got != int64(want) {
			t.Errorf("offset of %s = %d", name, got)
		}
	}
	for _, name := range []string{"nowhere", "", "Local", "+99", "UTC+x"} {
		if _, err := LoadZone(name); err == nil {
			t.Errorf("LoadZone(%q) finds a zone", name)
		}
	}
	for name, want := range map[string]int64{"nowhere": 0, "GMT-08:00": -28800, "+03:00": 0, "PST": -28800, "Asia/Shanghai": 28800} {
		if got := NewZone(LoadLegacyZone(name)).OffsetAt(86400 * 365); got != want {
			t.Errorf("legacy offset of %s = %d, want %d", name, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2024-02-29 12:34:56.789", "2024", "1:2:3.4567", " 1 - 2 - 3 x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d, ok := ParseDate([]byte(text)); ok {
			if back, ok := ParseDate(AppendDate(nil, d)); !ok || back != d {
				t.Fatalf("date %q: %d, back %d", text, d, back)
			}
		}
		if v, ok := ParseTime([]byte(text)); ok && v < MillisPerDay {
			if back, ok := ParseTime(AppendTime(nil, v, 3)); !ok || back != v {
				t.Fatalf("time %q: %d, back %d", text, v, back)
			}
		}
		if v, ok := ParseTimestamp([]byte(text)); ok && v.Millis < 253402300800000 {
			if back, ok := ParseTimestamp(AppendTimestamp(nil, v, 9)); !ok || back != v {
				t.Fatalf("timestamp %q: %v, back %v", text, v, back)
			}
		}
	})
}

func BenchmarkCivil(b *testing.B) {
	var buf []byte
	loc, _ := LoadZone("America/New_York")
	z := NewZone(loc)
	text := []byte("2024-02-29 12:34:56.789")
	nanos := decimal.FromInt64(1709210096789012345)
	days := int32(19782)
	for _, bb := range []struct {
		name string
		f    func()
	}{
		{"ymd", func() { _, _, _ = YMD(days); days++ }},
		{"days", func() { _ = Days(2024, 2, 29) }},
		{"parse", func() { ParseTimestamp(text) }},
		{"format", func() { buf = AppendMillis(buf[:0], 1709210096789, 3) }},
		{"format/nanos", func() { buf = AppendTimestamp(buf[:0], FromNanos(nanos), 9) }},
		{"local", func() { z.ToLocal(1709210096789) }},
		{"instant", func() { z.ToInstant(1709210096789) }},
		{"floor/month", func() { FloorMillis(1709210096789, Month) }},
		{"floor/hour", func() { FloorMillis(1709210096789, Hour) }},
		{"months", func() { MonthsBetweenMillis(0, 1709210096789) }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bb.f()
			}
		})
	}
}

package jpattern

import (
	"strings"
	"testing"

	"millrace/operators/kernel/civil"
)

func stamp(t testing.TB, text string) civil.Timestamp {
	t.Helper()
	ts, ok := civil.ParseTimestamp([]byte(text))
	if !ok {
		t.Fatalf("timestamp %q", text)
	}
	return ts
}

func zone(t testing.TB, name string) *civil.Zone {
	t.Helper()
	loc, err := civil.LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return civil.NewZone(loc)
}

// The vectors are recorded in expressions/temporal/format.
func TestFormat(t *testing.T) {
	for _, tt := range []struct{ pattern, ts, want string }{
		{"yyyy'y' ''MM", "2024-02-29 00:05:09.078", "2024y '02"},
		{"'literal text' yyyy", "0999-01-05 12:00:00", "literal text 0999"},
		{"yyyy-MM-dd'T'HH:mm:ss", "2021-01-03 13:30:45.5", "2021-01-03T13:30:45"},
		{"%Y-%m-%d", "2024-02-29 00:05:09.078", "%2024-%5-%29"},
		{"%Y-%m-%d", "1969-12-31 23:59:59.999", "%1970-%59-%31"},
		{"%Y-%m-%d", "2021-01-03 13:30:45.5", "%2021-%30-%3"},
		{"%Y-%m-%d", "0999-01-05 12:00:00", "%999-%0-%5"},
		{"%Y-%m-%d", "9999-12-31 23:59:59", "%10000-%59-%31"},
		{"EEE, d MMM yyyy", "2024-02-29 10:11:12", "Thu, 29 Feb 2024"},
		{"EEEE MMMM", "2024-02-29 10:11:12", "Thursday February"},
		{"DDD|D|SSSSSSSSS|S|hh a|K|k|yy", "2024-02-29 00:05:09.078901234", "060|60|078901234|0|12 AM|0|24|24"},
		{"HH:mm[:ss]", "2024-02-29 12:34:56", "12:34:56"},
		{"Q QQQ e w G", "2024-02-29 12:34:56", "1 Q1 5 9 AD"},
		{"é中", "2024-02-29 12:34:56", "é中"},
	} {
		p, err := Compile(tt.pattern)
		if err != nil {
			t.Errorf("Compile(%q): %v", tt.pattern, err)
			continue
		}
		if got := string(p.Append(nil, stamp(t, tt.ts))); got != tt.want {
			t.Errorf("%s by %q = %q, want %q", tt.ts, tt.pattern, got, tt.want)
		}
	}
	for pattern, want := range map[string]string{
		"yyyy#MM": "pattern includes reserved character: '#'", "yyyy{MM}": "pattern includes reserved character: '{'", "j": "unknown pattern letter: j",
		"hello": "unknown pattern letter: l", "MMMMMM": "too many pattern letters: M", "dddd": "too many pattern letters: d",
		"yyyy 'unclosed": "pattern ends with an incomplete string literal: yyyy 'unclosed", "yyyyi": "unknown pattern letter: i",
	} {
		if _, err := Compile(pattern); err == nil || err.Error() != want {
			t.Errorf("Compile(%q): %v, want %s", pattern, err, want)
		}
	}
	for pattern, want := range map[string]string{"z": "unable to extract ZoneId", "Z": "unsupported field: OffsetSeconds", "VV": "unable to extract ZoneId", "X": "unsupported field: OffsetSeconds"} {
		p, err := Compile(pattern)
		if err != nil {
			t.Errorf("Compile(%q): %v", pattern, err)
			continue
		}
		if err := p.CanFormat(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("CanFormat(%q): %v", pattern, err)
		}
	}
}

// The vectors are recorded in expressions/temporal/parse: TO_TIMESTAMP with
// 'yyyy-MM-dd HH:mm:ss', 'yyyy-MM-dd', 'yyyy-M-d H:m:s', 'yyyyMMdd'.
func TestParseLenient(t *testing.T) {
	patterns := []string{"yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss.SSS", "yyyy-M-d H:m:s", "yyyyMMdd"}
	same := func(s string) [5]string { return [5]string{s, s, s, s, s} }
	for _, tt := range []struct {
		text string
		want [5]string
	}{
		{"2024-02-29 12:34:56", same("2024-02-29T12:34:56")},
		{"2024-02-29", same("2024-02-29T00:00:00")},
		{"2023-02-29", [5]string{"2023-03-01T00:00:00", "2023-02-28T00:00:00", "2023-03-01T00:00:00", "2023-03-01T00:00:00", "2023-03-01T00:00:00"}},
		{"2024-02-29 12:34:56.789", same("2024-02-29T12:34:56.789")},
		{"2024-2-9 1:2:3", same("2024-02-09T01:02:03")},
		{"2024-02-29T12:34:56", same("")},
		{" 2024-02-29 12:34:56 ", same("2024-02-29T12:34:56")},
		{"0001-01-01 00:00:00", same("0001-01-01T00:00:00")},
		{"12:34:56", same("")},
		{"2024-13-01 00:00:00", same("")},
		{"2024-02-29 24:00:00", same("2024-03-01T00:00:00")},
		{"2024-02-29 12:34", same("")},
		{"", same("")},
		{"2024-02-30", [5]string{"2024-03-01T00:00:00", "2024-02-29T00:00:00", "2024-03-01T00:00:00", "2024-03-01T00:00:00", "2024-03-01T00:00:00"}},
		{"2024", same("")},
		{"2024-02", same("")},
		{"2024-02-29 12:34:56 UTC", same("")},
		{"20240229", [5]string{"", "", "", "", "2024-02-29T00:00:00"}},
		{"-0001-01-01 00:00:00", same("")},
		{"10000-01-01 00:00:00", same("")},
		{"1582-10-10 00:00:00", [5]string{"1582-10-10T00:00:00", "1582-10-20T00:00:00", "1582-10-20T00:00:00", "1582-10-10T00:00:00", "1582-10-20T00:00:00"}},
		{"2024-2-9", same("2024-02-09T00:00:00")},
		{"2024/02/29", same("")},
		{"2024-04-31 10:00:00", [5]string{"2024-04-30T10:00:00", "2024-05-01T10:00:00", "2024-05-01T10:00:00", "2024-04-30T10:00:00", "2024-05-01T10:00:00"}},
	} {
		for i, pattern := range patterns {
			p, err := Compile(pattern)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if v, ok := p.ParseLenient([]byte(tt.text)); ok {
				got = string(civil.AppendTimestampISO(nil, v))
			}
			if got != tt.want[i] {
				t.Errorf("%q by %q = %s, want %s", tt.text, pattern, got, tt.want[i])
			}
		}
	}
	for _, tt := range []struct{ text, pattern, want string }{
		{"2024-02-29 10:11:12.123456789", "yyyy-MM-dd HH:mm:ss.SSSSSSSSS", "2024-02-29T10:11:12.123456789"},
		{"2024-02-29T10:11:12", "yyyy-MM-dd'T'HH:mm:ss", "2024-02-29T10:11:12"},
		{"2024-02-29 10:11:12 +0200", "yyyy-MM-dd HH:mm:ss Z", "2024-02-29T10:11:12"},
		{"2024-02-29 10:11:12 Europe/Paris", "yyyy-MM-dd HH:mm:ss VV", "2024-02-29T10:11:12"},
		{"2024", "yyyy", "2024-01-01T00:00:00"},
		{"20240229101112345", "yyyyMMddHHmmssSSS", "2024-02-29T10:11:12.345"},
		{"29 Feb 2024 01:05 PM", "dd MMM yyyy hh:mm a", "2024-02-29T13:05:00"},
		{"Thu, 29 Feb 2024", "EEE, d MMM yyyy", "2024-02-29T00:00:00"},
		{"Fri, 29 Feb 2024", "EEE, d MMM yyyy", ""},
		{"24-2-9", "yy-M-d", "2024-02-09T00:00:00"},
		{"2024-060", "yyyy-DDD", "2024-02-29T00:00:00"},
		{"12:34", "HH:mm[:ss]", "1970-01-01T12:34:00"},
		{"12:34:56", "HH:mm[:ss]", "1970-01-01T12:34:56"},
		{"2024-02-29Tx", "yyyy-MM-dd'T'", ""},
	} {
		p, err := Compile(tt.pattern)
		if err != nil {
			t.Errorf("Compile(%q): %v", tt.pattern, err)
			continue
		}
		got := ""
		if v, ok := p.Parse([]byte(tt.text)); ok {
			got = string(civil.AppendTimestampISO(nil, v))
		}
		if got != tt.want {
			t.Errorf("%q by %q = %s, want %s", tt.text, tt.pattern, got, tt.want)
		}
	}
}

// The vectors are recorded in expressions/temporal/parse (TO_DATE with a
// pattern) and unix-time.
func TestLegacyParse(t *testing.T) {
	utc := civil.NewZone(nil)
	for _, tt := range []struct{ text, pattern, want string }{
		{"2024-02-29 12:34:56", "yyyy-MM-dd", "2024-02-29"},
		{"0001-01-01 00:00:00", "yyyy-MM-dd", "0000-12-30"},
		{"2024-13-01 00:00:00", "yyyy-MM-dd", "2025-01-01"},
		{"2024-02-30", "yyyy-MM-dd", "2024-03-01"},
		{"2023-02-29", "yyyy-MM-dd", "2023-03-01"},
		{"2024", "yyyy-MM-dd", ""},
		{"20240229", "yyyy-MM-dd", ""},
		{"-0001-01-01 00:00:00", "yyyy-MM-dd", "-0002-12-30"},
		{"10000-01-01 00:00:00", "yyyy-MM-dd", "+10000-01-01"},
		{"1582-10-10 00:00:00", "yyyy-MM-dd", "1582-10-20"},
		{" 2024-02-29 12:34:56 ", "yyyy-MM-dd", "2024-02-29"},
		{"2024-02-29 12:34:56", "yyyyMMdd", "2023-12-02"},
		{"0001-01-01 00:00:00", "yyyyMMdd", "0000-11-29"},
		{"9999-12-31 23:59:59", "yyyyMMdd", "9998-11-02"},
		{"2024-13-01 00:00:00", "yyyyMMdd", "2023-11-03"},
		{"20240229", "yyyyMMdd", "2024-02-29"},
		{"-0001-01-01 00:00:00", "yyyyMMdd", "-0001-12-28"},
		{"10000-01-01 00:00:00", "yyyyMMdd", "0999-12-04"},
		{"1582-10-10 00:00:00", "yyyyMMdd", "1581-11-10"},
		{"2024-2-9", "yyyyMMdd", "2023-09-21"},
		{"2024/02/29", "yyyyMMdd", ""},
		{" 2024-02-29 12:34:56 ", "yyyyMMdd", "0202-03-29"},
		{"2024-04-31 10:00:00", "yyyyMMdd", "2023-12-04"},
		{"29.02.2024", "dd.MM.yyyy", "2024-02-29"},
		{"Feb 2024", "MMM yyyy", "2024-02-01"},
		{"31/12/99", "dd/MM/yy", "1999-12-31"},
		{"2024-060", "yyyy-DDD", "2024-02-29"},
		{"Feb 29 2024", "MMM dd yyyy", "2024-02-29"},
		{"abc", "yyyy-MM-dd", ""},
		{"", "yyyy-MM-dd", ""},
	} {
		p, err := CompileLegacy(tt.pattern)
		if err != nil {
			t.Errorf("CompileLegacy(%q): %v", tt.pattern, err)
			continue
		}
		got := ""
		if ms, ok := p.Parse([]byte(tt.text), utc); ok {
			d, _ := civil.SplitDay(ms)
			got = string(civil.AppendDate(nil, d))
		}
		if got != tt.want {
			t.Errorf("%q by %q = %s, want %s", tt.text, tt.pattern, got, tt.want)
		}
	}
	for pattern, want := range map[string]string{"qq": "illegal pattern character 'q'", "YYYY-'W'ww-e": "illegal pattern character 'e'", "bad pattern": "illegal pattern character 'b'"} {
		if _, err := CompileLegacy(pattern); err == nil || err.Error() != want {
			t.Errorf("CompileLegacy(%q): %v", pattern, err)
		}
	}
	p, _ := CompileLegacy("yyyy-MM-dd HH:mm:ss X")
	if ms, ok := p.Parse([]byte("2024-02-29 12:34:56 +02"), utc); !ok || ms != 1709202896000 {
		t.Errorf("with zone: %d", ms)
	}
}

// The vectors are recorded in expressions/temporal/zone-new-york and unix-time.
func TestLegacyFormat(t *testing.T) {
	ny := zone(t, "America/New_York")
	p, err := CompileLegacy("yyyy/MM/dd EEE hh a")
	if err != nil {
		t.Fatal(err)
	}
	for sec, want := range map[int64]string{
		0: "1969/12/31 Wed 07 PM", -5364662400: "1799/12/31 Tue 07 PM", 1730611800: "2024/11/03 Sun 01 AM", 4102444800: "2099/12/31 Thu 07 PM",
	} {
		if got := string(p.Append(nil, sec*1000, ny)); got != want {
			t.Errorf("%d = %s, want %s", sec, got, want)
		}
	}
	std, _ := CompileLegacy("yyyy-MM-dd HH:mm:ss")
	utc, gmt8 := civil.NewZone(nil), civil.NewZone(civil.LoadLegacyZone("GMT-08:00"))
	for _, tt := range []struct {
		text     string
		from, to *civil.Zone
		want     string
	}{
		{"1970-01-01 00:00:00", utc, gmt8, "1969-12-31 16:00:00"},
		{"0001-01-01 00:00:00", utc, gmt8, "0001-12-31 16:00:00"},
		{"0001-01-01 00:00:00", ny, utc, "0001-01-01 05:00:00"},
		{"9999-12-31 23:59:59", ny, utc, "10000-01-01 04:59:59"},
		{"2024-2-9 1:2:3", utc, gmt8, "2024-02-08 17:02:03"},
		{"2023-02-29 00:00:00", utc, gmt8, "2023-02-28 16:00:00"},
		{"2024-02-29T12:34:56", utc, gmt8, ""},
	} {
		got := ""
		if ms, ok := std.Parse([]byte(tt.text), tt.from); ok {
			got = string(std.Append(nil, ms, tt.to))
		}
		if got != tt.want {
			t.Errorf("CONVERT_TZ(%s) = %s, want %s", tt.text, got, tt.want)
		}
	}
	z, _ := CompileLegacy("z|Z|X|XX|XXX|SSS|D|F|u")
	if got := string(z.Append(nil, 1709210096789, ny)); got != "EST|-0500|-05|-0500|-05:00|789|60|5|4" {
		t.Errorf("zones: %s", got)
	}
	for d := int32(-1000000); d < 200000; d += 37 {
		y, m, dd := hybridYMD(d)
		if back := hybridDays(y, m, dd); back != d {
			t.Fatalf("hybrid %d = %d-%d-%d, back %d", d, y, m, dd, back)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("yyyy-MM-dd HH:mm:ss.SSS", "2024-02-29 12:34:56.789")
	f.Add("EEE, d MMM yy [hh a] D", "Thu, 29 Feb 24 01 PM")
	f.Add("yyyyMMdd'T'HHmmssX", "20240229T101112Z")
	utc := civil.NewZone(nil)
	f.Fuzz(func(_ *testing.T, pattern, text string) {
		if p, err := Compile(pattern); err == nil {
			if ts, ok := p.Parse([]byte(text)); ok && p.CanFormat() == nil {
				p.Append(nil, ts)
			}
		}
		if p, err := CompileLegacy(pattern); err == nil {
			if ms, ok := p.Parse([]byte(text), utc); ok {
				p.Append(nil, ms, utc)
			}
		}
	})
}

func BenchmarkPattern(b *testing.B) {
	p, _ := Compile("yyyy-MM-dd HH:mm:ss")
	l, _ := CompileLegacy("yyyy-MM-dd HH:mm:ss")
	utc := civil.NewZone(nil)
	text := []byte("2024-02-29 12:34:56")
	var buf []byte
	for _, bb := range []struct {
		name string
		f    func()
	}{
		{"format", func() { buf = p.Append(buf[:0], civil.Timestamp{Millis: 1709210096789}) }},
		{"parse", func() { p.Parse(text) }},
		{"legacy/format", func() { buf = l.Append(buf[:0], 1709210096789, utc) }},
		{"legacy/parse", func() { l.Parse(text, utc) }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bb.f()
			}
		})
	}
}

package text

import "testing"

// The vectors are recorded in expressions/string/printf, and answers of Java 17.
func TestPrintf(t *testing.T) {
	num := func(v int64) Arg { return Arg{Kind: ArgInt, Int: v, Bits: 32} }
	long := func(v int64) Arg { return Arg{Kind: ArgInt, Int: v, Bits: 64} }
	str := func(s string) Arg { return Arg{Kind: ArgText, Text: []byte(s)} }
	dbl := func(v float64) Arg { return Arg{Kind: ArgFloat, Float: v, Bits: 64} }
	boolean := func(v bool) Arg { return Arg{Kind: ArgBool, Bool: v} }
	for _, tt := range []struct {
		format string
		args   []Arg
		want   string
	}{
		{"%2$s-%1$s", []Arg{num(42), str("abc")}, "abc-42"},
		{"100%%", nil, "100%"},
		{"%s %<s", []Arg{str("é😀")}, "é😀 é😀"},
		{"%b %b", []Arg{boolean(false), {}}, "false false"},
		{"%c", []Arg{num(65)}, "A"},
		{"%s", []Arg{num(42), str("x")}, "42"},
		{"%s %s", []Arg{num(1)}, "NULL"},
		{"no args", []Arg{str("x")}, "no args"},
		{"a%nb", nil, "a\nb"},
		{"%s", []Arg{{}}, "null"},
		{"%d", []Arg{str("x")}, "NULL"},
		{"%d", []Arg{{}}, "null"},
		{"%f", []Arg{num(1)}, "NULL"},
		{"%q", []Arg{num(1)}, "NULL"},
		{"%", []Arg{num(1)}, "NULL"},
		{"", []Arg{num(1)}, ""},
		{"%d %d %d", []Arg{{Kind: ArgInt, Int: 1, Bits: 8}, num(2), long(3)}, "1 2 3"},
		{"%x", []Arg{long(-1)}, "ffffffffffffffff"},
		{"%x", []Arg{{Kind: ArgInt, Int: -1, Bits: 8}}, "ff"},
		{"%a", []Arg{dbl(1)}, "0x1.0p0"},
		{"%s", []Arg{{Kind: ArgFloat, Float: 1.5, Bits: 32}}, "1.5"},
		{"%8.3e", []Arg{{Kind: ArgOther, Text: []byte("12345.678")}}, "NULL"},
		{"%8.3e|%E", []Arg{dbl(12345.678), dbl(0)}, "1.235e+04|0.000000E+00"},
		{"%5d|%-5d|%05d|%+d|% d|%(d|%,d", []Arg{num(42), num(42), num(-42), num(42), num(42), num(-42), num(-1234567)}, "   42|42   |-0042|+42| 42|(42)|-1,234,567"},
		{"%.2f|%8.1f|%.0f|%,.2f", []Arg{dbl(3.14159), dbl(-2.55), dbl(0.5), dbl(1234567.891)}, "3.14|    -2.6|1|1,234,567.89"},
		{"%10s|%-6s|%.2s|%S", []Arg{str("abc"), str("é"), str("abc"), str("aß")}, "       abc|é     |ab|ASS"},
		{"%f %f", []Arg{dbl(1e10), dbl(1e-5)}, "10000000000.000000 0.000010"},
		{"%X %#x %o", []Arg{num(255), num(255), num(8)}, "FF 0xff 10"},
		{"%g", []Arg{dbl(0.0001)}, "0.000100000"},
		{"%-d", []Arg{num(1)}, "NULL"},
		{"%2$s", []Arg{num(1)}, "NULL"},
		{"%f", []Arg{dbl(0.1 + 0.2)}, "0.300000"},
	} {
		got := null(AppendPrintf(nil, []byte(tt.format), tt.args))
		if got != tt.want {
			t.Errorf("PRINTF(%q) = %q, want %q", tt.format, got, tt.want)
		}
	}
}

func FuzzPrintf(f *testing.F) {
	f.Add("%5.2f %-8s %<d %,d", 1.5)
	f.Fuzz(func(t *testing.T, format string, v float64) {
		if len(format) > 30 {
			return
		}
		args := []Arg{{Kind: ArgFloat, Float: v, Bits: 64}, {Kind: ArgInt, Int: int64(len(format)), Bits: 32}, {}}
		AppendPrintf(nil, []byte(format), args)
	})
}

package number

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"millrace/operators/kernel/decimal"
)

func TestAppendDouble(t *testing.T) {
	for _, tt := range doubleTexts {
		if got := string(AppendDouble(nil, math.Float64frombits(tt.bits))); got != tt.text {
			t.Errorf("AppendDouble(%#x) = %s, want %s", tt.bits, got, tt.text)
		}
	}
	for _, tt := range floatTexts {
		if got := string(AppendFloat(nil, math.Float32frombits(tt.bits))); got != tt.text {
			t.Errorf("AppendFloat(%#x) = %s, want %s", tt.bits, got, tt.text)
		}
	}
}

// The vectors are recorded in expressions/cast/from-floats and
// expressions/arithmetic/floats.
func TestAppendRecorded(t *testing.T) {
	for _, tt := range []struct {
		v    float64
		want string
	}{
		{2.0e-3, "0.002"},
		{2.2250738585072014e-308, "2.2250738585072014E-308"},
		{2.0e-322, "2.0E-322"},
		{1.0e23, "9.999999999999999E22"},
		{8.41e21, "8.409999999999999E21"},
		{2.0e14, "2.0E14"},
		{9.5e-6, "9.5E-6"},
		{123456789012345678, "1.2345678901234568E17"},
		{5e-324, "4.9E-324"},
		{100, "100.0"},
		{12345678, "1.2345678E7"},
		{1e7, "1.0E7"},
		{9999999, "9999999.0"},
		{0.001, "0.001"},
		{0.00099, "9.9E-4"},
		{math.Copysign(0, -1), "-0.0"},
		{math.NaN(), "NaN"},
		{math.Inf(-1), "-Infinity"},
		{1.7976931348623157e308, "1.7976931348623157E308"},
		{8.112963841460668e31, "8.112963841460668E31"},
		{1.8446744073709552e19, "1.8446744073709552E19"},
	} {
		if got := string(AppendDouble(nil, tt.v)); got != tt.want {
			t.Errorf("AppendDouble(%v) = %s, want %s", tt.v, got, tt.want)
		}
	}
	for _, tt := range []struct {
		v    float32
		want string
	}{
		{1.17549435e-38, "1.17549435E-38"},
		{1e-45, "1.4E-45"},
		{1e23, "1.0E23"},
		{8.41e21, "8.41E21"},
		{2e14, "2.00000001E14"},
		{123456789, "1.23456792E8"},
		{3e-45, "2.8E-45"},
		{3.1415927, "3.1415927"},
		{3.4028235e38, "3.4028235E38"},
		{16777216, "1.6777216E7"},
	} {
		if got := string(AppendFloat(nil, tt.v)); got != tt.want {
			t.Errorf("AppendFloat(%v) = %s, want %s", tt.v, got, tt.want)
		}
	}
}

// The vectors are recorded in expressions/cast/from-string.
func TestParse(t *testing.T) {
	const bad = math.MinInt64 + 1
	tests := []struct {
		text string
		i32  int64
		f    string
	}{
		{"0", 0, "0.0"},
		{"+123", 123, "123.0"},
		{" 123 ", 123, "123.0"},
		{"1.9", 1, "1.9"},
		{"-1.9", -1, "-1.9"},
		{".5", 0, "0.5"},
		{"5.", 5, "5.0"},
		{"1e3", bad, "1000.0"},
		{"1E-2", bad, "0.01"},
		{"2147483647", 2147483647, "2.147483647E9"},
		{"2147483648", bad, "2.147483648E9"},
		{"-2147483648", -2147483648, "-2.147483648E9"},
		{"99999999999999999999999999999999999999", bad, "1.0E38"},
		{"0x10", bad, ""},
		{"1,000", bad, ""},
		{"12abc", bad, ""},
		{"", bad, ""},
		{" ", bad, ""},
		{"NaN", bad, "NaN"},
		{"-Infinity", bad, "-Infinity"},
		{"nan", bad, ""},
		{"1_000", bad, ""},
		{"--1", bad, ""},
		{"+-1", bad, ""},
		{"1 2", bad, ""},
		{"007", 7, "7.0"},
		{"-0", 0, "-0.0"},
		{"1d", bad, "1.0"},
		{"1f", bad, "1.0"},
		{"1L", bad, ""},
		{"٣", bad, ""},
		{"1.0000000000000000000000000001", 1, "1.0"},
		{"1e400", bad, "Infinity"},
		{"1e-400", bad, "0.0"},
		{"-", bad, ""},
		{".", 0, ""},
		{"inf", bad, ""},
		{"\t7", bad, "7.0"},
		{"0x1.8p1", bad, "3.0"},
		{"0x1p", bad, ""},
		{"1e", bad, ""},
		{"9007199254740993", bad, "9.007199254740992E15"},
		{"1234.5678", 1234, "1234.5678"},
		{"1e22", bad, "1.0E22"},
		{"1.5E+3D", bad, "1500.0"},
	}
	for _, tt := range tests {
		i, err := ParseInt([]byte(tt.text), 32)
		if err != nil {
			i = bad
		}
		if i != tt.i32 {
			t.Errorf("ParseInt(%q) = %d, want %d", tt.text, i, tt.i32)
		}
		f, ok := ParseDouble([]byte(tt.text))
		got := ""
		if ok {
			got = string(AppendDouble(nil, f))
		}
		if got != tt.f {
			t.Errorf("ParseDouble(%q) = %s, want %s", tt.text, got, tt.f)
		}
	}
	for text, want := range map[string]error{"": ErrEmpty, "12abc": ErrInvalid, "128": ErrOverflow, "-129": ErrOverflow, "127": nil, "-128": nil} {
		if _, err := ParseInt([]byte(text), 8); !errors.Is(err, want) {
			t.Errorf("ParseInt(%q, 8): %v, want %v", text, err, want)
		}
	}
	for text, want := range map[string]int64{"9223372036854775807": math.MaxInt64, "-9223372036854775808": math.MinInt64} {
		if v, err := ParseInt([]byte(text), 64); err != nil || v != want {
			t.Errorf("ParseInt(%q, 64) = %d, %v", text, v, err)
		}
	}
	if _, err := ParseInt([]byte("9223372036854775808"), 64); !errors.Is(err, ErrOverflow) {
		t.Errorf("ParseInt(2^63): %v", err)
	}
	if f, ok := ParseFloat([]byte("3.4028236e38")); !ok || !math.IsInf(float64(f), 1) {
		t.Errorf("ParseFloat(3.4028236e38) = %v", f)
	}
}

func TestParseBool(t *testing.T) {
	for text, want := range map[string]string{
		"true": "true", "TRUE": "true", "t": "true", "T": "true", "yes": "true", "YES": "true", "y": "true", "1": "true",
		"false": "false", "f": "false", "no": "false", "N": "false", "0": "false",
		"on": "", "off": "", "2": "", " true": "", "true ": "", "": "", "1.0": "", "-1": "",
	} {
		v, ok := ParseBool([]byte(text))
		got := ""
		if ok {
			got = strconv.FormatBool(v)
		}
		if got != want {
			t.Errorf("ParseBool(%q) = %s, want %s", text, got, want)
		}
	}
}

// The vectors are recorded in expressions/arithmetic/rounding.
func TestRound(t *testing.T) {
	for _, tt := range []struct {
		v      float64
		digits int
		round  float64
		cut    float64
	}{
		{1.5, 0, 2, 1},
		{2.5, 0, 3, 2},
		{-2.5, 0, -3, -2},
		{0.49999999999999994, 0, 0, 0},
		{1.005, 2, 1.01, 1},
		{2.675, 2, 2.68, 2.67},
		{1e300, 2, 1e300, 1e300},
		{1e300, -299, 1e300, 1e300},
		{1234.5678, -2, 1200, 1200},
		{1234.5678, 2, 1234.57, 1234.56},
		{-0.4999, 2, -0.5, -0.49},
		{0.0049, 20, 0.0049, 0.0049},
		{1e17, 1, 1e17, 1e17},
		{99.995, 2, 100, 99.99},
		{999, -3, 1000, 0},
		{42.324, 2, 42.32, 42.32},
		{1.1234567890123457, 20, 1.1234567890123457, 1.1234567890123457},
		{5, -5, 0, 0},
		{math.Copysign(0, -1), 1, 0, 0},
	} {
		if got, _ := RoundDouble(tt.v, tt.digits); got != tt.round || math.Signbit(got) != math.Signbit(tt.round) {
			t.Errorf("RoundDouble(%v, %d) = %v, want %v", tt.v, tt.digits, got, tt.round)
		}
		if got, _ := TruncateDouble(tt.v, tt.digits); got != tt.cut || math.Signbit(got) != math.Signbit(tt.cut) {
			t.Errorf("TruncateDouble(%v, %d) = %v, want %v", tt.v, tt.digits, got, tt.cut)
		}
	}
	if got, _ := RoundFloat(1.005, 2); got != 1 {
		t.Errorf("RoundFloat(1.005, 2) = %v", got)
	}
	if got, _ := TruncateFloat(1.23456789, 5); got != 1.23456 {
		t.Errorf("TruncateFloat = %v", got)
	}
	if _, ok := RoundDouble(math.NaN(), 1); ok {
		t.Error("RoundDouble(NaN) has a value")
	}
	for _, tt := range []struct {
		v      int64
		digits int
		want   int64
	}{
		{25, -1, 30},
		{-25, -1, -30},
		{9223372036854775807, -1, -9223372036854775806},
		{-9223372036854775808, -1, 9223372036854775806},
		{9223372036854775807, -9, -9223372036709551616},
		{9223372036854775807, -19, -8446744073709551616},
		{4, -1, 0},
		{50, -2, 100},
		{5, 3, 5},
	} {
		if got := RoundInt64(tt.v, tt.digits); got != tt.want {
			t.Errorf("RoundInt64(%d, %d) = %d, want %d", tt.v, tt.digits, got, tt.want)
		}
	}
	if got := int32(RoundInt64(2147483647, -5)); got != -2147467296 {
		t.Errorf("INT rounding wraps to %d", got)
	}
	if got := TruncateInt64(-1259, -2); got != -1200 {
		t.Errorf("TruncateInt64 = %d", got)
	}
}

// The vectors are recorded in expressions/cast/from-floats.
func TestNarrow(t *testing.T) {
	for _, tt := range []struct {
		v   float64
		i32 int32
		i64 int64
		i8  int8
	}{
		{math.NaN(), 0, 0, 0},
		{math.Inf(1), math.MaxInt32, math.MaxInt64, -1},
		{math.Inf(-1), math.MinInt32, math.MinInt64, 0},
		{1e10, math.MaxInt32, 10000000000, -1},
		{300, 300, 300, 44},
		{-1.5, -1, -1, -1},
		{9999999, 9999999, 9999999, 127},
		{123456.789, 123456, 123456, 64},
	} {
		if got := ToInt32(tt.v); got != tt.i32 {
			t.Errorf("ToInt32(%v) = %d", tt.v, got)
		}
		if got := ToInt64(tt.v); got != tt.i64 {
			t.Errorf("ToInt64(%v) = %d", tt.v, got)
		}
		if got := int8(ToInt32(tt.v)); got != tt.i8 {
			t.Errorf("int8 of %v = %d", tt.v, got)
		}
	}
	v, ok := DoubleToDecimal(99999999.995, 10, 2)
	if got := string(decimal.AppendFixed(nil, v, 2)); ok {
		t.Errorf("DoubleToDecimal = %s, want NULL", got)
	}
	if v, ok = DoubleToDecimal(-1.5, 10, 2); !ok || v != decimal.FromInt64(-150) {
		t.Errorf("DoubleToDecimal(-1.5) = %v", v)
	}
}

// The vectors are recorded in expressions/arithmetic/math-functions.
func TestMath(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, tt := range []struct {
		name      string
		got, want float64
	}{
		{"sqrt", Sqrt(-inf), inf},
		{"sqrt", Sqrt(math.Copysign(0, -1)), 0},
		{"sqrt", Sqrt(-1), nan},
		{"sqrt", Sqrt(2), 1.4142135623730951},
		{"log", LogBase(2, 8), 3},
		{"log", LogBase(0, 5), 0},
		{"log", LogBase(1, 5), inf},
		{"log", LogBase(1, 1), nan},
		{"log", LogBase(2, 1), 0},
		{"log2", Log2(0), -inf},
		{"log2", Log2(10), 3.3219280948873626},
		{"cot", Cot(0), inf},
		{"cot", Cot(math.Copysign(0, -1)), -inf},
		{"power", Power(0, 0), 1},
		{"power", Power(nan, 0), 1},
		{"power", Power(10, 309), inf},
		{"power", Power(1, nan), nan},
		{"power", Power(-8, 1.0/3), nan},
		{"degrees", Degrees(math.Pi), 180},
		{"radians", Radians(180), math.Pi},
		{"sign", Sign(-2.5), -1},
		{"sign", Sign(nan), nan},
	} {
		if tt.got != tt.want && !(math.IsNaN(tt.got) && math.IsNaN(tt.want)) && math.Abs(tt.got-tt.want) > 1e-12 {
			t.Errorf("%s = %v, want %v", tt.name, tt.got, tt.want)
		}
	}
	order := []float64{-inf, -1, math.Copysign(0, -1), 0, 5e-324, inf, nan}
	for i, a := range order {
		for j, b := range order {
			if got, want := CompareDouble(a, b), decimal.FromInt64(int64(i)).Cmp(decimal.FromInt64(int64(j))); got != want {
				t.Errorf("CompareDouble(%v, %v) = %d", a, b, got)
			}
		}
	}
}

// The vectors are recorded in expressions/arithmetic/bin-hex and random.
func TestBinHexRandom(t *testing.T) {
	for _, tt := range []struct {
		v        int64
		bin, hex string
	}{
		{0, "0", "0"}, {10, "1010", "A"}, {-1, strings.Repeat("1", 64), strings.Repeat("F", 16)}, {4294967296, "1" + strings.Repeat("0", 32), "100000000"},
	} {
		if got := string(AppendBin(nil, tt.v)); got != tt.bin {
			t.Errorf("AppendBin(%d) = %s", tt.v, got)
		}
		if got := string(AppendHex([]byte("az"), tt.v)); got != "az"+tt.hex {
			t.Errorf("AppendHex(%d) = %s", tt.v, got)
		}
	}
	r42, r7, rm := NewRandom(42), NewRandom(7), NewRandom(-1)
	ints := NewRandom(42)
	for _, want := range []string{
		"0.7275636800328681 30 164236 0.26894263088050496", "0.6832234717598454 63 249164 0.012269981921235296",
		"0.30871945533265976 48 829485 0.6620844841121951", "0.27707849007413665 84 678044 0.4164383172882866", "0.6655489517945736 70 989380 0.8261659004768312",
	} {
		b, _ := ints.Int(100)
		c, _ := r7.Int(1000000)
		if got := fmt.Sprint(r42.Double(), b, c, rm.Double()); got != want {
			// Two calls of RAND_INTEGER with one seed each: every row advances both.
			t.Errorf("random row %s, want %s", got, want)
		}
	}
	if _, ok := ints.Int(0); ok {
		t.Error("bound 0 has a value")
	}
}

func FuzzDoubleRoundTrip(f *testing.F) {
	f.Add(uint64(1))
	f.Add(math.Float64bits(1e23))
	f.Fuzz(func(t *testing.T, b uint64) {
		v := math.Float64frombits(b)
		text := AppendDouble(nil, v)
		back, ok := ParseDouble(text)
		if !ok || back != v && v == v {
			t.Fatalf("%v printed as %s, read as %v", v, text, back)
		}
	})
}

func FuzzParseDouble(f *testing.F) {
	for _, s := range []string{"1", "-1.5e3", "0x1p3", "NaN", "1e400", "123456789012345678901", " 7d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, ok := ParseDouble([]byte(text))
		if !ok {
			return
		}
		trimmed := strings.TrimFunc(text, func(r rune) bool { return r <= ' ' })
		if n := len(trimmed); n > 1 && strings.ContainsRune("dDfF", rune(trimmed[n-1])) {
			trimmed = trimmed[:n-1]
		}
		if trimmed == "+NaN" || trimmed == "-NaN" { // a sign that Java takes
			trimmed = "NaN"
		}
		want, err := strconv.ParseFloat(trimmed, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) || want != v && want == want {
			t.Fatalf("ParseDouble(%q) = %v, strconv says %v, %v", text, v, want, err)
		}
	})
}

func BenchmarkNumber(b *testing.B) {
	var buf []byte
	for _, bb := range []struct {
		name string
		f    func()
	}{
		{"double/price", func() { buf = AppendDouble(buf[:0], 1234.56) }},
		{"double/full", func() { buf = AppendDouble(buf[:0], 0.6832234717598454) }},
		{"double/integer", func() { buf = AppendDouble(buf[:0], 1234567) }},
		{"double/large", func() { buf = AppendDouble(buf[:0], 1.2345678901234e200) }},
		{"float", func() { buf = AppendFloat(buf[:0], 1234.56) }},
		{"parse/double", func() { _, _ = ParseDouble([]byte("1234.5678")) }},
		{"parse/int", func() { _, _ = ParseInt([]byte("1234567"), 64) }},
		{"round", func() { RoundDouble(1234.5678, 2) }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bb.f()
			}
		})
	}
}

package decimal

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

// dec reads a literal such as "-12.50" into an unscaled value and its scale.
func dec(t testing.TB, text string) (Int128, int) {
	t.Helper()
	s := 0
	if i := strings.IndexByte(text, '.'); i >= 0 {
		s = len(text) - i - 1
	}
	v, ok := ParseBig([]byte(text), MaxPrecision, s)
	if !ok {
		t.Fatalf("literal %q", text)
	}
	return v, s
}

func fixed(v Int128, ok bool, s int) string {
	if !ok {
		return "NULL"
	}
	return string(AppendFixed(nil, v, s))
}

// The vectors are recorded in expressions/arithmetic/decimals.
func TestArithmetic(t *testing.T) {
	type binary func(a Int128, as int, b Int128, bs int, p, s int) (Int128, bool)
	tests := []struct {
		name   string
		f      binary
		a, b   string
		p, s   int
		want   string
		narrow bool // operands and result are compact
	}{
		{"add", Add, "5", "4.000000000000000001", 38, 6, "9.000000", false},
		{"add", Add, "99999999999999999999999999999999999999", "99999999999999999999.999999999999999999", 38, 6, "NULL", false},
		{"sub", Sub, "1.25", "2.5000", 11, 4, "-1.2500", true},
		{"sub", Sub, "999.99", "999999.9999", 11, 4, "-999000.0099", true},
		{"sub", Sub, "99999999999999999999.999999999999999999", "999.99", 38, 17, "99999999999999999000.01000000000000000", false},
		{"sub", Sub, "0.000000000000000001", "0.01", 38, 17, "-0.01000000000000000", false},
		{"mul", Mul, "1.25", "1.25", 11, 4, "1.5625", true},
		{"mul", Mul, "999999.9999", "999999.9999", 21, 8, "999999999800.00000001", false},
		{"mul", Mul, "99999999999999999999", "99999999999999999999", 38, 0, "NULL", false},
		{"mul", Mul, "999.99", "99999999999999999999.999999999999999999", 38, 14, "99999000000000000000000.00000000000000", false},
		{"mul", Mul, "0.01", "0.000000000000000001", 38, 14, "0.00000000000000", false},
		{"mul", Mul, "0.000000000000000001", "0.000000000000000001", 38, 6, "0.000000", false},
		{"mul", Mul, "-1.5", "1.5", 5, 2, "-2.25", true},
		{"div", Div, "1.25", "2.5000", 20, 13, "0.5000000000000", false},
		{"div", Div, "2.5000", "1.25", 18, 10, "2.0000000000", true},
		{"div", Div, "999.99", "999999.9999", 20, 13, "0.0009999900001", false},
		{"div", Div, "1.25", "3", 26, 23, "0.41666666666666666666667", false},
		{"div", Div, "99999999999999999999", "999.99", 28, 6, "100001000010000100.000000", false},
		{"div", Div, "12345678901234567890", "12.30", 28, 6, "1003713731807688446.341463", false},
		{"div", Div, "12345678901234567890", "0.7000", 35, 11, "17636684144620811271.42857142857", false},
		{"div", Div, "99999999999999999999.999999999999999999", "999.99", 38, 16, "100001000010000100.0010000100001000", false},
		{"div", Div, "1.500000000000000000", "12.30", 38, 16, "0.1219512195121951", false},
		{"div", Div, "-0.01", "-0.000000000000000001", 38, 17, "10000000000000000.00000000000000000", false},
		{"div", Div, "99999999999999999999999999999999999999", "3", 38, 6, "NULL", false},
		{"div", Div, "1", "12.30", 8, 6, "0.081301", true},
		{"div", Div, "12.30", "0.7", 18, 13, "17.5714285714286", true},
		{"mod", Mod, "1.25", "0.5", 3, 2, "0.25", true},
		{"mod", Mod, "1.25", "-0.3", 3, 2, "0.05", true},
		{"mod", Mod, "-999.99", "0.3", 3, 2, "-0.09", true},
		{"mod", Mod, "99999999999999999999999999999999999999", "7", 38, 0, "1", false},
		{"mod", Mod, "4.000000000000000001", "1.25", 21, 18, "0.250000000000000001", false},
		{"mod", Mod, "5.5", "-2.25", 3, 2, "1.00", true},
		{"mod", Mod, "1.00", "0.00", 3, 2, "NULL", true},
		{"div", Div, "1.00", "0.00", 3, 2, "NULL", true},
	}
	narrow := map[string]func(a int64, as int, b int64, bs int, p, s int) (int64, bool){
		"add": Add64, "sub": Sub64, "mul": Mul64, "div": Div64, "mod": Mod64,
	}
	for _, tt := range tests {
		a, as := dec(t, tt.a)
		b, bs := dec(t, tt.b)
		r, ok := tt.f(a, as, b, bs, tt.p, tt.s)
		if got := fixed(r, ok, tt.s); got != tt.want {
			t.Errorf("%s(%s, %s) = %s, want %s", tt.name, tt.a, tt.b, got, tt.want)
		}
		if tt.narrow {
			r64, ok64 := narrow[tt.name](int64(a.Lo), as, int64(b.Lo), bs, tt.p, tt.s)
			if got := fixed(FromInt64(r64), ok64, tt.s); got != tt.want {
				t.Errorf("%s64(%s, %s) = %s, want %s", tt.name, tt.a, tt.b, got, tt.want)
			}
		}
	}
}

// The vectors are recorded in expressions/arithmetic/rounding.
func TestRound(t *testing.T) {
	tests := []struct {
		v          string
		digits     int
		how        Rounding
		outP, outS int
		want       string
	}{
		{"2.5000", 0, HalfUp, 7, 0, "3"},
		{"-2.5000", 0, HalfUp, 7, 0, "-3"},
		{"0.0049", 3, HalfUp, 10, 3, "0.005"},
		{"0.0049", 2, HalfUp, 9, 2, "0.00"},
		{"999999.9999", 0, HalfUp, 7, 0, "1000000"},
		{"1234.5678", -1, HalfUp, 7, 0, "1230"},
		{"1234.5678", -2, HalfUp, 7, 0, "1200"},
		{"0.5000", -2, HalfUp, 7, 0, "0"},
		{"1.0050", 2, HalfUp, 9, 2, "1.01"},
		{"1234.5678", 9, HalfUp, 10, 4, "1234.5678"},
		{"1234.5678", -2, HalfUp, 10, 4, "1200.0000"},
		{"1234.5678", 1, HalfUp, 10, 4, "1234.6000"},
		{"99.995", 2, HalfUp, 5, 2, "100.00"},
		{"-1.9999", 2, Down, 4, 2, "-1.99"},
		{"123456.789", -3, Down, 7, 0, "123000"},
		{"2.5000", 0, Ceil, 10, 0, "3"},
		{"-2.5000", 0, Ceil, 10, 0, "-2"},
		{"-0.4999", 0, Ceil, 10, 0, "0"},
		{"0.0049", 0, Ceil, 10, 0, "1"},
		{"0.0049", 0, Floor, 10, 0, "0"},
		{"-0.4999", 0, Floor, 10, 0, "-1"},
		{"-999999.9999", 0, Floor, 10, 0, "-1000000"},
		{"9.9", 0, Ceil, 2, 0, "10"},
		{"99.9", 0, HalfUp, 2, 0, "NULL"},
		{"5", -50, HalfUp, 2, 0, "0"},
	}
	for _, tt := range tests {
		v, s := dec(t, tt.v)
		r, ok := Round(v, s, tt.digits, tt.how, tt.outP, tt.outS)
		if got := fixed(r, ok, tt.outS); got != tt.want {
			t.Errorf("Round(%s, %d, %d) = %s, want %s", tt.v, tt.digits, tt.how, got, tt.want)
		}
	}
}

// The vectors are recorded in expressions/cast/from-string and from-decimals.
func TestParse(t *testing.T) {
	tests := []struct{ text, d102, d380, d53 string }{
		{"0", "0.00", "0", "0.000"},
		{"1e3", "1000.00", "1000", "NULL"},
		{"1E-2", "0.01", "0", "0.010"},
		{"1.5e2", "150.00", "150", "NULL"},
		{"2147483647", "NULL", "2147483647", "NULL"},
		{"99999999999999999999999999999999999999", "NULL", "99999999999999999999999999999999999999", "NULL"},
		{"0x10", "NULL", "NULL", "NULL"},
		{"1,000", "NULL", "NULL", "NULL"},
		{"12abc", "NULL", "NULL", "NULL"},
		{"", "NULL", "NULL", "NULL"},
		{" ", "NULL", "NULL", "NULL"},
		{"NaN", "NULL", "NULL", "NULL"},
		{"1_000", "NULL", "NULL", "NULL"},
		{"--1", "NULL", "NULL", "NULL"},
		{"+-1", "NULL", "NULL", "NULL"},
		{"1 2", "NULL", "NULL", "NULL"},
		{"007", "7.00", "7", "7.000"},
		{"-0.0", "0.00", "0", "0.000"},
		{"1d", "1.00", "NULL", "1.000"},
		{"1f", "1.00", "NULL", "1.000"},
		{"1L", "1.00", "NULL", "1.000"},
		{"٣", "NULL", "3", "NULL"},
		{"1.0000000000000000000000000001", "1.00", "1", "1.000"},
		{"1e400", "NULL", "NULL", "NULL"},
		{"1e-400", "NULL", "0", "NULL"},
		{"3.4028236e38", "NULL", "NULL", "NULL"},
		{"99.995", "100.00", "100", "99.995"},
		{"-", "NULL", "NULL", "NULL"},
		{" 123 ", "123.00", "123", "NULL"},
		{".", "0.00", "NULL", "0.000"},
		{"\t7", "7.00", "7", "7.000"},
		{"-1.9", "-1.90", "-2", "-1.900"},
		{".5", "0.50", "1", "0.500"},
		{"5.", "5.00", "5", "5.000"},
		{"+123", "123.00", "123", "NULL"},
		{"0.00000000000000000000000000000000000000000000000000000000000000001", "0.00", "0", "0.000"},
		{"1234567890123456789012345678901234567890e-10", "NULL", "123456789012345678901234567890", "NULL"},
		{"1.2.3", "NULL", "NULL", "NULL"},
	}
	for _, tt := range tests {
		for _, c := range []struct {
			p, s int
			want string
		}{{10, 2, tt.d102}, {38, 0, tt.d380}, {5, 3, tt.d53}} {
			v, ok := Parse([]byte(tt.text), c.p, c.s)
			if got := fixed(v, ok, c.s); got != c.want {
				t.Errorf("Parse(%q, %d, %d) = %s, want %s", tt.text, c.p, c.s, got, c.want)
			}
		}
	}
}

func TestText(t *testing.T) {
	tests := []struct{ v, fixed, stripped, plain string }{
		{"0.00", "0.00", "0", "0.00"},
		{"9.870", "9.870", "9.87", "9.870"},
		{"10", "10", "1E+1", "10"},
		{"1000000.0", "1000000.0", "1E+6", "1000000.0"},
		{"0.00000001", "0.00000001", "1E-8", "1E-8"},
		{"0.00000120", "0.00000120", "0.0000012", "0.00000120"},
		{"-0.00000000000000000000000000000000000001", "-0.00000000000000000000000000000000000001", "-1E-38", "-1E-38"},
		{"12345678901234567890123456789012345678", "12345678901234567890123456789012345678", "12345678901234567890123456789012345678", "12345678901234567890123456789012345678"},
		{"-99999999999999999999.999999999999999999", "-99999999999999999999.999999999999999999", "-99999999999999999999.999999999999999999", "-99999999999999999999.999999999999999999"},
		{"1230000000000000000000000000000000.0000", "1230000000000000000000000000000000.0000", "1.23E+33", "1230000000000000000000000000000000.0000"},
	}
	for _, tt := range tests {
		v, s := dec(t, tt.v)
		if got := string(AppendFixed(nil, v, s)); got != tt.fixed {
			t.Errorf("AppendFixed = %s, want %s", got, tt.fixed)
		}
		if got := string(AppendStripped(nil, v, s)); got != tt.stripped {
			t.Errorf("AppendStripped(%s) = %s, want %s", tt.v, got, tt.stripped)
		}
		if got := string(AppendPlain(nil, v, s)); got != tt.plain {
			t.Errorf("AppendPlain(%s) = %s, want %s", tt.v, got, tt.plain)
		}
	}
}

// The vectors are recorded in expressions/cast/from-decimals.
func TestConvert(t *testing.T) {
	tests := []struct {
		v   string
		i   int64
		i32 int32
		f   float64
	}{
		{"1.500", 1, 1, 1.5},
		{"-999.999", -999, -999, -999.999},
		{"9999999999", 9999999999, 1410065407, 9999999999},
		{"3276913443134.8700000000", 3276913443134, -146603714, 3276913443134.87},
		{"9999999999999999999999999999.9999999999", 4477988020393345023, 268435455, 1e28},
		{"0.0000000001", 0, 0, 1e-10},
	}
	for _, tt := range tests {
		v, s := dec(t, tt.v)
		if got := ToInt64(v, s); got != tt.i {
			t.Errorf("ToInt64(%s) = %d, want %d", tt.v, got, tt.i)
		}
		if got := int32(ToInt64(v, s)); got != tt.i32 {
			t.Errorf("int32 of %s = %d, want %d", tt.v, got, tt.i32)
		}
		if got := ToFloat64(v, s); got != tt.f {
			t.Errorf("ToFloat64(%s) = %v, want %v", tt.v, got, tt.f)
		}
	}
	if r, ok := OfInt64(1234567890, 10, 2); ok {
		t.Errorf("OfInt64 = %v, want NULL", r)
	}
}

func random128(r *rand.Rand) Int128 {
	x := Int128{Lo: r.Uint64(), Hi: int64(r.Uint64())}
	n := r.IntN(128)
	x.Lo >>= min(n, 63)
	x.Hi >>= max(n-64, 0)
	if r.IntN(4) == 0 {
		return FromInt64(int64(x.Lo))
	}
	return x
}

func TestInt128AgainstBig(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		x, y := random128(r), random128(r)
		bx, by := x.Big(), y.Big()
		if back, ok := FromBig(bx); !ok || back != x {
			t.Fatalf("FromBig(Big(%v)) = %v", x, back)
		}
		check := func(name string, z Int128, ok bool, want *big.Int) {
			t.Helper()
			w, fits := FromBig(want)
			if ok != fits || ok && z != w {
				t.Fatalf("%s(%s, %s) = %s %v, want %s", name, bx, by, z, ok, want)
			}
		}
		z, ok := x.AddChecked(y)
		check("add", z, ok, new(big.Int).Add(bx, by))
		z, ok = x.SubChecked(y)
		check("sub", z, ok, new(big.Int).Sub(bx, by))
		z, ok = x.MulChecked(y)
		check("mul", z, ok, new(big.Int).Mul(bx, by))
		if y.Sign() != 0 && !(y == FromInt64(-1)) {
			q, m := x.QuoRem(y)
			wq, wm := new(big.Int).QuoRem(bx, by, new(big.Int))
			check("quo", q, true, wq)
			check("rem", m, true, wm)
		}
		if got := x.Cmp(y); got != bx.Cmp(by) {
			t.Fatalf("cmp(%s, %s) = %d", bx, by, got)
		}
		if x.String() != bx.String() {
			t.Fatalf("text %s, want %s", x, bx)
		}
		if f, _ := new(big.Float).SetInt(bx).Float64(); f != x.Float64() {
			t.Fatalf("Float64(%s) = %v, want %v", bx, x.Float64(), f)
		}
		if n := len(new(big.Int).Abs(bx).String()); Fits(x, 38) && n != Digits(x) {
			t.Fatalf("Digits(%s) = %d", bx, Digits(x))
		}
	}
}

// The short way to divide must agree with the way that rounds to 38 digits first.
func TestDivAgainstBig(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20000 {
		a, b := random128(r), random128(r)
		if b.Sign() == 0 || !Fits(a, 38) || !Fits(b, 38) {
			continue
		}
		as, bs, s := r.IntN(19), r.IntN(19), r.IntN(39)
		q, ok := Div(a, as, b, bs, 38, s)
		w, wok := divBig(a, as, b, bs, 38, s)
		if ok != wok || ok && q != w {
			t.Fatalf("Div(%s/%d, %s/%d, %d) = %s %v, want %s %v", a, as, b, bs, s, q, ok, w, wok)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"1.5", "-1e3", ".", "٣", " 7 ", "1e-400", "123456789012345678901234567890123456789.5e-3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range [][2]int{{10, 2}, {38, 10}, {18, 18}} {
			v, ok := Parse([]byte(text), c[0], c[1])
			if !ok {
				continue
			}
			if !Fits(v, c[0]) {
				t.Fatalf("Parse(%q) = %s beyond precision %d", text, v, c[0])
			}
			out := AppendFixed(nil, v, c[1])
			back, ok := ParseBig(out, c[0], c[1])
			if !ok || back != v {
				t.Fatalf("Parse(%q) = %s, read back %s", text, out, back)
			}
			if f := ToFloat64(v, c[1]); math.IsNaN(f) || math.IsInf(f, 0) {
				t.Fatalf("ToFloat64(%s) = %v", out, f)
			}
		}
	})
}

func BenchmarkOps(b *testing.B) {
	x, y := FromInt64(123456789), FromInt64(9876)
	wide, _ := dec(b, "1234567890123456789012345678")
	text := []byte("12345.678")
	var buf []byte
	for _, bb := range []struct {
		name string
		f    func()
	}{
		{"add64", func() { Add64(123456789, 2, 9876, 2, 11, 2) }},
		{"mul64", func() { Mul64(1234567, 2, 908, 3, 18, 2) }},
		{"mul128", func() { Mul(wide, 10, y, 2, 38, 6) }},
		{"div128", func() { Div(x, 2, y, 2, 38, 16) }},
		{"parse", func() { Parse(text, 10, 2) }},
		{"fixed", func() { buf = AppendFixed64(buf[:0], 123456789, 4) }},
		{"stripped", func() { buf = AppendStripped(buf[:0], wide, 10) }},
		{"float", func() { ToFloat64(wide, 10) }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bb.f()
			}
		})
	}
}

package text

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"

	"millrace/operators/kernel/number"
)

// ArgKind is the Java type of a PRINTF argument.
type ArgKind uint8

// The kinds of arguments. Values that only %s can print (DECIMAL, TIMESTAMP)
// come as ArgOther with their text.
const (
	ArgNull ArgKind = iota
	ArgInt          // Int, of Bits bits
	ArgFloat
	ArgBool
	ArgText
	ArgOther
)

// Arg is an argument of PRINTF.
type Arg struct {
	Kind  ArgKind
	Int   int64
	Bits  int // 8, 16, 32 or 64 for ArgInt; 32 or 64 for ArgFloat
	Float float64
	Bool  bool
	Text  []byte
}

// spec is one format specifier.
type spec struct {
	minus, sharp, plus, space, zero, comma, paren bool
	width, precision                              int // -1 is absent
	conv                                          byte
	upper                                         bool
}

// AppendPrintf formats as java.util.Formatter does with the locale of the United
// States. ok is false where Java throws: an unknown conversion, an argument of
// the wrong type, a missing argument. Hexadecimal floating point with a width or
// precision, dates (%t), and %h of anything but integers and booleans give ok =
// false too.
func AppendPrintf(dst, format []byte, args []Arg) (out []byte, ok bool) {
	start := len(dst)
	next, last := 0, -1
	for len(format) > 0 {
		i := bytes.IndexByte(format, '%')
		if i < 0 {
			return append(dst, format...), true
		}
		dst = append(dst, format[:i]...)
		sp, index, size, ok := readSpec(format[i:])
		if !ok {
			return dst[:start], false
		}
		format = format[i+size:]
		switch sp.conv {
		case '%':
			dst = sp.pad(dst, []byte{'%'})
			continue
		case 'n':
			dst = append(dst, '\n')
			continue
		}
		switch {
		case index == 0:
			index = next
			next++
		case index < 0:
			index = last
		default:
			index--
		}
		if index < 0 || index >= len(args) {
			return dst[:start], false
		}
		last = index
		if dst, ok = sp.append(dst, args[index]); !ok {
			return dst[:start], false
		}
	}
	return dst, true
}

// readSpec reads a specifier at the start of t. index is 0 for the next argument,
// -1 for the one before.
func readSpec(t []byte) (sp spec, index, size int, ok bool) {
	sp.width, sp.precision = -1, -1
	i := 1
	if v, n := readDigits(t[i:]); n > 0 && i+n < len(t) && t[i+n] == '$' && t[i] != '0' {
		index = v
		i += n + 1
	} else if i < len(t) && t[i] == '<' {
		index = -1
		i++
	}
	for ; i < len(t); i++ {
		flag := sp.flag(t[i])
		if flag == nil {
			break
		}
		if *flag {
			return sp, 0, 0, false
		}
		*flag = true
	}
	if v, n := readDigits(t[i:]); n > 0 {
		sp.width = v
		i += n
	}
	if i < len(t) && t[i] == '.' {
		v, n := readDigits(t[i+1:])
		if n == 0 {
			return sp, 0, 0, false
		}
		sp.precision = v
		i += n + 1
	}
	if i >= len(t) || sp.width > 1<<20 || sp.precision > 1<<20 {
		return sp, 0, 0, false
	}
	sp.conv = t[i]
	switch sp.conv {
	case 'S', 'X', 'E', 'G', 'B', 'H', 'C', 'A':
		sp.upper = true
		sp.conv |= 0x20
	}
	if (sp.minus || sp.zero) && sp.width < 0 || sp.minus && sp.zero || sp.plus && sp.space {
		return sp, 0, 0, false
	}
	return sp, index, i + 1, true
}

func (sp *spec) flag(c byte) *bool {
	switch c {
	case '-':
		return &sp.minus
	case '#':
		return &sp.sharp
	case '+':
		return &sp.plus
	case ' ':
		return &sp.space
	case '0':
		return &sp.zero
	case ',':
		return &sp.comma
	case '(':
		return &sp.paren
	}
	return nil
}

func readDigits(t []byte) (v, n int) {
	for n < len(t) && t[n] >= '0' && t[n] <= '9' {
		if v < 1<<24 {
			v = v*10 + int(t[n]-'0')
		}
		n++
	}
	return v, n
}

// pad appends s at least as wide as the specifier wants.
func (sp *spec) pad(dst, s []byte) []byte {
	fill := sp.width - utf8.RuneCount(s)
	if !sp.minus {
		for range fill {
			dst = append(dst, ' ')
		}
	}
	dst = append(dst, s...)
	if sp.minus {
		for range fill {
			dst = append(dst, ' ')
		}
	}
	return dst
}

// text pads and cuts general text.
func (sp *spec) text(dst, s []byte) []byte {
	if sp.precision >= 0 {
		s = Left(s, sp.precision)
	}
	if sp.upper {
		s = AppendUpper(nil, s)
	}
	return sp.pad(dst, s)
}

func (sp *spec) append(dst []byte, a Arg) ([]byte, bool) {
	switch sp.conv {
	case 's':
		if sp.sharp || sp.plus || sp.space || sp.zero || sp.comma || sp.paren {
			return dst, false
		}
		return sp.text(dst, a.appendText(nil)), true
	case 'b':
		v := a.Kind != ArgNull && (a.Kind != ArgBool || a.Bool)
		return sp.text(dst, strconv.AppendBool(nil, v)), true
	case 'h':
		if a.Kind == ArgNull {
			return sp.text(dst, []byte("null")), true
		}
		h, ok := a.hash()
		return sp.text(dst, strconv.AppendUint(nil, uint64(uint32(h)), 16)), ok
	}
	if a.Kind == ArgNull {
		switch sp.conv {
		case 'd', 'x', 'o', 'f', 'e', 'g', 'a', 'c':
			return sp.text(dst, []byte("null")), true
		}
		return dst, false
	}
	switch sp.conv {
	case 'c':
		if a.Kind != ArgInt || a.Bits > 32 || sp.precision >= 0 || a.Int < 0 || a.Int > utf8.MaxRune {
			return dst, false
		}
		return sp.text(dst, utf8.AppendRune(nil, rune(a.Int))), true
	case 'd', 'x', 'o':
		if a.Kind != ArgInt || sp.precision >= 0 {
			return dst, false
		}
		return sp.integer(dst, a)
	case 'f', 'e', 'g', 'a':
		if a.Kind != ArgFloat {
			return dst, false
		}
		return sp.float(dst, a.Float)
	}
	return dst, false
}

// appendText is the argument's toString.
func (a Arg) appendText(dst []byte) []byte {
	switch a.Kind {
	case ArgNull:
		return append(dst, "null"...)
	case ArgInt:
		return strconv.AppendInt(dst, a.Int, 10)
	case ArgFloat:
		if a.Bits == 32 {
			return number.AppendFloat(dst, float32(a.Float))
		}
		return number.AppendDouble(dst, a.Float)
	case ArgBool:
		return strconv.AppendBool(dst, a.Bool)
	}
	return append(dst, a.Text...)
}

// hash is the hashCode of an integer or boolean. The hash of Flink's own text
// type, which %h of text shows, is not supported yet.
func (a Arg) hash() (int32, bool) {
	switch a.Kind {
	case ArgInt:
		if a.Bits == 64 {
			return int32(a.Int ^ int64(uint64(a.Int)>>32)), true
		}
		return int32(a.Int), true
	case ArgBool:
		if a.Bool {
			return 1231, true
		}
		return 1237, true
	}
	return 0, false
}

func (sp *spec) integer(dst []byte, a Arg) ([]byte, bool) {
	negative := a.Int < 0
	var digits []byte
	if sp.conv == 'd' {
		if sp.sharp {
			return dst, false
		}
		u := uint64(a.Int)
		if negative {
			u = -u
		}
		return sp.signed(dst, strconv.AppendUint(digits, u, 10), negative)
	}
	if sp.comma || sp.paren || sp.plus || sp.space {
		return dst, false
	}
	u := uint64(a.Int)
	if a.Bits < 64 {
		u &= 1<<a.Bits - 1
	}
	base, prefix := 16, "0x"
	if sp.conv == 'o' {
		base, prefix = 8, "0"
	}
	if !sp.sharp {
		prefix = ""
	}
	digits = strconv.AppendUint(digits, u, base)
	out := []byte(prefix)
	if sp.zero {
		for range sp.width - len(digits) - len(prefix) {
			out = append(out, '0')
		}
	}
	out = append(out, digits...)
	if sp.upper {
		out = bytes.ToUpper(out)
	}
	return sp.pad(dst, out), true
}

// signed adds grouping, sign and zeros to the digits of a number.
func (sp *spec) signed(dst, digits []byte, negative bool) ([]byte, bool) {
	if sp.comma {
		digits = group(digits)
	}
	var out []byte
	tail := 0
	switch {
	case negative && sp.paren:
		out = append(out, '(')
		tail = 1
	case negative:
		out = append(out, '-')
	case sp.plus:
		out = append(out, '+')
	case sp.space:
		out = append(out, ' ')
	}
	if sp.zero {
		for range sp.width - len(digits) - len(out) - tail {
			out = append(out, '0')
		}
	}
	out = append(out, digits...)
	if tail > 0 {
		out = append(out, ')')
	}
	if sp.upper {
		out = bytes.ToUpper(out)
	}
	return sp.pad(dst, out), true
}

// group puts commas between thousands.
func group(digits []byte) []byte {
	n := bytes.IndexByte(digits, '.')
	if n < 0 {
		n = len(digits)
	}
	var out []byte
	for i, c := range digits[:n] {
		if i > 0 && (n-i)%3 == 0 {
			out = append(out, ',')
		}
		out = append(out, c)
	}
	return append(out, digits[n:]...)
}

func (sp *spec) float(dst []byte, v float64) ([]byte, bool) {
	if v-v != 0 {
		return sp.special(dst, v), true
	}
	negative := math.Signbit(v)
	abs := math.Abs(v)
	precision := sp.precision
	if precision < 0 {
		precision = 6
	}
	switch sp.conv {
	case 'f':
		digits := appendFixed(nil, abs, precision)
		if sp.sharp && precision == 0 {
			digits = append(digits, '.')
		}
		return sp.signed(dst, digits, negative)
	case 'e':
		if sp.comma {
			return dst, false
		}
		return sp.signed(dst, appendScientific(nil, abs, precision), negative)
	case 'g':
		if sp.sharp {
			return dst, false
		}
		if precision == 0 {
			precision = 1
		}
		if abs > 0 {
			// Which form is decided by the rounded value.
			if r, ok := number.RoundDouble(abs, precision-1-int(math.Floor(math.Log10(abs)))); ok && r != 0 {
				abs = r
			}
		}
		if abs == 0 || abs >= 1e-4 && abs < math.Pow10(precision) {
			exp := 1
			if abs > 0 {
				exp = int(math.Floor(math.Log10(abs))) + 1
			}
			return sp.signed(dst, appendFixed(nil, abs, max(precision-exp, 0)), negative)
		}
		return sp.signed(dst, appendScientific(nil, abs, precision-1), negative)
	}
	if sp.precision >= 0 || sp.width >= 0 {
		return dst, false
	}
	return sp.signed(dst, appendHexFloat(nil, abs), negative)
}

func (sp *spec) special(dst []byte, v float64) []byte {
	s := "NaN"
	switch {
	case math.IsInf(v, 1) && sp.plus:
		s = "+Infinity"
	case math.IsInf(v, 1):
		s = "Infinity"
	case math.IsInf(v, -1) && sp.paren:
		s = "(Infinity)"
	case math.IsInf(v, -1):
		s = "-Infinity"
	}
	out := []byte(s)
	if sp.upper {
		out = bytes.ToUpper(out)
	}
	return sp.pad(dst, out)
}

// appendFixed rounds half up by the decimal text of v.
func appendFixed(dst []byte, v float64, precision int) []byte {
	if precision < 17 {
		if r, ok := number.RoundDouble(v, precision); ok {
			v = r
		}
	}
	// The shortest digits, filled with zeros: what Java prints beyond them.
	s := strconv.AppendFloat(nil, v, 'f', -1, 64)
	point := bytes.IndexByte(s, '.')
	if point < 0 {
		point = len(s)
		s = append(s, '.')
	}
	for len(s)-point-1 < precision {
		s = append(s, '0')
	}
	s = s[:point+1+precision]
	if precision == 0 {
		s = s[:point]
	}
	return append(dst, s...)
}

func appendScientific(dst []byte, v float64, precision int) []byte {
	if v != 0 {
		exp := int(math.Floor(math.Log10(v)))
		if r, ok := number.RoundDouble(v, precision-exp); ok && r != 0 {
			v = r
		}
	}
	s := strconv.AppendFloat(nil, v, 'e', -1, 64)
	e := bytes.IndexByte(s, 'e')
	mantissa, exp := append([]byte(nil), s[:e]...), s[e:]
	if precision > 0 {
		if len(mantissa) == 1 {
			mantissa = append(mantissa, '.')
		}
		for len(mantissa) < precision+2 {
			mantissa = append(mantissa, '0')
		}
		mantissa = mantissa[:precision+2]
	} else {
		mantissa = mantissa[:1]
	}
	dst = append(dst, mantissa...)
	return append(dst, exp...)
}

// appendHexFloat is Double.toHexString.
func appendHexFloat(dst []byte, v float64) []byte {
	if v == 0 {
		return append(dst, "0x0.0p0"...)
	}
	b := math.Float64bits(v)
	exp := int(b>>52&0x7ff) - 1023
	lead := "0x1."
	if exp == -1023 {
		exp, lead = -1022, "0x0."
	}
	dst = append(dst, lead...)
	fract := b & (1<<52 - 1)
	if fract == 0 {
		dst = append(dst, '0')
	}
	for ; fract != 0; fract = fract << 4 & (1<<52 - 1) {
		dst = append(dst, "0123456789abcdef"[fract>>48])
	}
	dst = append(dst, 'p')
	return strconv.AppendInt(dst, int64(exp), 10)
}

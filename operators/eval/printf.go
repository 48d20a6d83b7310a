package eval

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"millrace/operators/kernel/civil"
	"millrace/operators/kernel/number"
	"millrace/operators/kernel/text"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

// registerPrintf registers PRINTF, Java's Formatter in the locale of the United States.
func registerPrintf(r registry) {
	r.add(buildPrintf, "PRINTF")
}

// errFormat says that a format, or a value for it, is wrong: the result is NULL.
var errFormat = errors.New("format that does not fit")

func buildPrintf(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	return dear(c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		var space [8]arg
		a := bind(f, vs, space[:0])
		b := f.textBuffer(e.Type, 32*f.n)
		for i := range f.n {
			if a[0].null(i) {
				b.null(i)
				continue
			}
			dst, err := appendFormat(b.next(64), a[0].bytes(i), a[1:], i)
			if err != nil {
				b.null(i)
				continue
			}
			b.put(i, dst)
		}
		return b.finish(), nil
	}, args...)), nil
}

// spec is one conversion: %[index$][flags][width][.precision]verb.
type spec struct {
	index     int // from 1; 0: the next; -1: the one before
	flags     string
	width     int
	precision int // -1: none
	verb      byte
	upper     bool
}

func (s *spec) has(flag byte) bool { return strings.IndexByte(s.flags, flag) >= 0 }

// parseSpec reads what follows a percent sign and returns how many bytes it took.
func parseSpec(t []byte) (s spec, n int, err error) {
	s.precision, s.width = -1, -1
	digits := func() int {
		start := n
		for n < len(t) && t[n] >= '0' && t[n] <= '9' {
			n++
		}
		v, err := strconv.Atoi(string(t[start:n]))
		if err != nil {
			return -1
		}
		return v
	}
	if n < len(t) && t[n] >= '1' && t[n] <= '9' {
		v := digits()
		if n < len(t) && t[n] == '$' {
			s.index = v
			n++
		} else {
			s.width = v
		}
	} else if n < len(t) && t[n] == '<' {
		s.index = -1
		n++
	}
	start := n
	for s.width < 0 && n < len(t) && strings.IndexByte("-#+ 0,(", t[n]) >= 0 {
		n++
	}
	s.flags = string(t[start:n])
	if n < len(t) && t[n] >= '1' && t[n] <= '9' {
		s.width = digits()
	}
	if n < len(t) && t[n] == '.' {
		n++
		if s.precision = digits(); s.precision < 0 {
			return s, n, errFormat
		}
	}
	if n >= len(t) || (s.has('-') || s.has('0')) && s.width < 0 || s.has('-') && s.has('0') {
		return s, n, errFormat
	}
	s.verb = t[n]
	if strings.IndexByte("SBHCXEGA", s.verb) >= 0 {
		s.upper = true
		s.verb += 'a' - 'A'
	}
	return s, n + 1, nil
}

func appendFormat(dst, format []byte, args []arg, i int) ([]byte, error) {
	next, last := 0, -1
	for {
		at := bytes.IndexByte(format, '%')
		if at < 0 {
			return append(dst, format...), nil
		}
		dst = append(dst, format[:at]...)
		s, n, err := parseSpec(format[at+1:])
		if err != nil {
			return dst, err
		}
		format = format[at+1+n:]
		switch s.verb {
		case 'n':
			dst = append(dst, '\n')
			continue
		case '%':
			dst = s.pad(dst, []byte{'%'})
			continue
		}
		k := s.index - 1
		switch s.index {
		case 0:
			k = next
			next++
		case -1:
			k = last
		}
		if k < 0 || k >= len(args) {
			return dst, errFormat
		}
		last = k
		field, err := s.format(args[k], i)
		if err != nil {
			return dst, err
		}
		if s.upper {
			field = text.AppendUpper(nil, field)
		}
		dst = s.pad(dst, field)
	}
}

// pad appends a field with blanks up to the width.
func (s *spec) pad(dst, field []byte) []byte {
	blanks := max(0, s.width-text.Units(field))
	if !s.has('-') {
		dst = append(dst, bytes.Repeat([]byte{' '}, blanks)...)
		blanks = 0
	}
	return append(append(dst, field...), bytes.Repeat([]byte{' '}, blanks)...)
}

func (s *spec) format(a arg, i int) ([]byte, error) {
	if s.verb == 'b' {
		return s.cut(strconv.AppendBool(nil, !a.null(i) && (a.Type.Kind != types.Boolean || a.bool(i)))), nil
	}
	if strings.IndexByte("shcdoxfega", s.verb) < 0 {
		return nil, errFormat
	}
	if a.null(i) {
		return s.cut([]byte("null")), nil
	}
	j := i * a.step
	x, whole := Value(a.Vector, j).(int64)
	whole = whole && (a.Type.IsInteger() || a.Type.Kind == types.Date || a.Type.Kind == types.Time || a.Type.IsInterval())
	switch s.verb {
	case 's':
		return s.cut(javaText(a.Vector, j)), nil
	case 'h':
		h, ok := javaHash(a.Vector, j)
		if !ok {
			return nil, errFormat
		}
		return s.cut(strconv.AppendUint(nil, uint64(uint32(h)), 16)), nil
	case 'c':
		if !whole || a.Type.Kind == types.BigInt || x < 0 || x > utf8.MaxRune {
			return nil, errFormat
		}
		return utf8.AppendRune(nil, rune(x)), nil
	case 'd':
		if !whole || s.precision >= 0 {
			return nil, errFormat
		}
		return s.signed(strconv.AppendUint(nil, uint64(max(x, -x)), 10), x < 0), nil
	case 'o', 'x':
		if !whole || s.precision >= 0 {
			return nil, errFormat
		}
		base := 16
		if s.verb == 'o' {
			base = 8
		}
		mask := uint64(math.MaxUint64) >> (64 - 8*a.Type.Storage().Width())
		digits := strconv.AppendUint(nil, uint64(x)&mask, base)
		if !s.has('#') {
			return s.zeros(digits, 0), nil
		}
		prefix := []byte("0x")
		if s.verb == 'o' {
			prefix = prefix[:1]
		}
		return append(prefix, s.zeros(digits, len(prefix))...), nil
	default:
		f, ok := Value(a.Vector, j).(float64)
		if !ok {
			return nil, errFormat
		}
		return s.float(f)
	}
}

// javaHash is the hashCode of a value by its Java class, for %h.
func javaHash(v *vector.Vector, i int) (int32, bool) {
	fold := func(x uint64) int32 { return int32(x ^ x>>32) }
	switch x := Value(v, i).(type) {
	case bool:
		if x {
			return 1231, true
		}
		return 1237, true
	case float64:
		if v.Type.Kind == types.Float {
			return int32(math.Float32bits(float32(x))), true
		}
		return fold(math.Float64bits(x)), true
	case int64:
		if v.Type.Kind == types.BigInt {
			return fold(uint64(x)), true
		}
		if v.Type.IsInteger() {
			return int32(x), true
		}
	}
	switch {
	case v.Type.Kind == types.Decimal:
		return decimalHash(decimalAt(v, i), v.Type.Scale), true
	case v.Type.IsText():
		return text.Murmur(v.Bytes(i)), true
	default:
		return 0, false
	}
}

// cut applies the precision of text, in UTF-16 units.
func (s *spec) cut(field []byte) []byte {
	if s.precision >= 0 {
		return fitUnits(field, 0, s.precision, false)
	}
	return field
}

// javaText is the text of a value by its Java class: dates and times are numbers, timestamps in ISO form.
func javaText(v *vector.Vector, i int) []byte {
	switch v.Type.Kind {
	case types.Boolean:
		return strconv.AppendBool(nil, v.Bool(i))
	case types.Date, types.Time, types.IntervalYearMonth, types.IntervalDayTime:
		x, _ := Value(v, i).(int64)
		return strconv.AppendInt(nil, x, 10)
	case types.Timestamp, types.TimestampLTZ:
		return localDateTime(stampAt(v, i))
	default:
		return AppendText(nil, v, i, civil.NewZone(nil))
	}
}

// localDateTime is Java's LocalDateTime.toString: the fraction in groups of three digits, the second left out if all is zero.
func localDateTime(t civil.Timestamp) []byte {
	out := civil.AppendTimestamp(nil, t, 9)
	out[bytes.IndexByte(out, ' ')] = 'T'
	for bytes.HasSuffix(out, []byte("000")) && out[len(out)-4] != ':' {
		out = out[:len(out)-3]
		if out[len(out)-1] == '.' {
			out = bytes.TrimSuffix(out[:len(out)-1], []byte(":00"))
			break
		}
	}
	return out
}

// signed adds grouping, zeros and the sign to the digits of a number.
func (s *spec) signed(digits []byte, negative bool) []byte {
	if s.has(',') {
		digits = grouped(digits)
	}
	sign := ""
	switch {
	case negative && s.has('('):
		return append(append([]byte{'('}, s.zeros(digits, 2)...), ')')
	case negative:
		sign = "-"
	case s.has('+'):
		sign = "+"
	case s.has(' '):
		sign = " "
	}
	return append([]byte(sign), s.zeros(digits, len(sign))...)
}

// zeros fills with zeros up to the width less what else the field has.
func (s *spec) zeros(digits []byte, other int) []byte {
	if !s.has('0') {
		return digits
	}
	return append(bytes.Repeat([]byte{'0'}, max(0, s.width-other-len(digits))), digits...)
}

func grouped(digits []byte) []byte {
	whole := digits
	var rest []byte
	if p := bytes.IndexByte(digits, '.'); p >= 0 {
		whole, rest = digits[:p], digits[p:]
	}
	var out []byte
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			out = append(out, ',')
		}
		out = append(out, c)
	}
	return append(out, rest...)
}

func (s *spec) float(f float64) ([]byte, error) {
	if !number.IsFinite(f) {
		if math.IsNaN(f) {
			return []byte("NaN"), nil
		}
		plain := spec{flags: strings.ReplaceAll(s.flags, "0", ""), width: -1}
		return plain.signed([]byte("Infinity"), f < 0), nil
	}
	negative := math.Signbit(f)
	f = math.Abs(f)
	precision := s.precision
	if precision < 0 {
		precision = 6
	}
	switch s.verb {
	case 'f':
		return s.signed(fixedDigits(f, precision), negative), nil
	case 'e':
		return s.signed(scientific(f, precision), negative), nil
	case 'g':
		precision = max(precision, 1)
		if f == 0 {
			return s.signed(fixedDigits(f, precision-1), negative), nil
		}
		_, exp := roundedDigits(f, precision)
		if exp >= -4 && exp < precision {
			return s.signed(fixedDigits(f, precision-exp-1), negative), nil
		}
		return s.signed(scientific(f, precision-1), negative), nil
	default:
		return s.signed(hexDigits(f), negative), nil
	}
}

// roundedDigits rounds the shortest decimal text of f half up to n significant digits: 0.d1d2… is d1.d2… times ten to the exponent.
func roundedDigits(f float64, n int) (digits []byte, exp int) {
	t := strconv.FormatFloat(f, 'e', -1, 64)
	mantissa, e, _ := strings.Cut(t, "e")
	exp, _ = strconv.Atoi(e)
	digits = []byte(strings.Replace(mantissa, ".", "", 1))
	if n < 0 {
		return nil, exp
	}
	if n >= len(digits) {
		return digits, exp
	}
	up := digits[n] >= '5'
	digits = digits[:n]
	for i := n - 1; up && i >= 0; i-- {
		if digits[i] == '9' {
			digits[i] = '0'
			continue
		}
		digits[i]++
		up = false
	}
	if up {
		digits = append([]byte{'1'}, digits...)
		exp++
	}
	return digits, exp
}

func fixedDigits(f float64, precision int) []byte {
	_, exp := roundedDigits(f, 400)
	digits, exp := roundedDigits(f, exp+1+precision)
	if f == 0 {
		digits, exp = nil, 0
	}
	at := func(k int) byte { // the digit for ten to the power of k
		if i := exp - k; i >= 0 && i < len(digits) {
			return digits[i]
		}
		return '0'
	}
	var out []byte
	for k := max(exp, 0); k >= 0; k-- {
		out = append(out, at(k))
	}
	if precision > 0 {
		out = append(out, '.')
		for k := 1; k <= precision; k++ {
			out = append(out, at(-k))
		}
	}
	return out
}

func scientific(f float64, precision int) []byte {
	digits, exp := roundedDigits(f, precision+1)
	if f == 0 {
		digits, exp = []byte{'0'}, 0
	}
	for len(digits) < precision+1 {
		digits = append(digits, '0')
	}
	out := []byte{digits[0]}
	if precision > 0 {
		out = append(append(out, '.'), digits[1:precision+1]...)
	}
	return fmt.Appendf(out, "e%+03d", exp)
}

// hexDigits is Java's Double.toHexString.
func hexDigits(f float64) []byte {
	bits := math.Float64bits(f)
	exp, fraction := int(bits>>52&0x7FF)-1023, bits&(1<<52-1)
	lead := byte('1')
	if exp == -1023 {
		lead, exp = '0', -1022
		if fraction == 0 {
			exp = 0
		}
	}
	h := strings.TrimRight(fmt.Sprintf("%013x", fraction), "0")
	if h == "" {
		h = "0"
	}
	return fmt.Appendf(nil, "0x%c.%sp%d", lead, h, exp)
}

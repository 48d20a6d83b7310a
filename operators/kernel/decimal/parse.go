package decimal

import (
	"math/big"
	"unicode"
	"unicode/utf8"
)

// Parse reads text as CAST(text AS DECIMAL(p, s)) does, rounding half up. ok is
// false for text that is no number or does not fit. Flink has two readers, and
// so has this function: short text for a compact precision is read by the rules
// of its fast path (a lone point is 0, one stray character at the end is
// ignored), everything else by those of Java's BigDecimal.
func Parse(text []byte, p, s int) (r Int128, ok bool) {
	if p <= MaxCompact && len(text) <= MaxCompact {
		return parseCompact(text, p, s)
	}
	return ParseBig(text, p, s)
}

// parseCompact reads at most 18 bytes.
func parseCompact(t []byte, p, s int) (Int128, bool) {
	i, n := 0, len(t)
	for i < n && isBlank(t[i]) {
		i++
	}
	for n > i && isBlank(t[n-1]) {
		n--
	}
	if i == n {
		return Int128{}, false
	}
	negative := t[i] == '-'
	if negative || t[i] == '+' {
		i++
	}
	var (
		v        int64
		scale    int
		seen     bool // a digit or a point
		fraction bool
	)
	for ; i < n; i++ {
		c := t[i]
		if c == '.' && !fraction {
			fraction, seen = true, true
			continue
		}
		if c < '0' || c > '9' {
			break
		}
		v = v*10 + int64(c-'0')
		seen = true
		if fraction {
			scale++
		}
	}
	if !seen {
		return Int128{}, false
	}
	if i < n-1 && (t[i] == 'e' || t[i] == 'E') {
		exp, rest, ok := parseExponent(t[i+1 : n])
		if !ok || rest > 1 {
			return Int128{}, false
		}
		scale -= exp
	} else if i < n-1 {
		return Int128{}, false
	}
	if negative {
		v = -v
	}
	if scale-s > MaxCompact+1 {
		// Flink's table of powers ends here: 1e-400 is refused, not 0.
		return Int128{}, false
	}
	return Rescale(FromInt64(v), scale, s, p)
}

func isBlank(c byte) bool { return c <= ' ' }

// parseExponent reads a signed integer and returns how many bytes follow it.
func parseExponent(t []byte) (exp, rest int, ok bool) {
	i := 0
	negative := len(t) > 0 && t[0] == '-'
	if negative || len(t) > 0 && t[0] == '+' {
		i++
	}
	start := i
	for ; i < len(t) && t[i] >= '0' && t[i] <= '9'; i++ {
		if exp < 1e8 {
			exp = exp*10 + int(t[i]-'0')
		}
	}
	if i == start {
		return 0, 0, false
	}
	if negative {
		exp = -exp
	}
	return exp, len(t) - i, true
}

// ParseBig reads text with the grammar of Java's BigDecimal after trimming
// characters up to the blank: an optional sign, digits (of any script) with an
// optional point, an optional exponent.
func ParseBig(t []byte, p, s int) (r Int128, ok bool) {
	for len(t) > 0 && t[0] <= ' ' {
		t = t[1:]
	}
	for len(t) > 0 && t[len(t)-1] <= ' ' {
		t = t[:len(t)-1]
	}
	num, ok := scanBig(t)
	if !ok {
		return Int128{}, false
	}
	if num.long {
		return num.fitLong(t, p, s)
	}
	v, _ := num.m.signed(num.negative)
	if v == (Int128{}) {
		return v, true
	}
	// Beyond these shifts the result is 0 or does not fit, whatever the digits.
	switch {
	case num.scale-s > 80:
		return Int128{}, true
	case s-num.scale > 80:
		return Int128{}, false
	}
	return Rescale(v, num.scale, s, p)
}

// bigText is a scanned number: its digits as a magnitude (if they fit), and the
// scale that point and exponent give.
type bigText struct {
	m        mag
	scale    int
	negative bool
	long     bool // more than 38 significant digits
	mantissa int  // bytes of sign, digits and point
	digits   int  // significant digits
}

func scanBig(t []byte) (n bigText, ok bool) {
	i := 0
	if i < len(t) && (t[i] == '-' || t[i] == '+') {
		n.negative = t[i] == '-'
		i++
	}
	digits, significant, fraction := 0, 0, false
	for i < len(t) && t[i] != 'e' && t[i] != 'E' {
		if t[i] == '.' {
			if fraction {
				return n, false
			}
			fraction = true
			i++
			continue
		}
		d, size := digitAt(t[i:])
		if d < 0 {
			return n, false
		}
		i += size
		digits++
		if fraction {
			n.scale++
		}
		if significant > 0 || d > 0 {
			significant++
		}
		if significant <= MaxPrecision {
			n.m, _ = mulMag(n.m, mag{lo: 10})
			n.m.lo += uint64(d)
			if n.m.lo < uint64(d) {
				n.m.hi++
			}
		}
	}
	n.mantissa, n.digits = i, significant
	n.long = significant > MaxPrecision
	if digits == 0 {
		return n, false
	}
	if i < len(t) {
		exp, rest, ok := parseExponent(t[i+1:])
		if !ok || rest != 0 {
			return n, false
		}
		n.scale -= exp
	}
	return n, true
}

// digitAt returns the decimal digit at the start of t and its size in bytes,
// or -1.
func digitAt(t []byte) (d, size int) {
	c := t[0]
	if c < utf8.RuneSelf {
		if c < '0' || c > '9' {
			return -1, 0
		}
		return int(c - '0'), 1
	}
	r, size := utf8.DecodeRune(t)
	if !unicode.IsDigit(r) {
		return -1, 0
	}
	// Digits of a script are ten consecutive code points, so the digit's value
	// is the number of digits right below it, modulo ten.
	v := 0
	for unicode.IsDigit(r - rune(v) - 1) {
		v++
	}
	return v % 10, size
}

// fitLong rescales a number of more than 38 significant digits.
func (n bigText) fitLong(t []byte, p, s int) (Int128, bool) {
	if n.scale-s > n.digits {
		return Int128{}, true
	}
	if s-n.scale > 80 {
		return Int128{}, false
	}
	buf := make([]byte, 0, n.mantissa)
	for i := 0; i < n.mantissa; {
		if d, size := digitAt(t[i:]); d >= 0 {
			buf = append(buf, byte('0'+d))
			i += size
			continue
		}
		i++
	}
	b, ok := new(big.Int).SetString(string(buf), 10)
	if !ok {
		return Int128{}, false
	}
	if n.negative {
		b.Neg(b)
	}
	return fitBig(b, n.scale, s, p)
}

package number

import (
	"math"
	"strconv"
	"unsafe"
)

// ParseDouble reads text as Double.parseDouble does: characters up to the blank
// are trimmed, "NaN" and "Infinity" are spelled exactly so, a suffix d or f in
// either case is allowed, hexadecimal needs a p exponent. Values beyond the type
// become an infinity or zero. ok is false for anything else.
func ParseDouble(text []byte) (v float64, ok bool) {
	return parseFloat(text, 64)
}

// ParseFloat reads text as Float.parseFloat does; see ParseDouble.
func ParseFloat(text []byte) (v float32, ok bool) {
	f, ok := parseFloat(text, 32)
	return float32(f), ok
}

// float10 holds the powers of ten that are exact doubles.
//
//nolint:gochecknoglobals // never written, and read per value
var float10 = [23]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

func parseFloat(t []byte, bitSize int) (float64, bool) {
	for len(t) > 0 && t[0] <= ' ' {
		t = t[1:]
	}
	for len(t) > 0 && t[len(t)-1] <= ' ' {
		t = t[:len(t)-1]
	}
	if len(t) == 0 {
		return 0, false
	}
	unsigned := t
	negative := t[0] == '-'
	if negative || t[0] == '+' {
		unsigned = t[1:]
		if len(unsigned) == 0 {
			return 0, false
		}
	}
	switch unsigned[0] {
	case 'N':
		return math.NaN(), string(unsigned) == "NaN"
	case 'I':
		v := math.Inf(1)
		if negative {
			v = math.Inf(-1)
		}
		return v, string(unsigned) == "Infinity"
	}
	var end int
	if len(unsigned) > 2 && unsigned[0] == '0' && unsigned[1]|0x20 == 'x' {
		end = scanHex(unsigned)
	} else {
		var mantissa uint64
		var exp int
		var short bool
		end, mantissa, exp, short = scanDecimal(unsigned)
		if end > 0 && short && bitSize == 64 && exp >= -22 && exp <= 22 {
			if !onlySuffix(unsigned[end:]) {
				return 0, false
			}
			v := float64(mantissa)
			if exp < 0 {
				v /= float10[-exp]
			} else {
				v *= float10[exp]
			}
			if negative {
				v = -v
			}
			return v, true
		}
	}
	if end == 0 || !onlySuffix(unsigned[end:]) {
		return 0, false
	}
	t = t[:len(t)-len(unsigned)+end]
	v, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(t), len(t)), bitSize)
	if err != nil && !math.IsInf(v, 0) {
		return 0, false
	}
	return v, true
}

func onlySuffix(t []byte) bool {
	if len(t) == 0 {
		return true
	}
	c := t[0] | 0x20
	return len(t) == 1 && (c == 'd' || c == 'f')
}

// scanDecimal checks digits [. digits] [e [sign] digits] and returns where it
// ends (0 if malformed). short says that mantissa * 10^exp is the value and the
// mantissa is an exact double.
func scanDecimal(t []byte) (end int, mantissa uint64, exp int, short bool) {
	i, digits := 0, 0
	short = true
	point := false
	for ; i < len(t); i++ {
		c := t[i]
		if c == '.' && !point {
			point = true
			continue
		}
		if c < '0' || c > '9' {
			break
		}
		digits++
		if mantissa > 1<<53/10-1 {
			short = false
		} else {
			mantissa = mantissa*10 + uint64(c-'0')
		}
		if point {
			exp--
		}
	}
	if digits == 0 {
		return 0, 0, 0, false
	}
	if i < len(t) && t[i]|0x20 == 'e' {
		j := i + 1
		negative := j < len(t) && t[j] == '-'
		if negative || j < len(t) && t[j] == '+' {
			j++
		}
		start, e := j, 0
		for ; j < len(t) && t[j] >= '0' && t[j] <= '9'; j++ {
			if e < 1e6 {
				e = e*10 + int(t[j]-'0')
			}
		}
		if j == start {
			return 0, 0, 0, false
		}
		if negative {
			e = -e
		}
		exp += e
		i = j
	}
	return i, mantissa, exp, short
}

// scanHex checks 0x hex [. hex] p [sign] digits and returns where it ends, or 0.
func scanHex(t []byte) int {
	i, digits := 2, 0
	point := false
	for ; i < len(t); i++ {
		c := t[i]
		if c == '.' && !point {
			point = true
			continue
		}
		if c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' {
			digits++
			continue
		}
		break
	}
	if digits == 0 || i == len(t) || t[i]|0x20 != 'p' {
		return 0
	}
	i++
	if i < len(t) && (t[i] == '-' || t[i] == '+') {
		i++
	}
	start := i
	for i < len(t) && t[i] >= '0' && t[i] <= '9' {
		i++
	}
	if i == start {
		return 0
	}
	return i
}

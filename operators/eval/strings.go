package eval

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"

	"millrace/operators/kernel/decimal"
	"millrace/operators/kernel/text"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

func registerStrings(r registry) {
	r.strict(buildCaseMapping, "UPPER", "LOWER")
	r.texts(traits{}, fixed(textFunc(func(a []arg, i int, dst []byte) ([]byte, error) { return text.AppendInitcap(dst, a[0].bytes(i)), nil })), "INITCAP")
	r.texts(traits{}, fixed(textFunc(func(a []arg, i int, dst []byte) ([]byte, error) { return text.AppendReverse(dst, a[0].bytes(i)), nil })), "REVERSE")
	r.texts(traits{}, fixed(textFunc(func(a []arg, i int, dst []byte) ([]byte, error) {
		s, n := a[0].bytes(i), clampInt(a[1].int(i))
		fits(len(dst) + len(s)*max(n, 0))
		return text.AppendRepeat(dst, s, n), nil
	})), "REPEAT")
	r.texts(traits{}, fixed(textFunc(func(a []arg, i int, dst []byte) ([]byte, error) {
		if len(a[1].bytes(i)) == 0 {
			return interspersed(dst, a[0].bytes(i), a[2].bytes(i)), nil
		}
		return text.AppendReplace(dst, a[0].bytes(i), a[1].bytes(i), a[2].bytes(i)), nil
	})), "REPLACE")
	r.texts(traits{loose: true}, fixed(textFunc(translate)), "TRANSLATE", "TRANSLATE3")
	r.strict(buildConcat, "CONCAT", "||")
	r.texts(traits{loose: true}, fixed(textFunc(concatSeparated)), "CONCAT_WS")
	r.texts(traits{loose: true}, makeElt, "ELT")
	r.texts(traits{}, makeOverlay, "OVERLAY")
	r.texts(traits{}, fixed(pad(text.AppendPadLeft)), "LPAD")
	r.texts(traits{}, fixed(pad(text.AppendPadRight)), "RPAD")
	r.texts(traits{}, fixed(textFunc(func(a []arg, i int, dst []byte) ([]byte, error) { return text.AppendChr(dst, a[0].int(i)), nil })), "CHR")
	registerSlices(r)
	registerSearch(r)
	registerCodecs(r)
}

// clampInt narrows an integer argument to the int of the kernels.
func clampInt(x int64) int { return int(max(math.MinInt32, min(x, math.MaxInt32))) }

// registerSlices registers functions whose result is a part of their argument.
func registerSlices(r registry) {
	part := func(fn func(a []arg, i int) ([]byte, bool), names ...string) {
		r.texts(traits{}, fixed(textFunc(func(a []arg, i int, dst []byte) ([]byte, error) {
			p, ok := fn(a, i)
			if !ok {
				return dst, errNull
			}
			return append(dst, p...), nil
		})), names...)
	}
	part(substring, "")
	general := r[""].build
	delete(r, "")
	r.strict(func(c *compiler, e *expr.Expr, args []*node) (*node, error) {
		return buildSubstring(c, e, args, general)
	}, "SUBSTRING", "SUBSTR")
	part(func(a []arg, i int) ([]byte, bool) { return text.Left(a[0].bytes(i), clampInt(a[1].int(i))), true }, "LEFT")
	part(func(a []arg, i int) ([]byte, bool) { return text.Right(a[0].bytes(i), clampInt(a[1].int(i))), true }, "RIGHT")
	trim := func(fn func(s, chars []byte) []byte) func(a []arg, i int) ([]byte, bool) {
		blank := []byte{' '}
		return func(a []arg, i int) ([]byte, bool) {
			chars := blank
			if len(a) > 1 {
				chars = a[1].bytes(i)
			}
			return fn(a[0].bytes(i), chars), true
		}
	}
	part(trim(text.TrimLeft), "LTRIM")
	part(trim(text.TrimRight), "RTRIM")
	part(trim(text.Trim), "BTRIM")
	r.texts(traits{}, makeTrim, "TRIM")
	r.texts(traits{}, makeSplitIndex, "SPLIT_INDEX")
	one := r["SPLIT_INDEX"].build
	r.strict(func(c *compiler, e *expr.Expr, args []*node) (*node, error) { return buildSplitIndex(c, e, args, one) }, "SPLIT_INDEX")
}

func substring(a []arg, i int) ([]byte, bool) {
	if len(a) == 2 {
		if a[0].Type.IsBinary() {
			return substringBytes(a[0].bytes(i), a[1].int(i), math.MaxInt32)
		}
		return text.Substring(a[0].bytes(i), clampInt(a[1].int(i))), true
	}
	if a[0].Type.IsBinary() {
		return substringBytes(a[0].bytes(i), a[1].int(i), a[2].int(i))
	}
	return text.SubstringLen(a[0].bytes(i), clampInt(a[1].int(i)), clampInt(a[2].int(i)))
}

func substringBytes(s []byte, pos, n int64) ([]byte, bool) {
	if n < 0 {
		return nil, false
	}
	size := int64(len(s))
	from := max(pos-1, 0)
	if pos < 0 {
		from = size + pos
	}
	if from < 0 || from >= size {
		return nil, true
	}
	return s[from:min(from+n, size)], true
}

// makeTrim is TRIM(Symbol, characters, text).
func makeTrim(_ *compiler, e *expr.Expr, _ []*node) (textFunc, error) {
	fn := text.Trim
	switch symbol(e, 0) {
	case "LEADING":
		fn = text.TrimLeft
	case "TRAILING":
		fn = text.TrimRight
	}
	return func(a []arg, i int, dst []byte) ([]byte, error) {
		return append(dst, fn(a[2].bytes(i), a[1].bytes(i))...), nil
	}, nil
}

func makeSplitIndex(_ *compiler, _ *expr.Expr, args []*node) (textFunc, error) {
	code := args[1].typ.IsInteger()
	return func(a []arg, i int, dst []byte) ([]byte, error) {
		var p []byte
		var ok bool
		if code {
			p, ok = text.SplitIndexCode(a[0].bytes(i), clampInt(a[1].int(i)), clampInt(a[2].int(i)))
		} else {
			p, ok = text.SplitIndex(a[0].bytes(i), a[1].bytes(i), clampInt(a[2].int(i)))
		}
		if !ok {
			return dst, errNull
		}
		return append(dst, p...), nil
	}, nil
}

// interspersed is REPLACE of the empty text, which Java finds around every character.
func interspersed(dst, s, by []byte) []byte {
	dst = append(dst, by...)
	for len(s) > 0 {
		_, n := utf8.DecodeRune(s)
		dst = append(append(dst, s[:n]...), by...)
		s = s[n:]
	}
	return dst
}

func translate(a []arg, i int, dst []byte) ([]byte, error) {
	if a[0].null(i) {
		return dst, errNull
	}
	s := a[0].bytes(i)
	if a[1].null(i) || len(a[1].bytes(i)) == 0 {
		return append(dst, s...), nil
	}
	var to []byte
	if !a[2].null(i) {
		to = a[2].bytes(i)
	}
	return text.AppendTranslate(dst, s, a[1].bytes(i), to), nil
}

func concatSeparated(a []arg, i int, dst []byte) ([]byte, error) {
	if a[0].null(i) {
		return dst, errNull
	}
	first := true
	for _, x := range a[1:] {
		if x.null(i) {
			continue
		}
		if !first {
			dst = append(dst, a[0].bytes(i)...)
		}
		first = false
		dst = append(dst, x.bytes(i)...)
	}
	return dst, nil
}

// makeElt is ELT(n, e1, …), the n-th of its arguments.
func makeElt(_ *compiler, _ *expr.Expr, _ []*node) (textFunc, error) {
	return func(a []arg, i int, dst []byte) ([]byte, error) {
		if a[0].null(i) {
			return dst, errNull
		}
		n := a[0].int(i)
		if n < 1 || n >= int64(len(a)) || a[n].null(i) {
			return dst, errNull
		}
		return append(dst, a[n].bytes(i)...), nil
	}, nil
}

func makeOverlay(_ *compiler, _ *expr.Expr, args []*node) (textFunc, error) {
	if len(args) == 3 {
		return func(a []arg, i int, dst []byte) ([]byte, error) {
			return text.AppendOverlayAll(dst, a[0].bytes(i), a[1].bytes(i), clampInt(a[2].int(i))), nil
		}, nil
	}
	return func(a []arg, i int, dst []byte) ([]byte, error) {
		return text.AppendOverlay(dst, a[0].bytes(i), a[1].bytes(i), clampInt(a[2].int(i)), clampInt(a[3].int(i))), nil
	}, nil
}

func pad(fn func(dst, s []byte, n int, pad []byte) ([]byte, bool)) textFunc {
	return func(a []arg, i int, dst []byte) ([]byte, error) {
		n := clampInt(a[1].int(i))
		fits(len(dst) + max(n, 0))
		out, ok := fn(dst, a[0].bytes(i), n, a[2].bytes(i))
		if !ok {
			return dst, errNull
		}
		return out, nil
	}
}

// registerSearch registers functions that find, test and measure.
func registerSearch(r registry) {
	integer := func(fn func(a []arg, i int) int64, names ...string) {
		r.ints(traits{}, fixed(intFunc(func(a []arg, i int) (int64, error) { return fn(a, i), nil })), names...)
	}
	r.strict(buildLength, "CHAR_LENGTH", "CHARACTER_LENGTH")
	integer(func(a []arg, i int) int64 {
		if len(a) > 2 {
			return int64(text.PositionFrom(a[0].bytes(i), a[1].bytes(i), clampInt(a[2].int(i))))
		}
		return int64(text.Position(a[0].bytes(i), a[1].bytes(i)))
	}, "POSITION", "LOCATE")
	r.ints(traits{fails: true}, fixed(intFunc(instr)), "INSTR")
	integer(func(a []arg, i int) int64 { return int64(text.ASCII(a[0].bytes(i))) }, "ASCII")
	r.bools(traits{}, fixed(boolFunc(func(a []arg, i int) (bool, error) { return bytes.HasPrefix(a[0].bytes(i), a[1].bytes(i)), nil })), "STARTSWITH")
	r.bools(traits{}, fixed(boolFunc(func(a []arg, i int) (bool, error) { return bytes.HasSuffix(a[0].bytes(i), a[1].bytes(i)), nil })), "ENDSWITH")
	r.bools(traits{loose: true}, kindTest(text.IsAlpha, func(types.Type) bool { return false }), "IS_ALPHA")
	r.bools(traits{loose: true}, kindTest(text.IsDigit, types.Type.IsInteger), "IS_DIGIT")
	r.bools(traits{loose: true}, kindTest(text.IsDecimal, func(t types.Type) bool { return t.Kind != types.Decimal }), "IS_DECIMAL")
	r.strict(buildPattern, "LIKE", "SIMILAR TO")
	r.ints(traits{}, makeHashCode, "HASH_CODE")
}

func instr(a []arg, i int) (int64, error) {
	start, nth := 1, 1
	if len(a) > 2 {
		start = clampInt(a[2].int(i))
	}
	if len(a) > 3 {
		if nth = clampInt(a[3].int(i)); nth <= 0 {
			return 0, fmt.Errorf("occurrence %d is not positive", nth)
		}
	}
	return int64(text.Instr(a[0].bytes(i), a[1].bytes(i), start, nth)), nil
}

// kindTest is IS_ALPHA and its like: FALSE for NULL; of numbers other than text it is what number says.
func kindTest(fn func(s []byte) bool, number func(t types.Type) bool) maker[boolFunc] {
	return func(_ *compiler, _ *expr.Expr, args []*node) (boolFunc, error) {
		if t := args[0].typ; !t.IsText() {
			is := number(t)
			return func([]arg, int) (bool, error) { return is, nil }, nil
		}
		return func(a []arg, i int) (bool, error) { return !a[0].null(i) && fn(a[0].bytes(i)), nil }, nil
	}
}

// makeHashCode is Java's hashCode of a value.
func makeHashCode(_ *compiler, e *expr.Expr, _ []*node) (intFunc, error) {
	fold := func(x int64) int64 { return int64(int32(x ^ int64(uint64(x)>>32))) }
	switch t := e.Args[0].Type; {
	case t.IsText():
		return func(a []arg, i int) (int64, error) {
			h := text.HashCode(a[0].bytes(i))
			return int64(max(h, -h)), nil // as Math.abs: the least number stays negative
		}, nil
	case t.Kind == types.Boolean:
		return func(a []arg, i int) (int64, error) {
			if a[0].bool(i) {
				return 1231, nil
			}
			return 1237, nil
		}, nil
	case t.Kind == types.BigInt:
		return func(a []arg, i int) (int64, error) { return fold(a[0].int(i)), nil }, nil
	case t.IsInteger():
		return func(a []arg, i int) (int64, error) { return a[0].int(i), nil }, nil
	case t.Kind == types.Double:
		return func(a []arg, i int) (int64, error) {
			x := a[0].float(i)
			if x != x {
				return 0x7ff80000, nil
			}
			return fold(int64(math.Float64bits(x))), nil
		}, nil
	case t.Kind == types.Float:
		return func(a []arg, i int) (int64, error) {
			x := a[0].float(i)
			if x != x {
				return 0x7fc00000, nil
			}
			return int64(int32(math.Float32bits(float32(x)))), nil
		}, nil
	case t.Kind == types.Date || t.Kind == types.Time || t.Kind == types.IntervalYearMonth:
		return func(a []arg, i int) (int64, error) { return int64(vector.Values[int32](a[0].Vector)[i*a[0].step]), nil }, nil
	case t.Kind == types.Decimal:
		return func(a []arg, i int) (int64, error) {
			return int64(decimalHash(decimalAt(a[0].Vector, i*a[0].step), t.Scale)), nil
		}, nil
	case t.IsTimestamp():
		return func(a []arg, i int) (int64, error) {
			ts := stampAt(a[0].Vector, i*a[0].step)
			return int64(31*int32(fold(ts.Millis)) + ts.Nanos), nil
		}, nil
	default:
		return nil, unsupported(e)
	}
}

// decimalHash is the hash of Java's BigDecimal: of the words of the magnitude and the scale.
func decimalHash(x decimal.Int128, scale int) int32 {
	m := x.Abs()
	words := [4]uint32{uint32(uint64(m.Hi) >> 32), uint32(m.Hi), uint32(m.Lo >> 32), uint32(m.Lo)}
	h := int32(0)
	for _, w := range words {
		h = 31*h + int32(w)
	}
	if x.Sign() < 0 {
		h = -h
	}
	return 31*h + int32(scale)
}

// buildCaseMapping compiles UPPER and LOWER: over the whole buffer at once while it is ASCII.
func buildCaseMapping(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	upper := e.Func == "UPPER"
	each := text.AppendLower
	if upper {
		each = text.AppendUpper
	}
	return c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		v := vs[0]
		if v.Len != f.n {
			v = repeat(f.pool, v, f.n)
			defer v.Release()
		}
		from, to := int(v.Offsets[0]), int(v.Offsets[v.Len])
		src := v.Data[from:to]
		if !isASCII(src) {
			b := f.textBuffer(e.Type, len(src))
			strictValid(f, b.out, v)
			for i := range f.n {
				if b.out.IsNull(i) {
					b.skip(i)
					continue
				}
				b.put(i, each(b.next(len(v.Bytes(i))+16), v.Bytes(i)))
			}
			return b.finish(), nil
		}
		out := f.newBytes(e.Type, len(src))
		out.Data = out.Data[:len(src)]
		for i := range v.Len + 1 {
			out.Offsets[i] = v.Offsets[i] - int32(from)
		}
		strictValid(f, out, v)
		mapASCII(out.Data, src, upper)
		return out, nil
	}, args...), nil
}

func isASCII(b []byte) bool {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		if binary.LittleEndian.Uint64(b[i:])&0x8080808080808080 != 0 {
			return false
		}
	}
	for ; i < len(b); i++ {
		if b[i] >= 0x80 {
			return false
		}
	}
	return true
}

// mapASCII changes the case of ASCII letters, eight bytes at a time: a byte is in [lo, lo+25] if adding 128-lo sets its top bit and adding
// 127-hi does not.
func mapASCII(dst, src []byte, upper bool) {
	lo := uint64('A')
	if upper {
		lo = 'a'
	}
	const ones = 0x0101010101010101
	above, over := (128-lo)*ones, (127-(lo+25))*ones
	i := 0
	for ; i+8 <= len(src); i += 8 {
		w := binary.LittleEndian.Uint64(src[i:])
		in := (w + above) & ^(w + over) & 0x8080808080808080
		binary.LittleEndian.PutUint64(dst[i:], w^in>>2)
	}
	for ; i < len(src); i++ {
		c := src[i]
		if uint64(c)-lo <= 25 {
			c ^= 0x20
		}
		dst[i] = c
	}
}

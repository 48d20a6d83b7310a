package eval

import (
	"fmt"
	"math"
	"time"

	"millrace/operators/kernel/civil"
	"millrace/operators/kernel/decimal"
	"millrace/operators/kernel/jpattern"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

func registerDateFormat(r registry) {
	r.strict(buildDateFormat, "DATE_FORMAT")
	r.texts(traits{fails: true}, makeFromUnixTime, "FROM_UNIXTIME")
	r.texts(traits{}, makeConvertZone, "CONVERT_TZ")
	r.strict(buildToTimestamp, "TO_TIMESTAMP")
	r.strict(buildToTimestampLTZ, "TO_TIMESTAMP_LTZ")
	r.ints(traits{fails: true}, makeToDate, "TO_DATE")
	r.add(buildUnixTimestamp, "UNIX_TIMESTAMP")
}

const sqlTimestamp = "yyyy-MM-dd HH:mm:ss"

// patterns keeps the compiled form of a pattern argument: of the constant one, or of the last one seen.
type patterns[P any] struct {
	compile func(text string) (*P, error)
	text    string
	last    *P
	err     error
	have    bool
}

func (p *patterns[P]) get(text []byte) (*P, error) {
	if !p.have || p.text != string(text) {
		p.text, p.have = string(text), true
		p.last, p.err = p.compile(p.text)
	}
	return p.last, p.err
}

func printer(text string) (*jpattern.Pattern, error) {
	p, err := jpattern.Compile(text)
	if err == nil {
		err = p.CanFormat()
	}
	return p, err
}

func reader(text string) (*jpattern.Pattern, error) {
	p, err := jpattern.Compile(text)
	if err == nil {
		err = p.CanParse()
	}
	return p, err
}

func legacyReader(text string) (*jpattern.Legacy, error) {
	p, err := jpattern.CompileLegacy(text)
	if err == nil {
		err = p.CanParse()
	}
	return p, err
}

// granule is how long, in milliseconds, the text of a pattern stays the same: the smallest field that it prints.
func granule(pattern string) int64 {
	g := int64(civil.MillisPerDay)
	quoted := false
	for _, c := range pattern {
		switch {
		case c == '\'':
			quoted = !quoted
		case quoted:
		default:
			switch c {
			case 'H', 'h', 'k', 'K', 'a', 'B':
				g = min(g, 3_600_000)
			case 'm':
				g = min(g, 60_000)
			case 's':
				g = min(g, 1000)
			case 'S', 'A', 'n', 'N':
				g = 1
			}
		}
	}
	return g
}

// buildDateFormat compiles DATE_FORMAT of a timestamp, or of text in the form of a timestamp.
func buildDateFormat(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	x := args[0]
	if x.typ.IsText() {
		m := registry{}
		m.texts(traits{fails: true}, makeReformat, "")
		return m[""].build(c, e, args)
	}
	if x.typ.Kind == types.Date {
		var err error
		if x, err = c.coerce(x, types.TimestampType(3)); err != nil {
			return nil, err
		}
	}
	if !x.typ.IsTimestamp() {
		return nil, unsupported(e)
	}
	if x.typ.Kind == types.TimestampLTZ {
		local := x.typ
		local.Kind = types.Timestamp
		var err error
		if x, err = c.coerce(x, local); err != nil {
			return nil, err
		}
	}
	ps := &patterns[jpattern.Pattern]{compile: printer}
	n := c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		return formatStamps(f, e.Type, vs, ps)
	}, x, args[1])
	if args[1].konst != nil {
		if _, err := printer(string(args[1].konst.Bytes(0))); err == nil {
			return dear(n), nil
		}
	}
	return failing(n), nil
}

// formatStamps formats with the text of the value before while the moment stays inside its granule.
func formatStamps(f *frame, t types.Type, vs []*vector.Vector, ps *patterns[jpattern.Pattern]) (*vector.Vector, error) {
	b := f.textBuffer(t, 16*f.n)
	strictValid(f, b.out, vs...)
	sx, sp := step(f, vs[0]), step(f, vs[1])
	var p *jpattern.Pattern
	unit, low, last := int64(1), int64(0), -1
	if sp == 0 && sx == 1 && vs[0].Type.TimeUnit() == 1e3 {
		p, err := ps.get(vs[1].Bytes(0))
		if err != nil {
			b.finish().Release()
			return nil, err
		}
		return formatMillis(&b, vector.Values[int64](vs[0]), p, granule(ps.text)), nil
	}
	for i := range f.n {
		if b.out.IsNull(i) {
			b.skip(i)
			continue
		}
		if p == nil || sp != 0 {
			var err error
			if p, err = ps.get(vs[1].Bytes(i * sp)); err != nil {
				b.finish().Release()
				return nil, err
			}
			unit, last = granule(ps.text), -1
		}
		ts := stampAt(vs[0], i*sx)
		if unit > 1 && last >= 0 && uint64(ts.Millis-low) < uint64(unit) {
			from, to := b.out.Offsets[last], b.out.Offsets[last+1]
			dst := b.next(int(to - from))
			b.put(i, append(dst, dst[from:to]...))
			continue
		}
		b.put(i, p.Append(b.next(64), ts))
		last, low = i, ts.Millis-floorMod(ts.Millis, unit)
	}
	return b.finish(), nil
}

// formatMillis is formatStamps for milliseconds and a constant pattern.
func formatMillis(b *textBuffer, src []int64, p *jpattern.Pattern, unit int64) *vector.Vector {
	low, have := int64(0), false
	var text [64]byte
	last := text[:0]
	for i, x := range src {
		if b.out.IsNull(i) {
			b.skip(i)
			continue
		}
		if !have || uint64(x-low) >= uint64(unit) {
			last = p.Append(last[:0], civil.Timestamp{Millis: x})
			low, have = x-floorMod(x, unit), true
		}
		b.add(i, last)
	}
	return b.finish()
}

// makeReformat is DATE_FORMAT of text: read as a timestamp and printed with Java's older patterns.
func makeReformat(_ *compiler, _ *expr.Expr, _ []*node) (textFunc, error) {
	in, err := legacyReader(sqlTimestamp)
	if err != nil {
		return nil, err
	}
	utc := civil.NewZone(time.UTC)
	ps := &patterns[jpattern.Legacy]{compile: jpattern.CompileLegacy}
	return func(a []arg, i int, dst []byte) ([]byte, error) {
		p, err := ps.get(a[1].bytes(i))
		if err != nil {
			return dst, err
		}
		ms, ok := in.Parse(a[0].bytes(i), utc)
		if !ok {
			return dst, errNull
		}
		return p.Append(dst, ms, utc), nil
	}, nil
}

// makeFromUnixTime is FROM_UNIXTIME(seconds [, pattern]).
func makeFromUnixTime(c *compiler, _ *expr.Expr, _ []*node) (textFunc, error) {
	zone := civil.NewZone(c.env.Zone)
	ps := &patterns[jpattern.Legacy]{compile: jpattern.CompileLegacy}
	return func(a []arg, i int, dst []byte) ([]byte, error) {
		pattern := []byte(sqlTimestamp)
		if len(a) > 1 {
			pattern = a[1].bytes(i)
		}
		p, err := ps.get(pattern)
		if err != nil {
			return dst, err
		}
		return p.Append(dst, a[0].int(i)*1000, zone), nil
	}, nil
}

// makeConvertZone is CONVERT_TZ(text, from, to).
func makeConvertZone(_ *compiler, _ *expr.Expr, _ []*node) (textFunc, error) {
	p, err := legacyReader(sqlTimestamp)
	if err != nil {
		return nil, err
	}
	load := func(name string) (*civil.Zone, error) { return civil.NewZone(civil.LoadLegacyZone(name)), nil }
	from, to := &patterns[civil.Zone]{compile: load}, &patterns[civil.Zone]{compile: load}
	return func(a []arg, i int, dst []byte) ([]byte, error) {
		zf, _ := from.get(a[1].bytes(i))
		zt, _ := to.get(a[2].bytes(i))
		ms, ok := p.Parse(a[0].bytes(i), zf)
		if !ok {
			return dst, errNull
		}
		return p.Append(dst, ms, zt), nil
	}, nil
}

// makeToDate is TO_DATE(text [, pattern]): NULL for text that does not fit.
func makeToDate(_ *compiler, _ *expr.Expr, args []*node) (intFunc, error) {
	if len(args) == 1 {
		return func(a []arg, i int) (int64, error) {
			d, ok := civil.ParseDate(a[0].bytes(i))
			if !ok {
				return 0, errNull
			}
			return int64(d), nil
		}, nil
	}
	utc := civil.NewZone(time.UTC)
	ps := &patterns[jpattern.Legacy]{compile: legacyReader}
	return func(a []arg, i int) (int64, error) {
		p, err := ps.get(a[1].bytes(i))
		if err != nil {
			return 0, err
		}
		ms, ok := p.Parse(a[0].bytes(i), utc)
		if !ok {
			return 0, errNull
		}
		d, _ := civil.SplitDay(ms)
		return int64(d), nil
	}, nil
}

// stamps makes a node whose result is a timestamp, from a function of one row.
func (c *compiler) stamps(e *expr.Expr, fn func(a []arg, i int) (civil.Timestamp, error), args ...*node) *node {
	return c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		var space [4]arg
		a := bind(f, vs, space[:0])
		out := f.new(e.Type)
		strictValid(f, out, vs...)
		for i := range f.n {
			if out.IsNull(i) {
				clearValue(out, i)
				continue
			}
			t, err := fn(a, i)
			switch err {
			case nil:
			case errNull: //nolint:errorlint // per row, and errNull is never wrapped
				out.SetNull(i)
			default:
				out.Release()
				return nil, err
			}
			putStamp(out, i, t)
		}
		return out, nil
	}, args...)
}

// buildToTimestamp compiles TO_TIMESTAMP(text [, pattern]): NULL for text, or a pattern, that is none.
func buildToTimestamp(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	if len(args) == 1 {
		return dear(c.stamps(e, func(a []arg, i int) (civil.Timestamp, error) {
			t, ok := civil.ParseTimestamp(a[0].bytes(i))
			if !ok {
				return t, errNull
			}
			return t, nil
		}, args...)), nil
	}
	ps := &patterns[jpattern.Pattern]{compile: reader}
	return dear(c.stamps(e, func(a []arg, i int) (civil.Timestamp, error) {
		p, err := ps.get(a[1].bytes(i))
		if err != nil {
			return civil.Timestamp{}, errNull
		}
		t, ok := p.ParseLenient(a[0].bytes(i))
		if !ok {
			return t, errNull
		}
		return t, nil
	}, args...)), nil
}

// buildToTimestampLTZ compiles TO_TIMESTAMP_LTZ of a number in units of 10^-precision seconds, and of text in a zone.
func buildToTimestampLTZ(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	if args[0].typ.IsNumeric() {
		return c.epoch(e, args)
	}
	if len(args) == 1 {
		return failing(c.stamps(e, func(a []arg, i int) (civil.Timestamp, error) {
			t, ok := civil.ParseTimestamp(a[0].bytes(i))
			if !ok {
				return t, fmt.Errorf("text '%s' is no timestamp", a[0].bytes(i))
			}
			return t, nil
		}, args...)), nil
	}
	ps := &patterns[jpattern.Pattern]{compile: reader}
	zones := &patterns[civil.Zone]{compile: func(name string) (*civil.Zone, error) {
		loc, err := civil.LoadZone(name)
		return civil.NewZone(loc), err
	}}
	return dear(c.stamps(e, func(a []arg, i int) (civil.Timestamp, error) {
		p, err := ps.get(a[1].bytes(i))
		if err != nil {
			return civil.Timestamp{}, errNull
		}
		t, ok := p.ParseLenient(a[0].bytes(i))
		if !ok {
			return t, errNull
		}
		if len(a) > 2 {
			z, err := zones.get(a[2].bytes(i))
			if err != nil {
				return t, errNull
			}
			t.Millis = z.ToInstant(t.Millis)
		}
		return t, nil
	}, args...)), nil
}

// The moments that a number can give are those of the years 0001 to 9999.
const (
	firstEpochMillis = -62_135_596_800_000
	lastEpochMillis  = 253_402_300_799_999
)

// epoch compiles TO_TIMESTAMP_LTZ(number [, precision]). A DECIMAL is cut to an integer; of a DOUBLE the fraction counts.
func (c *compiler) epoch(e *expr.Expr, args []*node) (*node, error) {
	args, err := c.prepare(args)
	if err != nil {
		return nil, err
	}
	fraction := args[0].typ.Kind == types.Double
	if args[0].typ.Kind == types.Decimal {
		if err := c.coerceTo(&args[0], types.BigIntType()); err != nil {
			return nil, err
		}
	}
	n := c.stamps(e, func(a []arg, i int) (civil.Timestamp, error) {
		p := int64(3)
		if len(a) > 1 {
			p = a[1].int(i)
		}
		if p < 0 || p > 9 {
			return civil.Timestamp{}, fmt.Errorf("precision %d is not between 0 and 9", p)
		}
		var t civil.Timestamp
		if fraction {
			nanos := a[0].float(i) * math.Pow10(int(9-p))
			if math.Abs(nanos) < 1<<62 { // as a whole number, so that no fraction is rounded up
				t = civil.FromNanos(decimal.FromInt64(int64(math.Floor(nanos))))
				if t.Millis < firstEpochMillis || t.Millis > lastEpochMillis {
					return t, errNull
				}
				return t, nil
			}
			ms := math.Floor(nanos / 1e6)
			if !(ms >= firstEpochMillis && ms <= lastEpochMillis) {
				return t, errNull
			}
			rest := nanos - ms*1e6
			t = civil.Timestamp{Millis: int64(ms), Nanos: int32(max(0, min(rest, 999_999)))}
		} else {
			nanos, ok := decimal.FromInt64(a[0].int(i)).MulChecked(decimal.FromInt64(decimal.Pow10(int(9 - p))))
			if !ok {
				return t, errNull
			}
			t = civil.FromNanos(nanos)
		}
		if t.Millis < firstEpochMillis || t.Millis > lastEpochMillis {
			return t, errNull
		}
		return t, nil
	}, args...)
	if len(args) > 1 && args[1].konst == nil {
		failing(n)
	}
	return n, nil
}

// buildUnixTimestamp compiles UNIX_TIMESTAMP() and UNIX_TIMESTAMP(text [, pattern]), which is the smallest BIGINT for text that does not fit.
func buildUnixTimestamp(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	if len(args) == 0 {
		if c.env.Now == nil {
			return nil, fmt.Errorf("function %s needs a clock, which there is none of here", e.Func)
		}
		n := c.special(e, e.Type, func(_ *node, f *frame) (*vector.Vector, error) {
			out := f.new(e.Type)
			now := f.rowMillis()
			for i := range f.n {
				vector.Values[int64](out)[i] = (now - floorMod(now, 1000)) / 1000
			}
			return out, nil
		})
		n.random = true
		return n, nil
	}
	m := registry{}
	m.ints(traits{fails: true}, makeUnixTimestamp, "")
	for _, a := range args {
		if a.isNull() {
			return c.null(e.Type), nil
		}
	}
	return m[""].build(c, e, args)
}

func makeUnixTimestamp(c *compiler, _ *expr.Expr, _ []*node) (intFunc, error) {
	zone := civil.NewZone(c.env.Zone)
	ps := &patterns[jpattern.Legacy]{compile: legacyReader}
	return func(a []arg, i int) (int64, error) {
		pattern := []byte(sqlTimestamp)
		if len(a) > 1 {
			pattern = a[1].bytes(i)
		}
		p, err := ps.get(pattern)
		if err != nil {
			return 0, err
		}
		ms, ok := p.Parse(a[0].bytes(i), zone)
		if !ok {
			return math.MinInt64, nil
		}
		return ms / 1000, nil
	}, nil
}

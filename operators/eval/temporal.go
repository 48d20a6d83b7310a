package eval

import (
	"fmt"

	"millrace/operators/kernel/civil"
	"millrace/operators/kernel/decimal"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

func registerTemporal(r registry) {
	r.strict(buildExtract, "EXTRACT")
	for name, unit := range map[string]string{
		"YEAR": "YEAR", "QUARTER": "QUARTER", "MONTH": "MONTH", "WEEK": "WEEK", "DAYOFYEAR": "DOY",
		"DAYOFMONTH": "DAY", "DAYOFWEEK": "DOW", "HOUR": "HOUR", "MINUTE": "MINUTE", "SECOND": "SECOND",
	} {
		r.strict(func(c *compiler, e *expr.Expr, args []*node) (*node, error) { return c.extract(e, unit, args[0]) }, name)
	}
	r.strict(buildTimestampAdd, "TIMESTAMPADD")
	r.strict(buildTimestampDiff, "TIMESTAMPDIFF")
	r.strict(buildMinusDate, "MINUS_DATE")
	r.add(buildOverlaps, "OVERLAPS")
	r.add(buildClock, "CURRENT_TIMESTAMP", "NOW", "CURRENT_ROW_TIMESTAMP", "PROCTIME", "PROCTIME_MATERIALIZE", "CURRENT_DATE",
		"CURRENT_TIME", "LOCALTIME", "LOCALTIMESTAMP")
	r.add(buildWatermark, "CURRENT_WATERMARK")
}

func unitOf(name string) (civil.Unit, error) {
	u, ok := civil.ParseUnit(name)
	if !ok {
		return 0, fmt.Errorf("time unit %q is not supported yet", name)
	}
	return u, nil
}

func buildExtract(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	return c.extract(e, symbol(e, 0), args[1])
}

// extract compiles a field of a temporal value or interval.
func (c *compiler) extract(e *expr.Expr, name string, x *node) (*node, error) {
	u, err := unitOf(name)
	if err != nil {
		return nil, err
	}
	t := x.typ
	if t.Kind == types.TimestampLTZ {
		local := t
		local.Kind = types.Timestamp
		if x, err = c.coerce(x, local); err != nil {
			return nil, err
		}
		t = local
	}
	var k kernel
	switch {
	case t.Kind == types.Date:
		k = extractInts(e.Type, func(d int32) int64 { return civil.ExtractDate(u, d) })
	case t.Kind == types.Time:
		k = extractInts(e.Type, func(ms int32) int64 { return civil.ExtractTime(u, ms) })
	case t.Kind == types.IntervalYearMonth:
		k = extractInts(e.Type, func(m int32) int64 { return civil.ExtractMonths(u, m) })
	case t.Kind == types.IntervalDayTime:
		k = extractInts(e.Type, func(ms int64) int64 { return civil.ExtractDayTime(u, ms) })
	case t.Kind == types.Timestamp && t.TimeUnit() == 1e3:
		k = extractMillis(e.Type, u)
	case t.Kind == types.Timestamp:
		k = func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
			out := f.new(e.Type)
			strictValid(f, out, vs...)
			for i := range f.n {
				putInt(out, i, civil.Extract(u, stampAt(vs[0], i*step(f, vs[0]))))
			}
			return out, nil
		}
	default:
		return nil, unsupported(e)
	}
	return c.call(e, e.Type, k, x), nil
}

func extractInts[T int32 | int64](t types.Type, fn func(T) int64) kernel {
	return func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		out := f.new(t)
		strictValid(f, out, vs...)
		src, s := vector.Values[T](vs[0]), step(f, vs[0])
		for i := range f.n {
			putInt(out, i, fn(src[i*s]))
		}
		return out, nil
	}
}

// extractMillis keeps the last result: it holds for the whole period of the field around its value, and times of a stream are close.
func extractMillis(t types.Type, u civil.Unit) kernel {
	var period uint64
	switch u {
	case civil.Hour, civil.Minute, civil.Second:
		period = uint64(u.Millis())
	case civil.Day, civil.Week, civil.Month, civil.Quarter, civil.Year, civil.Decade, civil.Century, civil.Millennium, civil.ISOYear, civil.DOW,
		civil.ISODOW, civil.DOY:
		period = civil.MillisPerDay
	default:
		period = 1
	}
	return func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		out := f.new(t)
		strictValid(f, out, vs...)
		src := vector.Values[int64](vs[0])
		dst := vector.Values[int64](out)
		low, last, have := int64(0), int64(0), false
		for i := range dst {
			x := src[i*step(f, vs[0])]
			if !have || uint64(x-low) >= period {
				last, have = civil.ExtractMillis(u, x), true
				low = x - floorMod(x, int64(period))
			}
			dst[i] = last
		}
		return out, nil
	}
}

func floorMod(x, m int64) int64 {
	r := x % m
	if r < 0 {
		r += m
	}
	return r
}

// buildFloorTo compiles FLOOR and CEIL of a temporal value to a unit. TIMESTAMP_LTZ is rounded on the clock of the session's zone.
func buildFloorTo(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	u, err := unitOf(symbol(e, 1))
	if err != nil {
		return nil, err
	}
	floor := e.Func == "FLOOR"
	x, t := args[0], args[0].typ
	var k kernel
	switch t.Kind {
	case types.Date:
		fn := civil.CeilDate
		if floor {
			fn = civil.FloorDate
		}
		k = mapped[int32, int32](t, func(d int32) int32 { return fn(d, u) }).k
	case types.Time:
		fn := civil.CeilTime
		if floor {
			fn = civil.FloorTime
		}
		k = mapped[int32, int32](t, func(d int32) int32 { return fn(d, u) }).k
	case types.Timestamp, types.TimestampLTZ:
		fn := civil.Ceil
		if floor {
			fn = civil.Floor
		}
		zone := civil.NewZone(c.env.Zone)
		k = func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
			out := f.new(t)
			strictValid(f, out, vs...)
			for i := range f.n {
				if out.IsNull(i) {
					continue
				}
				s := stampAt(vs[0], i*step(f, vs[0]))
				if t.Kind == types.TimestampLTZ {
					s.Millis = zone.ToLocal(s.Millis)
					s = fn(s, u)
					s.Millis = zone.ToInstant(s.Millis)
				} else {
					s = fn(s, u)
				}
				putStamp(out, i, s)
			}
			return out, nil
		}
	default:
		return nil, unsupported(e)
	}
	return c.coerce(c.call(e, t, k, x), e.Type)
}

// buildTimestampAdd compiles TIMESTAMPADD(unit, n, t).
func buildTimestampAdd(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	u, err := unitOf(symbol(e, 0))
	if err != nil {
		return nil, err
	}
	n, x := args[1], args[2]
	if n.typ.IsInterval() {
		return c.temporalArithmetic(e, "+", []*node{x, n})
	}
	if x, err = c.coerce(x, e.Type); err != nil {
		return nil, err
	}
	interval := types.IntervalDayTimeType("SECOND", 10, 3)
	count := u.Millis()
	if u.Months() > 0 {
		interval = types.IntervalYearMonthType("MONTH", 10)
		count = int64(u.Months())
	}
	if count == 0 && u != civil.Microsecond && u != civil.Nanosecond {
		return nil, unsupported(e)
	}
	if u == civil.Microsecond || u == civil.Nanosecond {
		return c.addFraction(e, u, n, x)
	}
	if n, err = c.coerce(n, types.BigIntType()); err != nil {
		return nil, err
	}
	scaled := c.call(e, interval, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		out := f.new(interval)
		strictValid(f, out, vs...)
		src, s := vector.Values[int64](vs[0]), step(f, vs[0])
		for i := range f.n {
			putInt(out, i, src[i*s]*count)
		}
		return out, nil
	}, n)
	return c.temporalArithmetic(e, "+", []*node{x, c.folded(scaled)})
}

// addFraction adds microseconds or nanoseconds.
func (c *compiler) addFraction(e *expr.Expr, u civil.Unit, n, x *node) (*node, error) {
	if !e.Type.IsTimestamp() {
		return nil, unsupported(e)
	}
	n, err := c.coerce(n, types.BigIntType())
	if err != nil {
		return nil, err
	}
	factor := int64(1000)
	if u == civil.Nanosecond {
		factor = 1
	}
	return c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		out := f.new(e.Type)
		strictValid(f, out, vs...)
		count := vector.Values[int64](vs[1])
		for i := range f.n {
			if out.IsNull(i) {
				continue
			}
			t := stampAt(vs[0], i*step(f, vs[0]))
			nanos := t.NanosInt128()
			d := count[i*step(f, vs[1])] * factor
			putStamp(out, i, civil.FromNanos(nanos.Add(decimal.FromInt64(d))))
		}
		return out, nil
	}, x, n), nil
}

// millisOf returns a node of the milliseconds of any temporal value; TIMESTAMP_LTZ on the clock of the session's zone.
func (c *compiler) millisOf(x *node) (*node, error) {
	t := types.TimestampType(3)
	if x.typ.Same(t) {
		return x, nil
	}
	return c.coerce(x, t)
}

// buildTimestampDiff compiles TIMESTAMPDIFF(unit, from, to).
func buildTimestampDiff(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	u, err := unitOf(symbol(e, 0))
	if err != nil {
		return nil, err
	}
	return c.difference(e, args[1], args[2], func(a, b int64) int64 { return civil.Diff(u, a, b) })
}

// buildMinusDate compiles (a - b) unit, an interval.
func buildMinusDate(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	fn := func(b, a int64) int64 { return a - b }
	if e.Type.Kind == types.IntervalYearMonth {
		fn = func(b, a int64) int64 { return int64(civil.MonthsBetweenMillis(b, a)) }
	}
	var ends []*node
	for _, a := range args {
		if a.typ.Kind != types.Symbol {
			ends = append(ends, a)
		}
	}
	return c.difference(e, ends[1], ends[0], fn)
}

func (c *compiler) difference(e *expr.Expr, a, b *node, fn func(a, b int64) int64) (*node, error) {
	var err error
	if a.typ.Kind == types.TimestampLTZ && b.typ.Kind == types.TimestampLTZ { // instants, whatever the clock shows
		if a, err = c.coerce(a, types.TimestampLTZType(3)); err != nil {
			return nil, err
		}
		b, err = c.coerce(b, types.TimestampLTZType(3))
	} else {
		if a, err = c.millisOf(a); err != nil {
			return nil, err
		}
		b, err = c.millisOf(b)
	}
	if err != nil {
		return nil, err
	}
	return c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		out := f.new(e.Type)
		strictValid(f, out, vs...)
		x, y := vector.Values[int64](vs[0]), vector.Values[int64](vs[1])
		sx, sy := step(f, vs[0]), step(f, vs[1])
		for i := range f.n {
			if out.IsNull(i) {
				putInt(out, i, 0)
				continue
			}
			putInt(out, i, fn(x[i*sx], y[i*sy]))
		}
		return out, nil
	}, a, b), nil
}

// buildOverlaps compiles (p1, q1) OVERLAPS (p2, q2); the ends of a period may be given in either order. It is the conjunction of two
// comparisons, so with a NULL it is FALSE where the other comparison is; next to a NULL end the other one counts as the later.
func buildOverlaps(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	args = append([]*node(nil), args...)
	for i, a := range args {
		m, err := c.millisOf(a)
		if err != nil {
			return nil, err
		}
		args[i] = m
	}
	return c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		out := f.newBool()
		for i := range f.n {
			low1, high1, lowNull1, highNull1 := period(f, vs[0], vs[1], i)
			low2, high2, lowNull2, highNull2 := period(f, vs[2], vs[3], i)
			null1, null2 := highNull1 || lowNull2, highNull2 || lowNull1
			switch {
			case !null1 && high1 < low2 || !null2 && high2 < low1:
			case null1 || null2:
				out.SetNull(i)
			default:
				vector.SetBit(out.Data, i)
			}
		}
		return out, nil
	}, args...), nil
}

// period returns the ends of a period in order, and which is NULL.
func period(f *frame, p, q *vector.Vector, i int) (low, high int64, lowNull, highNull bool) {
	low, high = vector.Values[int64](p)[i*step(f, p)], vector.Values[int64](q)[i*step(f, q)]
	lowNull, highNull = isNull(f, p, i), isNull(f, q, i)
	if lowNull || highNull || low > high {
		return high, low, highNull, lowNull
	}
	return low, high, lowNull, highNull
}

// buildClock compiles the functions of the current time: one value for all rows of a batch.
func buildClock(c *compiler, e *expr.Expr, _ []*node) (*node, error) {
	if c.env.Now == nil {
		return nil, fmt.Errorf("function %s needs a clock, which there is none of here", e.Func)
	}
	zone := civil.NewZone(c.env.Zone)
	n := c.special(e, e.Type, func(_ *node, f *frame) (*vector.Vector, error) {
		k := vector.New(f.pool, e.Type, 1, 0)
		t := civil.Timestamp{Millis: f.millis()}
		switch e.Func {
		case "CURRENT_ROW_TIMESTAMP", "PROCTIME", "PROCTIME_MATERIALIZE":
			t.Millis = f.rowMillis()
		case "CURRENT_DATE", "LOCALTIMESTAMP":
			t.Millis = zone.ToLocal(t.Millis)
		case "CURRENT_TIME", "LOCALTIME":
			t.Millis = zone.ToLocal(t.Millis)
		}
		putMoment(k, 0, t)
		out := repeat(f.pool, k, f.n)
		k.Release()
		return out, nil
	})
	n.random = true
	return n, nil
}

// buildWatermark compiles CURRENT_WATERMARK: NULL while there is none.
func buildWatermark(c *compiler, e *expr.Expr, _ []*node) (*node, error) {
	n := c.special(e, e.Type, func(_ *node, f *frame) (*vector.Vector, error) {
		const none = -1 << 63
		w := int64(none)
		if f.env.Watermark != nil {
			w = f.env.Watermark()
		}
		k := vector.New(f.pool, e.Type, 1, 0)
		putMoment(k, 0, civil.Timestamp{Millis: max(w, none/2)})
		if w == none {
			k.SetNull(0)
		}
		out := repeat(f.pool, k, f.n)
		k.Release()
		return out, nil
	})
	n.random = true
	return n, nil
}

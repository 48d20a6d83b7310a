package eval

import (
	"millrace/operators/kernel/civil"
	"millrace/operators/kernel/decimal"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// stampAt reads a TIMESTAMP of any precision.
func stampAt(v *vector.Vector, i int) civil.Timestamp {
	switch v.Type.TimeUnit() {
	case 1e3:
		return civil.Timestamp{Millis: vector.Values[int64](v)[i]}
	case 1e6:
		return civil.FromMicros(vector.Values[int64](v)[i])
	default:
		return civil.FromNanos(vector.Values[decimal.Int128](v)[i])
	}
}

// putStamp stores a TIMESTAMP, cut to the column's precision.
func putStamp(out *vector.Vector, i int, t civil.Timestamp) {
	switch p := out.Type.Precision; {
	case p == 3:
		vector.Values[int64](out)[i] = t.Millis
	case p < 3:
		vector.Values[int64](out)[i] = civil.TruncateMillis(t.Millis, p)
	case p <= 6:
		vector.Values[int64](out)[i] = t.Truncate(p).Micros()
	default:
		vector.Values[decimal.Int128](out)[i] = t.Truncate(p).NanosInt128()
	}
}

// castTemporal casts among DATE, TIME, TIMESTAMP and TIMESTAMP_LTZ.
func (c *compiler) castTemporal(from, to types.Type) (caster, error) {
	if from.Kind == types.Date && to.Kind == types.Time || from.Kind == types.Time && to.Kind == types.Date {
		return caster{}, noCast(from, to)
	}
	switch {
	case from.Kind == types.Time && to.Kind == types.Time:
		if to.Precision >= from.Precision {
			return convert[int32, int32](to), nil
		}
		return mapped[int32, int32](to, func(x int32) int32 { return civil.TruncateTime(x, to.Precision) }), nil
	case from.Kind == types.Date && to.Kind == types.Timestamp && to.Precision <= 6:
		day := 86400 * to.TimeUnit()
		return mapped[int32, int64](to, func(x int32) int64 { return int64(x) * day }), nil
	case from.Kind == to.Kind && to.Precision >= from.Precision && to.Precision <= 6:
		factor := to.TimeUnit() / from.TimeUnit()
		return mapped[int64, int64](to, func(x int64) int64 { return x * factor }), nil
	case from.Kind == types.Timestamp && from.Precision <= 3 && to.Kind == types.Date:
		return mapped[int64, int32](to, func(x int64) int32 { d, _ := civil.SplitDay(x); return d }), nil
	}
	zone := civil.NewZone(c.env.Zone)
	fromLocal, toLocal := from.Kind != types.TimestampLTZ, to.Kind != types.TimestampLTZ
	return caster{k: func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		out := f.new(to)
		strictValid(f, out, args...)
		for i := range f.n {
			if out.IsNull(i) {
				continue
			}
			t := momentAt(args[0], i)
			switch {
			case fromLocal && !toLocal:
				t.Millis = zone.ToInstant(t.Millis)
			case !fromLocal && toLocal:
				t.Millis = zone.ToLocal(t.Millis)
			}
			putMoment(out, i, t)
		}
		return out, nil
	}}, nil
}

// momentAt reads any temporal value as a timestamp: a TIME is one of 1970-01-01.
func momentAt(v *vector.Vector, i int) civil.Timestamp {
	switch v.Type.Kind {
	case types.Date:
		return civil.Timestamp{Millis: int64(vector.Values[int32](v)[i]) * civil.MillisPerDay}
	case types.Time:
		return civil.Timestamp{Millis: int64(vector.Values[int32](v)[i])}
	default:
		return stampAt(v, i)
	}
}

func putMoment(out *vector.Vector, i int, t civil.Timestamp) {
	switch out.Type.Kind {
	case types.Date:
		d, _ := civil.SplitDay(t.Millis)
		vector.Values[int32](out)[i] = d
	case types.Time:
		_, ms := civil.SplitDay(t.Millis)
		vector.Values[int32](out)[i] = civil.TruncateTime(ms, out.Type.Precision)
	default:
		putStamp(out, i, t)
	}
}

// castInterval casts intervals to intervals of their family, and integers to and from intervals as months or milliseconds.
func (c *compiler) castInterval(from, to types.Type) (caster, error) {
	switch {
	case from.Kind == to.Kind, from.IsInteger(), to.IsInteger():
	default:
		return caster{}, noCast(from, to)
	}
	switch from.Storage() {
	case types.StoreI8:
		return integerTo[int8](to), nil
	case types.StoreI16:
		return integerTo[int16](to), nil
	case types.StoreI32:
		return integerTo[int32](to), nil
	default:
		return integerTo[int64](to), nil
	}
}

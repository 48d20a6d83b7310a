package window

import (
	"errors"
	"fmt"
	"math"
	"time"

	"millrace/operators/kernel/civil"
	"millrace/operators/kernel/decimal"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

const hour = 3600 * 1000

// ErrNullTime is the error of a row whose time is NULL.
var ErrNullTime = errors.New("the time of a window (rowtime) must not be NULL")

// clock maps between instants and the local times by which windows are aligned. All times are milliseconds since 1970.
type clock struct {
	zone     *time.Location // nil: UTC
	from, to int64          // the offset holds for instants from <= t < to
	offset   int64
}

func newClock(w *plan.Window) (clock, error) {
	if w.Zone == "" || w.Zone == "UTC" {
		return clock{}, nil
	}
	z, err := civil.LoadZone(w.Zone)
	if err != nil {
		return clock{}, fmt.Errorf("time zone %q: %w", w.Zone, err)
	}
	return clock{zone: z}, nil
}

// offsetAt returns the zone's offset from UTC at an instant.
func (c *clock) offsetAt(t int64) int64 {
	if c.zone == nil {
		return 0
	}
	if t >= c.from && t < c.to {
		return c.offset
	}
	at := time.UnixMilli(t).In(c.zone)
	start, end := at.ZoneBounds()
	c.from, c.to = math.MinInt64, math.MaxInt64
	if !start.IsZero() {
		c.from = start.UnixMilli()
	}
	if !end.IsZero() {
		c.to = end.UnixMilli()
	}
	_, off := at.Zone()
	c.offset = int64(off) * 1000
	return c.offset
}

// local returns the local time of an instant.
func (c *clock) local(t int64) int64 { return t + c.offsetAt(t) }

// instant returns the moment of a local time: the earlier one where the clock shows it twice; where it never shows it, as if the clock had
// not been put forward.
func (c *clock) instant(local int64) int64 {
	if c.zone == nil {
		return local
	}
	before, after := c.offsetAt(local-24*hour), c.offsetAt(local+24*hour)
	if c.offsetAt(local-before) != before && c.offsetAt(local-after) == after {
		return local - after
	}
	return local - before
}

// trigger returns the watermark at which a window with the given local end fires.
func (c *clock) trigger(end int64) int64 {
	local := end - 1
	if c.zone == nil || end == math.MaxInt64 {
		return local
	}
	t := c.instant(local)
	if t == c.instant(local+hour) {
		// The time does not exist: the window is over with the hour that was skipped.
		return t - floorMod(t, hour)
	}
	if c.local(t+hour) == local {
		return t + hour
	}
	return t
}

func floorMod(x, m int64) int64 {
	if r := x % m; r < 0 {
		return r + m
	} else {
		return r
	}
}

// floorTo returns the largest number of the form k*step + offset that is not above t.
func floorTo(t, offset, step int64) int64 { return t - floorMod(t-offset, step) }

// times appends the local times of a dense time column in milliseconds.
func (c *clock) times(v *vector.Vector, dst []int64) ([]int64, error) {
	if v.Valid != nil && v.NullCount() > 0 {
		return dst, ErrNullTime
	}
	switch unit := v.Type.TimeUnit(); {
	case v.Type.Storage() == types.StoreI128:
		for _, x := range vector.Values[decimal.Int128](v) {
			q, r := x.QuoRem(decimal.FromInt64(1e6))
			t := int64(q.Lo)
			if r.Sign() < 0 {
				t--
			}
			dst = append(dst, t)
		}
	case unit == 1e3:
		dst = append(dst, vector.Values[int64](v)...)
	default:
		for _, x := range vector.Values[int64](v) {
			dst = append(dst, (x-floorMod(x, unit/1e3))/(unit/1e3))
		}
	}
	if c.zone != nil {
		for i, t := range dst {
			dst[i] = c.local(t)
		}
	}
	return dst, nil
}

// fromMillis makes a timestamp column of that type of n times.
func fromMillis(pool *vector.Pool, t types.Type, xs []int64) *vector.Vector {
	v := vector.New(pool, t, len(xs), 0)
	switch t.TimeUnit() {
	case 1e3:
		copy(vector.Values[int64](v), xs)
	case 1e6:
		for i, x := range xs {
			vector.Values[int64](v)[i] = x * 1000
		}
	default:
		for i, x := range xs {
			d, _ := decimal.FromInt64(x).MulChecked(decimal.FromInt64(1e6))
			vector.Values[decimal.Int128](v)[i] = d
		}
	}
	return v
}

// bounds are the start and end of a window, in local time.
type bounds struct{ start, end int64 }

// columnTypes returns the types of window columns. declared, if not nil, are the types that the plan gives them.
func columnTypes(w *plan.Window, columns []plan.WindowColumn, timeType types.Type, declared []types.Type) []types.Type {
	if declared != nil {
		return declared
	}
	ts := make([]types.Type, len(columns))
	for i, c := range columns {
		ts[i] = types.TimestampType(3).AsNotNull()
		if c != plan.WindowTime {
			continue
		}
		if w.ProcTime {
			ts[i] = types.TimestampLTZType(3).AsNotNull().WithAttribute(types.ProcTime)
			continue
		}
		if timeType.Kind == types.TimestampLTZ {
			ts[i] = types.TimestampLTZType(3).AsNotNull()
		}
		ts[i] = ts[i].WithAttribute(types.RowTime)
	}
	return ts
}

// column makes a window column for n rows, row i being in the window of(i).
func (c *clock) column(pool *vector.Pool, what plan.WindowColumn, t types.Type, n int, of func(i int) bounds) *vector.Vector {
	xs := make([]int64, n)
	last, lastTime := int64(math.MinInt64), int64(0)
	for i := range xs {
		b := of(i)
		switch {
		case what == plan.WindowStart:
			xs[i] = b.start
		case what == plan.WindowEnd:
			xs[i] = b.end
		case t.Kind == types.TimestampLTZ:
			if b.end != last {
				last, lastTime = b.end, c.instant(b.end-1)
			}
			xs[i] = lastTime
		default:
			xs[i] = b.end - 1
		}
	}
	return fromMillis(pool, t, xs)
}

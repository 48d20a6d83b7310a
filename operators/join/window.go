package join

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"millrace/operators"
	"millrace/operators/kernel/civil"
	"millrace/operators/kernel/decimal"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Window is the operator of plan.WindowJoin: it holds the rows of each window until the watermark passes its end, and then joins them as a
// bounded input. One goroutine uses it.
type Window struct {
	spec    *plan.WindowJoin
	schemas [2]types.Schema
	keys    [2][]int
	ends    [2]int // columns
	ctx     operators.Context
	zone    *time.Location // of window ends; nil: UTC
	stores  [2]*rowstore.Store
	windows map[int64]*[2][]rowstore.ID // rows by end of window, an instant in ms
	mark    int64                       // the watermark
	late    *operators.Counter
}

// NewWindow returns the operator for inputs of the given schemas.
func NewWindow(spec *plan.WindowJoin, left, right types.Schema) (*Window, error) {
	j := &Window{
		spec: spec, schemas: [2]types.Schema{left, right}, keys: [2][]int{spec.LeftKeys, spec.RightKeys}, ends: [2]int{spec.LeftEnd, spec.RightEnd},
		windows: map[int64]*[2][]rowstore.ID{}, mark: operators.MinWatermark,
	}
	for i, s := range j.schemas {
		if c := j.ends[i]; c < 0 || c >= len(s) || !s[c].Type.IsTimestamp() {
			return nil, fmt.Errorf("window join: column %d of %d is no end of a window", c, len(s))
		}
	}
	_, err := j.regular()
	return j, err
}

// regular makes the join of one window.
func (j *Window) regular() (*Regular, error) {
	return NewRegular(&plan.Join{
		Join: j.spec.Join, LeftKeys: j.spec.LeftKeys, RightKeys: j.spec.RightKeys, NullSafe: j.spec.NullSafe,
		Residual: j.spec.Residual, NullAware: j.spec.NullAware, Final: true,
	}, j.schemas[0], j.schemas[1])
}

// Open prepares the state.
func (j *Window) Open(ctx operators.Context) error {
	j.ctx, j.late = ctx, ctx.Counter("numLateRecordsDropped")
	for i, s := range j.schemas {
		j.stores[i] = rowstore.New(ctx.Pool(), s.Types())
	}
	if z := j.spec.Zone; z != "" && z != "UTC" {
		loc, err := civil.LoadZone(z)
		if err != nil {
			return fmt.Errorf("window zone %q: %w", z, err)
		}
		j.zone = loc
	}
	return nil
}

// Close frees the state.
func (j *Window) Close() error {
	for _, s := range j.stores {
		if s != nil {
			s.Close()
		}
	}
	return nil
}

// endsOf are the window ends of rows as instants in ms.
func (j *Window) endsOf(v *vector.Vector) []int64 {
	out := make([]int64, v.Len)
	if v.Type.Storage() == types.StoreI128 {
		for i, x := range vector.Values[decimal.Int128](v)[:v.Len] {
			q, _ := x.QuoRem(decimal.FromInt64(1e6))
			out[i] = int64(q.Lo)
		}
	} else {
		unit := v.Type.TimeUnit() / 1000
		for i, x := range vector.Values[int64](v)[:v.Len] {
			out[i] = x / unit
		}
	}
	if j.zone == nil {
		return out
	}
	local, instant := int64(0), int64(0)
	for i, x := range out {
		if i == 0 || x != local {
			u := time.UnixMilli(x).UTC()
			local = x
			instant = time.Date(u.Year(), u.Month(), u.Day(), u.Hour(), u.Minute(), u.Second(), u.Nanosecond(), j.zone).UnixMilli()
		}
		out[i] = instant
	}
	return out
}

// Process holds the rows. Those whose window is over are dropped and counted.
func (j *Window) Process(input int, b *operators.Batch, _ operators.Output) error {
	b = b.Dense(j.ctx.Pool())
	defer b.Release()
	j.hold(input, b, j.stores[input].Append)
	return nil
}

func (j *Window) hold(input int, b *operators.Batch, add func(*vector.Batch, []int32, []rowstore.ID)) {
	v := b.Columns[j.ends[input]]
	ends := j.endsOf(v)
	rows := make([]int32, 0, b.Len)
	for i, end := range ends {
		if v.IsNull(i) || end-1 <= j.mark {
			j.late.Add(1)
			continue
		}
		rows = append(rows, int32(i))
	}
	ids := make([]rowstore.ID, len(rows))
	add(b, rows, ids)
	for k, i := range rows {
		w := j.windows[ends[i]]
		if w == nil {
			w = &[2][]rowstore.ID{}
			j.windows[ends[i]] = w
		}
		w[input] = append(w[input], ids[k])
	}
}

// Watermark joins the windows that are over, in the order of their ends.
func (j *Window) Watermark(t int64, out operators.Output) error {
	j.mark = max(j.mark, t)
	for _, end := range slices.Sorted(maps.Keys(j.windows)) {
		if end-1 > j.mark {
			break
		}
		if err := j.fire(j.windows[end], out); err != nil {
			return err
		}
		delete(j.windows, end)
	}
	return out.Watermark(t)
}

// silent passes on rows but no watermarks.
type silent struct{ operators.Output }

func (silent) Watermark(int64) error { return nil }

func (j *Window) fire(w *[2][]rowstore.ID, out operators.Output) (err error) {
	r, err := j.regular()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if err := r.Open(j.ctx); err != nil {
		return err
	}
	for input, ids := range w {
		for len(ids) > 0 {
			n := min(len(ids), vector.MaxRows)
			b := j.stores[input].Batch(ids[:n])
			err := r.Process(input, b, silent{out})
			b.Release()
			if err != nil {
				return err
			}
			ids = ids[n:]
		}
	}
	if err := r.Finish(silent{out}); err != nil {
		return err
	}
	for input, ids := range w {
		for _, id := range ids {
			j.stores[input].Delete(id)
		}
	}
	return j.compact()
}

// compact gives sparse chunks free and follows the rows that move.
func (j *Window) compact() error {
	for input, s := range j.stores {
		moved := map[rowstore.ID]rowstore.ID{}
		s.Compact(func(from, to rowstore.ID) { moved[from] = to })
		if len(moved) == 0 {
			continue
		}
		for _, w := range j.windows {
			for i, id := range w[input] {
				if to, ok := moved[id]; ok {
					w[input][i] = to
				}
			}
		}
	}
	return nil
}

// windowSnapshot is the frozen rows of both sides.
type windowSnapshot struct {
	j    *Window
	rows [2]*rowstore.Frozen
	mark int64
}

// Snapshot freezes the state.
func (j *Window) Snapshot() (operators.Snapshot, error) {
	s := &windowSnapshot{j: j, mark: j.mark}
	for i, store := range j.stores {
		s.rows[i] = store.Freeze()
	}
	return s, nil
}

// Write writes the watermark and both sides.
func (s *windowSnapshot) Write(w operators.StateWriter) error {
	if err := writeMark(s.j.ctx.Pool(), w, s.mark); err != nil {
		return err
	}
	groupCount := s.j.ctx.Keys().Max
	for i, keys := range s.j.keys {
		groups := func(b *vector.Batch) []int { return rowstore.Groups(b, keys, groupCount) }
		if err := s.rows[i].Write(w, tableName(i), s.j.schemas[i], groupCount, groups, nil); err != nil {
			return fmt.Errorf("state of the %s side: %w", tableName(i), err)
		}
	}
	return nil
}

// Release frees the snapshot.
func (s *windowSnapshot) Release() {
	for _, f := range s.rows {
		f.Release()
	}
}

// Restore reads both sides. The watermark is the lowest of those that were saved.
func (j *Window) Restore(r operators.StateReader) error {
	mark, err := readMark(r)
	if err != nil {
		return err
	}
	for i := range j.schemas {
		if len(j.keys[i]) == 0 && j.ctx.Subtask() != 0 {
			continue
		}
		err := r.Table(tableName(i), j.schemas[i], func(_ int, b *operators.Batch) error {
			j.hold(i, b, j.stores[i].AppendCopy)
			return nil
		})
		if err != nil {
			return fmt.Errorf("state of the %s side: %w", tableName(i), err)
		}
	}
	j.mark = mark
	return nil
}

package rank

import (
	"fmt"
	"slices"
	"time"

	"millrace/operators"
	"millrace/operators/kernel/civil"
	"millrace/operators/vector"
)

// windows are the partitions of a windowed ranking by the end of their window.
type windows struct {
	t         *TopN
	column    int
	zone      *time.Location // of window ends; nil: UTC
	watermark int64
	ends      map[int64][]int32 // partitions by window end, ms
	dropped   *operators.Counter
}

func (w *windows) open(t *TopN) error {
	w.t, w.column, w.watermark = t, t.spec.WindowEndColumn, operators.MinWatermark
	w.ends = map[int64][]int32{}
	w.dropped = t.ctx.Counter("numLateRecordsDropped")
	if z := t.spec.WindowZone; z != "" && z != "UTC" {
		loc, err := civil.LoadZone(z)
		if err != nil {
			return fmt.Errorf("window zone %q: %w", z, err)
		}
		w.zone = loc
	}
	return nil
}

// end is the window end of a row as an instant in ms.
func (w *windows) end(b *operators.Batch, i int) int64 {
	c := b.Columns[w.column]
	x := vector.Values[int64](c)[i] / (c.Type.TimeUnit() / 1000)
	if w.zone == nil {
		return x
	}
	return instant(x-1, w.zone) + 1
}

// instant is when it is that local time: in the hour that clocks skip the moment when they do, in the hour that they repeat the second time, as
// Flink sets its timers.
func instant(local int64, zone *time.Location) int64 {
	const hour = 3600 * 1000
	first, next := earliest(local, zone), earliest(local+hour, zone)
	switch {
	case first == next:
		return first - first%hour
	case next-first > hour:
		return first + hour
	default:
		return first
	}
}

// earliest is the first moment at which it is that local time; a time that clocks skip is that much later.
func earliest(local int64, zone *time.Location) int64 {
	const day = 24 * 3600
	offset := func(second int64) int64 {
		_, o := time.Unix(second, 0).In(zone).Zone()
		return int64(o)
	}
	second := local / 1000
	before, after := offset(second-day), offset(second+day)
	if before != after && offset(second-before) != before && offset(second-after) == after {
		return local - 1000*after
	}
	return local - 1000*before
}

// late tells whether the window of a row has fired, and counts it then.
func (w *windows) late(b *operators.Batch, i int) bool {
	if w.watermark == operators.MinWatermark || w.end(b, i)-1 > w.watermark {
		return false
	}
	w.dropped.Add(1)
	return true
}

func (w *windows) add(b *operators.Batch, i int, part int32) {
	end := w.end(b, i)
	w.ends[end] = append(w.ends[end], part)
}

// fire emits and forgets the windows that the watermark passes, in the order of their ends.
func (w *windows) fire(watermark int64, out operators.Output) error {
	w.watermark = watermark
	var due []int64
	for end := range w.ends {
		if end-1 <= watermark {
			due = append(due, end)
		}
	}
	slices.Sort(due)
	t := w.t
	for _, end := range due {
		for _, id := range w.ends[end] {
			if err := t.out.difference(nil, t.inRange(id), out); err != nil {
				return err
			}
		}
		if err := t.out.flush(out); err != nil {
			return err
		}
		for _, id := range w.ends[end] {
			p := t.parts.at(id)
			for _, row := range t.lists.Of(&p.rows) {
				t.store.Delete(row)
			}
			t.lists.Drop(&p.rows)
			t.parts.table.Delete(id)
		}
		delete(w.ends, end)
	}
	if len(due) > 0 {
		t.parts.table.Compact(nil)
		t.compact()
	}
	return nil
}

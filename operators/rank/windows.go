package rank

import (
	"fmt"
	"slices"
	"time"

	"millrace/operators"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
)

// windows are the partitions of a windowed ranking by the end of their window.
type windows struct {
	t         *TopN
	column    int
	zone      *time.Location // of window ends; nil: UTC
	watermark int64
	ends      map[int64][]rowstore.ID // partitions by window end, ms
	dropped   *operators.Counter
}

func (w *windows) open(t *TopN) error {
	w.t, w.column, w.watermark = t, t.spec.WindowEndColumn, operators.MinWatermark
	w.ends = map[int64][]rowstore.ID{}
	w.dropped = t.ctx.Counter("numLateRecordsDropped")
	if z := t.spec.WindowZone; z != "" && z != "UTC" {
		loc, err := time.LoadLocation(z)
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
	u := time.UnixMilli(x).UTC()
	return time.Date(u.Year(), u.Month(), u.Day(), u.Hour(), u.Minute(), u.Second(), u.Nanosecond(), w.zone).UnixMilli()
}

// late tells whether the window of a row has fired, and counts it then.
func (w *windows) late(b *operators.Batch, i int) bool {
	if w.watermark == operators.MinWatermark || w.end(b, i)-1 > w.watermark {
		return false
	}
	w.dropped.Add(1)
	return true
}

func (w *windows) add(b *operators.Batch, i int, part rowstore.ID) {
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
		for _, part := range w.ends[end] {
			if err := t.out.difference(t.list.At(part), nil, out); err != nil {
				return err
			}
		}
		if err := t.out.flush(out); err != nil {
			return err
		}
		for _, part := range w.ends[end] {
			l := t.list.At(part)
			for _, id := range t.lists.of(l) {
				t.store.Delete(id)
			}
			t.lists.drop(l)
			*l = list{}
			t.parts.drop(part)
		}
		delete(w.ends, end)
	}
	return nil
}

package window

import (
	"fmt"

	"millrace/operators"
	"millrace/operators/accum"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// paneColumns are the columns between keys and accumulators: the start of the pane and the end of the window that it waits for; or (base)
// the start of a window and the end of the last of its steps that fired.
func paneColumns() types.Schema {
	big := types.BigIntType().AsNotNull()
	return types.Schema{{Name: "start", Type: big}, {Name: "end", Type: big}, {Name: "base", Type: types.BooleanType().AsNotNull()}}
}

func markSchema() types.Schema {
	return types.Schema{{Name: "watermark", Type: types.BigIntType().AsNotNull()}}
}

// writeMark saves the watermark.
func writeMark(pool *vector.Pool, w operators.StateWriter, mark int64) error {
	t, err := w.Table("watermark", markSchema())
	if err != nil {
		return fmt.Errorf("state table watermark: %w", err)
	}
	v := vector.New(pool, markSchema()[0].Type, 1, 0)
	vector.Values[int64](v)[0] = mark
	b := vector.NewBatch(1, v)
	defer b.Release()
	return t.Append(operators.NoKeyGroup, b)
}

// readMark returns the lowest watermark that was saved.
func readMark(r operators.StateReader) (int64, error) {
	mark, some := int64(operators.MinWatermark), false
	err := r.Table("watermark", markSchema(), func(_ int, b *vector.Batch) error {
		for _, x := range vector.Values[int64](b.Columns[0]) {
			if !some || x < mark {
				mark, some = x, true
			}
		}
		return nil
	})
	return mark, err
}

// constants makes columns of the same values for n rows.
func constants(pool *vector.Pool, b bounds, base bool, n int) []*vector.Vector {
	s := paneColumns()
	out := []*vector.Vector{vector.New(pool, s[0].Type, n, 0), vector.New(pool, s[1].Type, n, 0), vector.New(pool, s[2].Type, n, 0)}
	for i := range n {
		vector.Values[int64](out[0])[i], vector.Values[int64](out[1])[i] = b.start, b.end
	}
	vector.FillBits(out[2].Data, n, base)
	return out
}

type snapshot struct {
	c      *core
	saved  []accum.Saved
	extra  types.Schema
	mark   int64
	max    int
	frozen []*accum.Reader
}

// Snapshot implements operators.Snapshotter.
func (a *Aggregate) Snapshot() (operators.Snapshot, error) {
	s := &snapshot{c: &a.core, mark: a.mark, max: a.ctx.Keys().Max, extra: paneColumns()}
	take := func(p *pane, b bounds, base bool) {
		r := p.state.Freeze()
		s.frozen = append(s.frozen, r)
		s.saved = append(s.saved, accum.Saved{Reader: r, Extra: func(rows []table.Row) []*vector.Vector {
			return constants(a.pool, b, base, len(rows))
		}})
	}
	for _, p := range a.panes {
		b := p.bounds
		if !a.spec.Attached {
			if a.spent(p) {
				// It waits only to be taken away from the running sum.
				continue
			}
			b.end = p.next
		}
		take(p, b, false)
	}
	for _, p := range a.bases {
		take(p, p.bounds, true)
	}
	return s, nil
}

// spent tells whether all windows of a pane have fired.
func (a *Aggregate) spent(p *pane) bool {
	_, last, _ := a.windows(p.start)
	return a.spec.Window.Kind == plan.Hop && a.running != nil && p.start < a.running.start+a.spec.Window.Slide && last.end <= a.running.end
}

// Write implements operators.Snapshot.
func (s *snapshot) Write(w operators.StateWriter) error {
	if err := writeMark(s.c.pool, w, s.mark); err != nil {
		return err
	}
	return s.c.set.Save(w, s.c.keySchema(), s.extra, s.saved, s.max)
}

// Release implements operators.Snapshot.
func (s *snapshot) Release() {
	for _, r := range s.frozen {
		r.Release()
	}
}

// Restore implements operators.Snapshotter.
func (a *Aggregate) Restore(r operators.StateReader) error {
	mark, err := readMark(r)
	if err != nil {
		return err
	}
	a.mark = mark
	n := len(a.keys)
	return a.set.Load(r, a.keySchema(), paneColumns(), func(b *vector.Batch, from int, _ bool, ids []int32) (*accum.State, int, error) {
		start, end, base := vector.Values[int64](b.Columns[n]), vector.Values[int64](b.Columns[n+1]), b.Columns[n+2]
		to := from + 1
		for to < b.Len && start[to] == start[from] && end[to] == end[from] && base.Bool(to) == base.Bool(from) {
			to++
		}
		p := a.restorePane(bounds{start[from], end[from]}, base.Bool(from))
		part := b.Slice(a.pool, from, to)
		defer part.Release()
		p.state.Table.FindBatch(part, all(n), ids, true)
		return p.state, to - from, nil
	})
}

// restorePane returns the pane of saved columns and makes sure that a window waits for it.
func (a *Aggregate) restorePane(b bounds, base bool) *pane {
	w := &a.spec.Window
	switch {
	case a.spec.Attached:
		return a.carriedPane(b)
	case base:
		a.wait(bounds{b.start, b.end + w.Slide})
		return getPane(a.bases, b.start, b, a)
	case w.Kind == plan.Cumulate:
		a.wait(bounds{floorTo(b.start, w.Offset, w.Size), b.end})
	default:
		a.wait(bounds{b.end - w.Size, b.end})
	}
	p := getPane(a.panes, b.start, bounds{b.start, b.start + a.width}, a)
	p.next = b.end
	return p
}

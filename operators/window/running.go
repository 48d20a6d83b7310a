package window

import (
	"millrace/operators"
	"millrace/operators/accum"
	"millrace/operators/table"
)

// fireRunning fires a HOP window whose results can be taken away (counts and sums of integers): the sum over the window before it gets the
// panes that came since, and loses those that went. Panes stay until they are taken away, one window longer than otherwise.
func (a *Aggregate) fireRunning(b bounds, out operators.Output) error {
	w := &a.spec.Window
	r := a.running
	if r == nil || r.start+w.Slide != b.start {
		a.stopRunning(b.start)
		r = &pane{bounds: bounds{b.start, b.start}, state: a.set.NewState(a.keySchema().Types(), 0)}
		a.running = r
	}
	for s := r.end; s < b.end; s += a.width {
		if p := a.panes[s]; p != nil {
			a.merge(r.state, p.state)
		}
	}
	for s := r.start; s < b.start; s += a.width {
		if p := a.panes[s]; p != nil {
			a.unmerge(r.state, p.state)
			a.dropPane(s, p)
		}
	}
	r.bounds = b
	if err := a.emitPane(r, b, out); err != nil {
		return err
	}
	next := b.start + w.Slide
	some := false
	for s := next; s < b.end; s += a.width {
		if p := a.panes[s]; p != nil {
			p.next = next + w.Size
			a.wait(bounds{next, p.next})
			some = true
		}
	}
	if !some {
		a.stopRunning(next)
	}
	return nil
}

// stopRunning drops the sum, and the panes that no window from start on needs.
func (a *Aggregate) stopRunning(start int64) {
	if a.running == nil {
		return
	}
	for s := a.running.start; s < start && s < a.running.end; s += a.width {
		if p := a.panes[s]; p != nil {
			a.dropPane(s, p)
		}
	}
	a.running.state.Close()
	a.running = nil
}

func (a *Aggregate) dropPane(s int64, p *pane) {
	delete(a.panes, s)
	p.state.Close()
}

// unmerge takes all groups of src away from dst, and deletes those that have no rows left.
func (a *Aggregate) unmerge(dst, src *accum.State) {
	a.pairs(dst, src, func(ids []int32, rows, from []table.Row) {
		a.set.Unmerge(dst, ids, rows, src.Reader(), from)
		for i, r := range rows {
			if a.set.Rows(dst, r) == 0 {
				dst.Delete(ids[i])
			}
		}
	})
}

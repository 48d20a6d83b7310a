package window

import (
	"fmt"
	"slices"

	"millrace/operators"
	"millrace/operators/accum"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// pane is a part of one or several windows.
type pane struct {
	bounds
	state *accum.State
	next  int64 // the end of the first window of the pane that has not fired
}

// Aggregate is the operator of plan.WindowAggregate but for sessions. One goroutine uses it.
type Aggregate struct {
	core
	width   int64            // of a pane
	panes   map[int64]*pane  // by start; by a number of their own for windows that rows carry
	bases   map[int64]*pane  // CUMULATE: the steps that fired, by start of the window; their end is that of the last
	carried map[bounds]int64 // windows that rows carry: their numbers
	next    int64
	running *pane    // HOP, if results can be taken away: the sum over the window that fired last
	pending []bounds // windows that wait, by end
	parts   []part
	index   [][]uint16
}

// part is the rows of a batch that go into one state.
type part struct {
	from, to int64 // pane
	dead     bool  // the rows are late or in no window
	also     *pane // HOP: the sum that has the pane already
	counted  bool  // they are late
	pane     *pane
}

// New returns the operator of a window aggregate: Aggregate or Sessions. output is the schema of the node, or nil.
func New(spec *plan.WindowAggregate, input, output types.Schema) (operators.Operator, error) {
	if spec.Emit != nil {
		return NewEmitting(spec, input, output)
	}
	if spec.Window.Kind == plan.Session && !spec.Attached {
		return NewSessions(spec, input, output)
	}
	return NewAggregate(spec, input, output)
}

// NewAggregate returns the operator. It reports columns, types, functions and windows that it cannot work with. output is the schema of the
// node; it gives the window columns their types, and may be nil.
func NewAggregate(spec *plan.WindowAggregate, input, output types.Schema) (*Aggregate, error) {
	a := &Aggregate{panes: map[int64]*pane{}, bases: map[int64]*pane{}, carried: map[bounds]int64{}}
	if err := a.prepare(spec, input, output); err != nil {
		return nil, err
	}
	if spec.Attached {
		return a, nil
	}
	var err error
	a.width, err = paneWidth(&spec.Window)
	return a, err
}

// paneWidth checks a window and returns how long its panes are.
func paneWidth(w *plan.Window) (int64, error) {
	if w.Size <= 0 || w.Kind != plan.Tumble && w.Slide <= 0 {
		return 0, fmt.Errorf("window %s: size %d ms, slide %d ms", w.Kind, w.Size, w.Slide)
	}
	switch w.Kind {
	case plan.Tumble:
		return w.Size, nil
	case plan.Hop:
		a, b := w.Size, w.Slide
		for b != 0 {
			a, b = b, a%b
		}
		return a, nil
	case plan.Cumulate:
		if w.Size%w.Slide != 0 {
			return 0, fmt.Errorf("window cumulate: size %d ms is not a multiple of the step %d ms", w.Size, w.Slide)
		}
		return w.Slide, nil
	default:
		return 0, fmt.Errorf("window %s is not supported here", w.Kind)
	}
}

// Open implements operators.Operator.
func (a *Aggregate) Open(ctx operators.Context) error { return a.open(ctx) }

// Close implements operators.Operator.
func (a *Aggregate) Close() error {
	for _, p := range a.panes {
		p.state.Close()
	}
	for _, p := range a.bases {
		p.state.Close()
	}
	if a.running != nil {
		a.running.state.Close()
	}
	a.panes, a.bases, a.running = nil, nil, nil
	return nil
}

// Process implements operators.Operator.
func (a *Aggregate) Process(_ int, in *operators.Batch, out operators.Output) error {
	if in.Rows() == 0 {
		return nil
	}
	b := a.dense(in)
	defer b.Release()
	if a.spec.Attached {
		return a.addCarried(b)
	}
	if a.spec.Window.ProcTime {
		if err := a.fire(a.ctx.Now()-1, out); err != nil {
			return err
		}
	}
	if err := a.rowTimes(b); err != nil {
		return err
	}
	return a.split(b, a.times)
}

// split adds the rows of a batch to the panes of their times.
func (a *Aggregate) split(b *vector.Batch, times []int64) error {
	a.parts = a.parts[:0]
	cur := -1
	lo, hi := int64(0), int64(0)
	for i, t := range times {
		if t >= lo && t < hi {
			if len(a.parts) > 1 {
				a.index[cur] = append(a.index[cur], uint16(i))
			}
			continue
		}
		start := floorTo(t, a.spec.Window.Offset, a.width)
		lo, hi = start, start+a.width
		if cur = slices.IndexFunc(a.parts, func(p part) bool { return p.from == lo }); cur < 0 {
			cur = len(a.parts)
			a.parts = append(a.parts, a.place(lo))
			if len(a.index) <= cur {
				a.index = append(a.index, nil)
			}
			a.index[cur] = a.index[cur][:0]
			if cur == 1 {
				// Up to here all rows were of the first part.
				for j := range i {
					a.index[0] = append(a.index[0], uint16(j))
				}
			}
		}
		if len(a.parts) > 1 {
			a.index[cur] = append(a.index[cur], uint16(i))
		}
	}
	if len(a.parts) == 1 {
		return a.addPart(&a.parts[0], b)
	}
	for k := range a.parts {
		s := b.Project(all(len(b.Columns)))
		s.Sel = a.index[k]
		d := s.Dense(a.pool)
		s.Release()
		err := a.addPart(&a.parts[k], d)
		d.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

func all(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func (a *Aggregate) addPart(p *part, b *vector.Batch) error {
	if p.dead {
		if p.counted {
			a.late.Add(int64(b.Len))
		}
		return nil
	}
	if p.also != nil {
		if err := a.add(p.also.state, b); err != nil {
			return err
		}
	}
	return a.add(p.pane.state, b)
}

// place finds where rows of the pane that begins at start go, and makes sure that a window waits for them.
func (a *Aggregate) place(start int64) part {
	p := part{from: start, to: start + a.width}
	first, last, ok := a.windows(start)
	if !ok {
		p.dead = true
		return p
	}
	if !a.spec.Window.ProcTime && a.fired(last.end) {
		p.dead, p.counted = true, true
		return p
	}
	if !a.spec.Window.ProcTime {
		first = a.unfired(first)
	}
	// After a restore the watermark may be lower than it was for some rows; still, a window does not fire twice.
	toBase := a.spec.Window.Kind == plan.Cumulate && !a.spec.Window.ProcTime && a.fired(p.to)
	switch a.spec.Window.Kind {
	case plan.Hop:
		if q := a.panes[start]; q != nil && q.next > first.end {
			first = bounds{q.next - a.spec.Window.Size, q.next}
		}
	case plan.Cumulate:
		if base := a.bases[last.start]; base != nil && base.end >= first.end {
			first.end = base.end + a.width
			toBase = toBase || base.end >= p.to
		}
	}
	if first.end > last.end {
		p.dead, p.counted = true, true
		return p
	}
	a.wait(first)
	if toBase {
		p.pane = getPane(a.bases, last.start, bounds{last.start, first.end - a.width}, a)
		return p
	}
	if p.pane = a.panes[start]; p.pane == nil {
		p.pane = getPane(a.panes, start, bounds{start, p.to}, a)
		p.pane.next = first.end
	}
	if a.running != nil && start < a.running.end {
		p.also = a.running
	}
	return p
}

func getPane(m map[int64]*pane, key int64, b bounds, a *Aggregate) *pane {
	p := m[key]
	if p == nil {
		p = &pane{bounds: b, state: a.set.NewState(a.keySchema().Types(), 0)}
		m[key] = p
	}
	return p
}

// step is the distance between the ends of windows that overlap.
func (a *Aggregate) step() int64 {
	if a.spec.Window.Kind == plan.Tumble {
		return a.spec.Window.Size
	}
	return a.spec.Window.Slide
}

// windows returns the first and the last window that contain a pane; ok is false if there is none.
func (a *Aggregate) windows(start int64) (first, last bounds, ok bool) {
	w := &a.spec.Window
	switch w.Kind {
	case plan.Hop:
		s := floorTo(start, w.Offset, w.Slide)
		if start >= s+w.Size {
			return first, last, false
		}
		last = bounds{s, s + w.Size}
		// The earliest window that still contains the pane: its start is above start - size.
		s = floorTo(start-w.Size, w.Offset, w.Slide) + w.Slide
		return bounds{s, s + w.Size}, last, true
	case plan.Cumulate:
		s := floorTo(start, w.Offset, w.Size)
		return bounds{s, start + a.width}, bounds{s, s + w.Size}, true
	default:
		b := bounds{start, start + w.Size}
		return b, b, true
	}
}

// unfired returns the first of the windows after b that has not fired.
func (a *Aggregate) unfired(b bounds) bounds {
	for step := a.step(); a.fired(b.end); b.end += step {
		if a.spec.Window.Kind == plan.Hop {
			b.start += step
		}
	}
	return b
}

// wait enters a window into the list of those that wait.
func (a *Aggregate) wait(b bounds) {
	i, found := slices.BinarySearchFunc(a.pending, b, func(x, y bounds) int {
		switch {
		case x.end != y.end:
			return compare(x.end, y.end)
		default:
			return compare(x.start, y.start)
		}
	})
	if found {
		return
	}
	a.pending = slices.Insert(a.pending, i, b)
	if a.spec.Window.ProcTime {
		a.ctx.WakeAt(a.clock.trigger(b.end) + 1)
	}
}

func compare(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}

// Watermark implements operators.Operator.
func (a *Aggregate) Watermark(t int64, out operators.Output) error {
	if !a.spec.Window.ProcTime {
		if err := a.fire(t, out); err != nil {
			return err
		}
	}
	return out.Watermark(t)
}

// ProcessingTime implements operators.Timed.
func (a *Aggregate) ProcessingTime(now int64, out operators.Output) error {
	if !a.spec.Window.ProcTime {
		return nil
	}
	return a.fire(now-1, out)
}

// fire emits all windows that are over at time t.
func (a *Aggregate) fire(t int64, out operators.Output) error {
	for len(a.pending) > 0 {
		b := a.pending[0]
		if a.clock.trigger(b.end) > t {
			break
		}
		a.pending = slices.Delete(a.pending, 0, 1)
		var err error
		switch {
		case a.spec.Attached:
			err = a.fireCarried(b, out)
		case a.spec.Window.Kind == plan.Cumulate:
			err = a.fireCumulate(b, out)
		case a.spec.Window.Kind == plan.Hop && a.set.Invertible():
			err = a.fireRunning(b, out)
		case a.spec.Window.Kind == plan.Hop:
			err = a.fireHop(b, out)
		default:
			if p := a.panes[b.start]; p != nil {
				delete(a.panes, b.start)
				err = a.emitPane(p, b, out)
				p.state.Close()
			}
		}
		if err != nil {
			return err
		}
	}
	a.mark = max(a.mark, t)
	return nil
}

func (a *Aggregate) emitPane(p *pane, b bounds, out operators.Output) error {
	return a.emit(p.state, a.alive(p.state), func(int) bounds { return b }, out)
}

// fireHop merges the panes of a window. The oldest is used up, for no later window needs it.
func (a *Aggregate) fireHop(b bounds, out operators.Output) error {
	w := &a.spec.Window
	nextStart := b.start + w.Slide
	var spent, kept []*pane
	for s := b.start; s < b.end; s += a.width {
		p := a.panes[s]
		switch {
		case p == nil:
		case s < nextStart:
			spent = append(spent, p)
			delete(a.panes, s)
		default:
			kept = append(kept, p)
		}
	}
	defer func() {
		for _, p := range spent {
			p.state.Close()
		}
	}()
	for _, p := range kept {
		p.next = nextStart + w.Size
		a.wait(bounds{nextStart, p.next})
	}
	switch {
	case len(spent)+len(kept) == 0:
		return nil
	case len(spent) == 0 && len(kept) == 1:
		return a.emitPane(kept[0], b, out)
	case len(spent) == 0:
		spent = append(spent, &pane{state: a.set.NewState(a.keySchema().Types(), 0)})
	}
	to := spent[0]
	for _, p := range append(slices.Clone(spent[1:]), kept...) {
		a.merge(to.state, p.state)
	}
	return a.emitPane(to, b, out)
}

// merge adds all groups of one state to another.
func (a *Aggregate) merge(dst, src *accum.State) {
	dst.Table.Reserve(dst.Table.Len() + src.Table.Len())
	a.pairs(dst, src, func(to []int32, rows []table.Row, from []table.Row) { a.set.Merge(dst, to, rows, src.Reader(), from) })
}

// pairs calls f with all groups of src and those of the same key of dst.
func (a *Aggregate) pairs(dst, src *accum.State, f func(to []int32, rows, from []table.Row)) {
	ids := make([]int32, 0, vector.MaxRows)
	var to []int32
	var from, rows []table.Row
	flush := func() {
		from = src.Table.Pointers(ids, from)
		to = slices.Grow(to[:0], len(ids))[:len(ids)]
		dst.Table.FindRows(&src.Table.View, from, to, true)
		rows = dst.Table.Rows(to, rows)
		f(to, rows, from)
		ids = ids[:0]
	}
	for id := range int32(src.Table.Limit()) {
		if !src.Table.Live(id) {
			continue
		}
		if ids = append(ids, id); len(ids) == cap(ids) {
			flush()
		}
	}
	if len(ids) > 0 {
		flush()
	}
}

// fireCumulate adds the step that ends to those before it and emits the sum.
func (a *Aggregate) fireCumulate(b bounds, out operators.Output) error {
	w := &a.spec.Window
	base := a.bases[b.start]
	if p := a.panes[b.end-a.width]; p != nil {
		delete(a.panes, p.start)
		if base == nil {
			base = &pane{state: p.state}
			a.bases[b.start] = base
		} else {
			a.merge(base.state, p.state)
			p.state.Close()
		}
	}
	if base == nil {
		return nil
	}
	base.bounds = b
	err := a.emitPane(base, b, out)
	if b.end < b.start+w.Size {
		a.wait(bounds{b.start, b.end + w.Slide})
	} else {
		delete(a.bases, b.start)
		base.state.Close()
	}
	return err
}

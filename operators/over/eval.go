package over

import (
	"fmt"
	"slices"

	"millrace/operators/accum"
	"millrace/operators/rowstore"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// evaluator computes the calls for rows of a store. One goroutine uses it.
type evaluator struct {
	pool    *vector.Pool
	store   *rowstore.Store
	calls   []plan.OverCall
	groups  []*group // the aggregates, by frame
	ranged  bool     // some frame compares them with an offset
	lo, hi  []int32
	numbers []int32
}

// group is the aggregates that share a frame.
type group struct {
	frame plan.Frame
	calls []int // numbers of the calls
	// columns are those of the store that the aggregates read; aggs refers to them.
	columns []int
	aggs    []plan.Agg
	set     *accum.Set
	state   *accum.State
	// sliding takes rows away again; nil: results would depend on the rows that were there once.
	sliding *accum.Set
	slide   *accum.State
	free    []int32 // accumulators of state for temporary use
	rows    []table.Row
}

// head is the bytes of a keyed accumulator that belong to Timed.
const head = 56

// check reports calls that cannot be evaluated.
func check(s *plan.Over, input types.Schema) error {
	for _, k := range s.Keys {
		if k < 0 || k >= len(input) {
			return fmt.Errorf("over: key column %d of %d", k, len(input))
		}
	}
	for _, o := range s.Order {
		if o.Column < 0 || o.Column >= len(input) {
			return fmt.Errorf("over: order column %d of %d", o.Column, len(input))
		}
	}
	for i := range s.Calls {
		c := &s.Calls[i]
		for _, a := range c.Args {
			if a < 0 || a >= len(input) {
				return fmt.Errorf("over: argument column %d of %d", a, len(input))
			}
		}
		if c.Func == "NTILE" && c.Offset < 1 {
			return fmt.Errorf("over: NTILE(%d)", c.Offset)
		}
		if (c.Func == "LAG" || c.Func == "LEAD") && len(c.Args) == 0 {
			return fmt.Errorf("over: %s without an argument", c.Func)
		}
		if c.OffsetArg && (len(c.Args) < 2 || input[c.Args[len(c.Args)-1]].Type.Kind != types.BigInt) {
			return fmt.Errorf("over: the offset of %s is no BIGINT", c.Func)
		}
	}
	e := &evaluator{pool: vector.NewPool(0)}
	err := e.open(e.pool, nil, s, input, nil)
	e.close()
	return err
}

// open prepares the evaluator. keyed are the key types of the accumulators of a running frame that the caller keeps; nil: all are temporary.
func (e *evaluator) open(pool *vector.Pool, store *rowstore.Store, s *plan.Over, input types.Schema, keyed []types.Type) error {
	e.pool, e.store, e.calls = pool, store, s.Calls
	for i := range s.Calls {
		c := &s.Calls[i]
		if c.IsPlace() {
			continue
		}
		g := e.group(c.Frame)
		g.calls = append(g.calls, i)
		aggs, err := accum.Remap([]plan.Agg{c.Agg}, len(input), func(col int) int {
			if at := slices.Index(g.columns, col); at >= 0 {
				return at
			}
			g.columns = append(g.columns, col)
			return len(g.columns) - 1
		})
		if err != nil {
			return fmt.Errorf("over: %w", err)
		}
		g.aggs = append(g.aggs, aggs...)
	}
	for _, g := range e.groups {
		read := input.Project(g.columns).Types()
		opt := accum.Options{WrapAverage: true}
		var err error
		if g.set, err = accum.New(pool, g.aggs, read, opt); err != nil {
			return fmt.Errorf("over: %w", err)
		}
		if g.frame.Lower.Unbounded {
			g.state = g.set.NewState(keyed, head)
		} else {
			g.state = g.set.NewState(nil, head)
		}
		if g.frame.Lower.Unbounded || !exact(g.aggs, read) {
			continue
		}
		opt.Retract = true
		if g.sliding, err = accum.New(pool, g.aggs, read, opt); err != nil {
			return fmt.Errorf("over: %w", err)
		}
		g.slide = g.sliding.NewState(nil, 0)
	}
	return nil
}

// exact tells whether taking a row away undoes adding it to the bit.
func exact(aggs []plan.Agg, read []types.Type) bool {
	for _, a := range aggs {
		switch a.Func {
		case "COUNT", "MIN", "MAX":
			continue
		case "SUM", "AVG":
			if t := read[a.Args[0]]; t.IsInteger() || t.Kind == types.Decimal {
				continue
			}
		}
		return false
	}
	return true
}

func (e *evaluator) group(f plan.Frame) *group {
	for _, g := range e.groups {
		if g.frame == f {
			return g
		}
	}
	g := &group{frame: f}
	e.groups = append(e.groups, g)
	if !f.Rows {
		e.ranged = e.ranged || isOffset(f.Lower) || isOffset(f.Upper)
	}
	return g
}

func (e *evaluator) close() {
	for _, g := range e.groups {
		if g.state != nil {
			g.state.Close()
		}
		if g.slide != nil {
			g.slide.Close()
		}
	}
	e.groups = nil
}

// results makes a column for each call, with one value for each wanted row, in the order of parts. Rows that follow each other in ids are those
// of the partitions, in their order.
func (e *evaluator) results(ids []rowstore.ID, parts []part, o *order) ([]*vector.Vector, error) {
	out := make([]*vector.Vector, len(e.calls))
	for i := range e.calls {
		if e.calls[i].IsPlace() {
			out[i] = e.place(&e.calls[i], ids, parts, o)
		}
	}
	if len(e.groups) == 0 {
		return out, nil
	}
	if cap(e.lo) < len(ids) {
		e.lo, e.hi = make([]int32, len(ids)), make([]int32, len(ids))
	}
	e.lo, e.hi = e.lo[:len(ids)], e.hi[:len(ids)]
	for _, g := range e.groups {
		for _, p := range parts {
			frames(g.frame, p, o, e.lo, e.hi)
		}
		r := &run{evaluator: e, g: g, ids: ids, parts: parts, slot: make([]int32, 0, wanted(parts))}
		err := r.run()
		for i, b := range r.out {
			if err == nil {
				v := b.Finish()
				out[g.calls[i]] = vector.Gather(e.pool, v, r.slot)
				v.Release()
			}
			b.Release()
		}
		if err != nil {
			for _, v := range out {
				if v != nil {
					v.Release()
				}
			}
			return nil, err
		}
	}
	return out, nil
}

// run is the evaluation of one group: it makes results for slots, that is, for different frames, and notes the slot of each row.
type run struct {
	*evaluator
	g     *group
	ids   []rowstore.ID
	parts []part
	out   []*vector.Builder // results by slot
	slot  []int32           // of each wanted row
	slots int

	// rows that wait for an update, with the accumulators that they go into
	rows  []rowstore.ID
	into  []int32
	kinds []vector.RowKind
	ready []int32 // accumulators whose results are next
}

// short is the average length from which on frames slide.
const short = 64

func (r *run) run() error {
	r.out = make([]*vector.Builder, len(r.g.calls))
	for i, c := range r.g.calls {
		r.out[i] = vector.NewBuilder(r.pool, r.calls[c].Type, 0)
	}
	if r.g.frame.Lower.Unbounded {
		return r.running()
	}
	if r.g.sliding != nil {
		total := 0
		for _, p := range r.parts {
			for i := p.from; i < p.end; i++ {
				total += int(r.hi[i] - r.lo[i])
			}
		}
		if total > short*wanted(r.parts) {
			return r.slide()
		}
	}
	return r.sideBySide()
}

// running grows an accumulator for each partition.
func (r *run) running() error {
	type cursor struct{ next, done, end, id int32 }
	var open []cursor
	base := make([]int32, 0, len(r.parts)) // of the rows of each partition in r.slot
	n := int32(0)
	for _, p := range r.parts {
		done := int32(p.start)
		if p.id >= 0 {
			done = int32(p.from)
		}
		open = append(open, cursor{int32(p.from), done, int32(p.end), p.id})
		base = append(base, n-int32(p.from))
		n += int32(p.end - p.from)
	}
	r.slot = r.slot[:n]
	for k := range open {
		if open[k].id < 0 {
			open[k].id = r.g.take()
		}
	}
	left := len(open)
	for left > 0 {
		for k := range open {
			c := &open[k]
			if c.next >= c.end {
				continue
			}
			h := r.hi[c.next]
			for ; c.done < h; c.done++ {
				r.rows, r.into = append(r.rows, r.ids[c.done]), append(r.into, c.id)
			}
			s := int32(r.slots + len(r.ready))
			for c.next < c.end && r.hi[c.next] == h {
				r.slot[base[k]+c.next] = s
				c.next++
			}
			if c.next >= c.end {
				left--
			}
			r.ready = append(r.ready, c.id)
			if len(r.rows) >= vector.MaxRows {
				if err := r.update(r.g.set, r.g.state); err != nil {
					return err
				}
			}
		}
		if err := r.emit(r.g.set, r.g.state); err != nil {
			return err
		}
	}
	for k, p := range r.parts {
		if p.id < 0 {
			r.g.put(open[k].id)
		}
	}
	r.g.state.Compact()
	return nil
}

// sideBySide gives each frame an accumulator of its own.
func (r *run) sideBySide() error {
	flush := func() error {
		taken := slices.Clone(r.ready)
		err := r.emit(r.g.set, r.g.state)
		for _, id := range taken {
			r.g.put(id)
		}
		return err
	}
	for _, p := range r.parts {
		for i := p.from; i < p.end; i++ {
			if i > p.from && r.lo[i] == r.lo[i-1] && r.hi[i] == r.hi[i-1] {
				r.slot = append(r.slot, r.slot[len(r.slot)-1])
				continue
			}
			id := r.g.take()
			for j := r.lo[i]; j < r.hi[i]; j++ {
				r.rows, r.into = append(r.rows, r.ids[j]), append(r.into, id)
			}
			r.slot = append(r.slot, int32(r.slots+len(r.ready)))
			r.ready = append(r.ready, id)
			if len(r.rows) >= vector.MaxRows || len(r.ready) >= vector.MaxRows {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
	err := flush()
	r.g.state.Compact()
	return err
}

// slide moves one accumulator along each partition.
func (r *run) slide() error {
	set, st := r.g.sliding, r.g.slide
	for _, p := range r.parts {
		id := st.Table.NewRow()
		from, to := r.lo[p.from], r.lo[p.from]
		for i := p.from; i < p.end; i++ {
			if i > p.from && r.lo[i] == r.lo[i-1] && r.hi[i] == r.hi[i-1] {
				r.slot = append(r.slot, r.slot[len(r.slot)-1])
				continue
			}
			for ; to < r.hi[i]; to++ {
				r.rows, r.into, r.kinds = append(r.rows, r.ids[to]), append(r.into, id), append(r.kinds, vector.Insert)
			}
			for ; from < r.lo[i]; from++ {
				r.rows, r.into, r.kinds = append(r.rows, r.ids[from]), append(r.into, id), append(r.kinds, vector.Delete)
			}
			r.slot = append(r.slot, int32(r.slots))
			r.ready = append(r.ready, id)
			if err := r.emit(set, st); err != nil {
				return err
			}
		}
		st.Delete(id)
		st.Compact()
	}
	return nil
}

// update accumulates the rows that wait.
func (r *run) update(set *accum.Set, st *accum.State) error {
	for from := 0; from < len(r.rows); {
		to := min(len(r.rows), from+vector.MaxRows)
		cols := make([]*vector.Vector, len(r.g.columns))
		for i, c := range r.g.columns {
			cols[i] = r.store.Gather(c, r.rows[from:to])
		}
		b := vector.NewBatch(to-from, cols...)
		var kinds []vector.RowKind
		if r.kinds != nil {
			kinds = r.kinds[from:to]
		}
		r.g.rows = st.Table.Rows(r.into[from:to], r.g.rows)
		err := set.Update(st, b, kinds, r.into[from:to], r.g.rows, false)
		b.Release()
		if err != nil {
			return err
		}
		from = to
	}
	r.rows, r.into = r.rows[:0], r.into[:0]
	if r.kinds != nil {
		r.kinds = r.kinds[:0]
	}
	return nil
}

// emit makes the results of the accumulators that are ready, as the next slots.
func (r *run) emit(set *accum.Set, st *accum.State) error {
	if err := r.update(set, st); err != nil {
		return err
	}
	for from := 0; from < len(r.ready); {
		to := min(len(r.ready), from+vector.MaxRows)
		r.g.rows = st.Table.Pointers(r.ready[from:to], r.g.rows)
		cols, err := set.Results(st.Reader(), r.g.rows)
		if err != nil {
			return err
		}
		for i, v := range cols {
			r.out[i].AppendRows(v, r.sequence(v.Len))
			v.Release()
		}
		from = to
	}
	r.slots += len(r.ready)
	r.ready = r.ready[:0]
	return nil
}

// sequence is 0, 1, … n-1, not to be changed.
func (e *evaluator) sequence(n int) []int32 {
	for len(e.numbers) < n {
		e.numbers = append(e.numbers, int32(len(e.numbers)))
	}
	return e.numbers[:n]
}

// take returns an accumulator of no rows.
func (g *group) take() int32 {
	if n := len(g.free); n > 0 {
		id := g.free[n-1]
		g.free = g.free[:n-1]
		return id
	}
	return g.state.Table.NewRow()
}

// put takes it back.
func (g *group) put(id int32) {
	g.state.Reset(id)
	g.free = append(g.free, id)
}

// sequenceInts is 0, 1, … n-1.
func (e *evaluator) sequenceInts(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

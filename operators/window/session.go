package window

import (
	"cmp"
	"fmt"
	"slices"

	"millrace/operators"
	"millrace/operators/accum"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// session is the head of a session's row. The row of the key itself is the first session; others are linked to it.
type session struct {
	start, end int64
	next       int32 // row id of the next session of the key, plus 1
	open       int32 // 1: a session, 0: the row of a key without one
	bucket     int64 // where the session is looked for when time passes
}

const (
	sessionBytes = 32
	noBucket     = operators.MinWatermark
)

// Sessions is the operator of plan.WindowAggregate over SESSION windows. One goroutine uses it.
type Sessions struct {
	core
	state   *accum.State
	grain   int64             // milliseconds of a bucket
	buckets map[int64][]int32 // ids of sessions, by the time they may be over
	order   []int64           // the buckets there are, ascending
	kept    []uint16          // rows of the batch that belong to sessions
	into    []int32           // and those sessions
	empty   []int32           // keys that were new and whose row was late
	from    int               // rows of kept that are accumulated already
	emitRow func(ids []int32, out operators.Output) error
}

// NewSessions returns the operator. See NewAggregate.
func NewSessions(spec *plan.WindowAggregate, input, output types.Schema) (*Sessions, error) {
	s := &Sessions{buckets: map[int64][]int32{}}
	if spec.Window.Size <= 0 {
		return nil, fmt.Errorf("window session: gap of %d ms", spec.Window.Size)
	}
	s.grain = max(1, spec.Window.Size/64)
	return s, s.prepare(spec, input, output)
}

// Open implements operators.Operator.
func (s *Sessions) Open(ctx operators.Context) error {
	if err := s.open(ctx); err != nil {
		return err
	}
	s.state = s.set.NewState(s.keySchema().Types(), sessionBytes)
	s.emitRow = func(ids []int32, out operators.Output) error {
		return s.emit(s.state, ids, func(i int) bounds { return s.boundsOf(ids[i]) }, out)
	}
	return nil
}

// Close implements operators.Operator.
func (s *Sessions) Close() error {
	if s.state != nil {
		s.state.Close()
		s.state = nil
	}
	return nil
}

func (s *Sessions) at(id int32) *session {
	return table.At[session](s.state.Table.Row(id), s.state.Table.Payload())
}

func (s *Sessions) writable(id int32) *session {
	return table.At[session](s.state.Table.Writable(id), s.state.Table.Payload())
}

func (s *Sessions) boundsOf(id int32) bounds {
	x := s.at(id)
	return bounds{x.start, x.end}
}

// Process implements operators.Operator.
func (s *Sessions) Process(_ int, in *operators.Batch, out operators.Output) error {
	if in.Rows() == 0 {
		return nil
	}
	b := s.dense(in)
	defer b.Release()
	if s.spec.Window.ProcTime {
		if err := s.fire(s.ctx.Now()-1, out); err != nil {
			return err
		}
	}
	if err := s.rowTimes(b); err != nil {
		return err
	}
	s.ids = slices.Grow(s.ids[:0], b.Len)[:b.Len]
	s.state.Table.FindBatch(b, s.keys, s.ids, true)
	s.kept, s.into, s.empty, s.from = s.kept[:0], s.into[:0], s.empty[:0], 0
	gap := s.spec.Window.Size
	for i, t := range s.times {
		id := s.ids[i]
		x := s.writable(id)
		if x.open == 0 || x.next != 0 || t > x.end || t+gap < x.start {
			var err error
			if id, err = s.assign(b, id, t); err != nil {
				return err
			}
			if id < 0 {
				continue
			}
		} else {
			x.start, x.end = min(x.start, t), max(x.end, t+gap)
		}
		s.kept = append(s.kept, uint16(i))
		s.into = append(s.into, id)
	}
	if err := s.flush(b); err != nil {
		return err
	}
	for _, id := range s.empty {
		if s.state.Table.Live(id) && s.at(id).open == 0 {
			s.state.Delete(id)
		}
	}
	s.state.Compact()
	return nil
}

// assign finds the session of a row at time t: one of the key's chain, or a new one. It merges sessions that the row connects. It returns -1
// for a late row.
func (s *Sessions) assign(b *vector.Batch, head int32, t int64) (int32, error) {
	gap := s.spec.Window.Size
	found := int32(-1)
	for e := head + 1; e != 0; {
		id := e - 1
		x := s.writable(id)
		e = x.next
		if x.open == 0 || t > x.end || t+gap < x.start {
			continue
		}
		if found < 0 {
			found = id
			x.start, x.end = min(x.start, t), max(x.end, t+gap)
			continue
		}
		// The row connects two sessions. What the batch has for them so far must be in the accumulators first.
		if err := s.flush(b); err != nil {
			return 0, err
		}
		s.join(head, found, id)
	}
	if found >= 0 {
		return found, nil
	}
	end := t + gap
	if !s.spec.Window.ProcTime && s.fired(end) {
		s.late.Add(1)
		if s.at(head).open == 0 {
			s.empty = append(s.empty, head)
		}
		return -1, nil
	}
	return s.begin(head, bounds{t, end}), nil
}

// begin begins a session of a key.
func (s *Sessions) begin(head int32, b bounds) int32 {
	id := head
	if s.at(head).open != 0 {
		id = s.state.Table.NewRow()
		s.state.Table.CopyKey(id, head)
		h := s.writable(head)
		s.writable(id).next = h.next
		h.next = id + 1
	}
	x := s.writable(id)
	x.start, x.end, x.open = b.start, b.end, 1
	s.enter(id, x)
	return id
}

// join adds session from to session to. If one of them is the key's row, it stays.
func (s *Sessions) join(head, to, from int32) {
	x, y := s.writable(to), s.at(from)
	x.start, x.end = min(x.start, y.start), max(x.end, y.end)
	s.rows = s.state.Table.Rows([]int32{to, from}, s.rows)
	s.set.Merge(s.state, []int32{to}, s.rows[:1], s.state.Reader(), s.rows[1:2])
	// The chain begins with the key's row, so that from, which comes later in it, is another one.
	s.unlink(head, from)
	s.state.Delete(from)
}

// unlink takes a session that is not the first out of the chain of its key.
func (s *Sessions) unlink(head, id int32) {
	next := s.at(id).next
	for e := head; ; {
		x := s.at(e)
		if x.next == id+1 {
			s.writable(e).next = next
			return
		}
		e = x.next - 1
	}
}

// flush accumulates the rows that have got their sessions.
func (s *Sessions) flush(b *vector.Batch) error {
	kept, into := s.kept[s.from:], s.into[s.from:]
	s.from = len(s.kept)
	if len(kept) == 0 {
		return nil
	}
	part := b.Retain()
	if len(kept) < b.Len {
		x := b.Project(all(len(b.Columns)))
		x.Sel = kept
		part.Release()
		part = x.Dense(s.pool)
		x.Release()
	}
	defer part.Release()
	s.rows = s.state.Table.Rows(into, s.rows)
	return s.set.Update(s.state, part, s.kinds(part), into, s.rows, false)
}

// enter puts a session into the bucket of its end.
func (s *Sessions) enter(id int32, x *session) {
	at := s.clock.trigger(x.end)
	x.bucket = at - floorMod(at, s.grain)
	list, ok := s.buckets[x.bucket]
	if !ok {
		i, _ := slices.BinarySearch(s.order, x.bucket)
		s.order = slices.Insert(s.order, i, x.bucket)
		if s.spec.Window.ProcTime {
			s.ctx.WakeAt(at + 1)
		}
	}
	s.buckets[x.bucket] = append(list, id)
}

// Watermark implements operators.Operator.
func (s *Sessions) Watermark(t int64, out operators.Output) error {
	if !s.spec.Window.ProcTime {
		if err := s.fire(t, out); err != nil {
			return err
		}
	}
	return out.Watermark(t)
}

// ProcessingTime implements operators.Timed.
func (s *Sessions) ProcessingTime(now int64, out operators.Output) error {
	if !s.spec.Window.ProcTime {
		return nil
	}
	return s.fire(now-1, out)
}

// fire emits the sessions that are over at time t.
func (s *Sessions) fire(t int64, out operators.Output) error {
	s.mark = max(s.mark, t)
	var over []int32
	for len(s.order) > 0 && s.order[0] <= t {
		b := s.order[0]
		list := s.buckets[b]
		rest := list[:0]
		soon := int64(operators.MaxWatermark)
		for _, id := range list {
			if !s.state.Table.Live(id) {
				continue
			}
			x := s.writable(id)
			if x.open == 0 || x.bucket != b {
				continue
			}
			switch at := s.clock.trigger(x.end); {
			case at <= t:
				x.bucket = noBucket
				over = append(over, id)
			case at-floorMod(at, s.grain) == b:
				rest = append(rest, id)
				soon = min(soon, at)
			default:
				s.enter(id, x)
			}
		}
		if len(rest) > 0 {
			s.buckets[b] = rest
			if s.spec.Window.ProcTime {
				s.ctx.WakeAt(soon + 1)
			}
			break
		}
		delete(s.buckets, b)
		s.order = slices.DeleteFunc(s.order, func(x int64) bool { return x == b })
	}
	if len(over) == 0 {
		return nil
	}
	slices.SortFunc(over, func(a, b int32) int { return cmp.Compare(s.at(a).end, s.at(b).end) })
	ids := over
	if s.spec.InputUpdating {
		ids = slices.DeleteFunc(slices.Clone(over), func(id int32) bool { return s.set.Rows(s.state, s.state.Table.Row(id)) <= 0 })
	}
	if err := s.emitRow(ids, out); err != nil {
		return err
	}
	for _, id := range over {
		s.remove(id)
	}
	s.state.Compact()
	return nil
}

// remove drops a session that has fired.
func (s *Sessions) remove(id int32) {
	t := s.state.Table
	head := []int32{id}
	if !t.Indexed(id) {
		t.FindRows(&t.View, t.Pointers(head, nil), head, false)
	}
	switch next := s.at(id).next; {
	case head[0] != id:
		s.unlink(head[0], id)
	case next != 0:
		// The next session becomes the row of the key.
		t.Rebind(id, next-1)
	}
	s.state.Delete(id)
}

// sessionColumns are the columns between keys and accumulators.
func sessionColumns() types.Schema { return paneColumns()[:2] }

// Snapshot implements operators.Snapshotter.
func (s *Sessions) Snapshot() (operators.Snapshot, error) {
	r := s.state.Freeze()
	off := r.View().Payload()
	extra := func(rows []table.Row) []*vector.Vector {
		cols := constants(s.pool, bounds{}, false, len(rows))
		cols[2].Release()
		for i, row := range rows {
			x := table.At[session](row, off)
			vector.Values[int64](cols[0])[i], vector.Values[int64](cols[1])[i] = x.start, x.end
		}
		return cols[:2]
	}
	return &snapshot{
		c: &s.core, mark: s.mark, max: s.ctx.Keys().Max, extra: sessionColumns(), frozen: []*accum.Reader{r},
		saved: []accum.Saved{{Reader: r, Extra: extra}},
	}, nil
}

// Restore implements operators.Snapshotter.
func (s *Sessions) Restore(r operators.StateReader) error {
	var err error
	if s.mark, err = readMark(r); err != nil {
		return err
	}
	n := len(s.keys)
	return s.set.Load(r, s.keySchema(), sessionColumns(), func(b *vector.Batch, _ int, groups bool, ids []int32) (*accum.State, int, error) {
		s.state.Table.FindBatch(b, all(n), ids, true)
		start, end := vector.Values[int64](b.Columns[n]), vector.Values[int64](b.Columns[n+1])
		for i := range b.Len {
			if groups {
				ids[i] = s.begin(ids[i], bounds{start[i], end[i]})
				continue
			}
			for e := ids[i] + 1; e != 0; e = s.at(e - 1).next {
				if s.at(e-1).start == start[i] {
					ids[i] = e - 1
					break
				}
			}
		}
		return s.state, b.Len, nil
	})
}

package over

import (
	"slices"

	"millrace/operators"
	"millrace/operators/accum"
	"millrace/operators/rowkey"
	"millrace/operators/rowstore"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/sql/types"
)

func headColumns() types.Schema {
	big := types.BigIntType().AsNotNull()
	return types.Schema{{Name: "rows", Type: big}, {Name: "peers", Type: big}, {Name: "last", Type: big}, {Name: "stamp", Type: big}}
}

func markColumns() types.Schema {
	return types.Schema{{Name: "watermark", Type: types.BigIntType().AsNotNull()}}
}

// rowColumns are those of the table of rows: the input, the time, and whether the row was emitted.
func (t *Timed) rowColumns() types.Schema {
	return append(append(types.Schema{}, t.input...), types.Field{Name: "$time", Type: types.BigIntType().AsNotNull()},
		types.Field{Name: "$kept", Type: types.BooleanType().AsNotNull()})
}

type timedSnapshot struct {
	t     *Timed
	keys  *accum.Reader
	rows  *rowstore.Frozen
	times *rowstore.Side[int64]
	mark  int64
	// kept and wait are the rows by key group, those of a key in the order of time.
	kept, wait [][]rowstore.ID
}

// Snapshot freezes the keys and the rows; the lists of rows are copied.
func (t *Timed) Snapshot() (operators.Snapshot, error) {
	groups := t.ctx.Keys().Max
	s := &timedSnapshot{t: t, mark: t.mark, kept: make([][]rowstore.ID, groups), wait: make([][]rowstore.ID, groups)}
	for id := range int32(t.state.Table.Limit()) {
		if t.state.Table.Live(id) {
			r := t.state.Table.Row(id)
			g := rowkey.GroupOf(table.Hash(r), groups)
			s.kept[g] = append(s.kept[g], t.lists.Of(&t.head(r).kept)...)
		}
	}
	all := slices.Concat(t.runs...)
	slices.SortFunc(all, compareWaiting)
	for _, w := range all {
		g := rowkey.GroupOf(table.Hash(t.state.Table.Row(w.key)), groups)
		s.wait[g] = append(s.wait[g], w.id)
	}
	s.keys, s.rows, s.times = t.state.Freeze(), t.store.Freeze(), t.times.Freeze()
	return s, nil
}

// Write writes the watermark, the keys with their accumulators, and the rows.
func (s *timedSnapshot) Write(w operators.StateWriter) error {
	pool := s.t.ctx.Pool()
	tw, err := w.Table("watermark", markColumns())
	if err != nil {
		return err
	}
	v := vector.New(pool, markColumns()[0].Type, 1, 0)
	vector.Values[int64](v)[0] = s.mark
	b := vector.NewBatch(1, v)
	err = tw.Append(operators.NoKeyGroup, b)
	b.Release()
	if err != nil {
		return err
	}
	saved := accum.Saved{Reader: s.keys, Extra: func(rows []table.Row) []*vector.Vector {
		cols := make([]*vector.Vector, 4)
		for i := range cols {
			cols[i] = vector.New(pool, headColumns()[i].Type, len(rows), 0)
		}
		off := s.keys.View().Payload()
		for i, r := range rows {
			h := table.At[keyHead](r, off)
			for k, x := range [4]int64{h.rows, h.peers, h.last, h.stamp} {
				vector.Values[int64](cols[k])[i] = x
			}
		}
		return cols
	}}
	keys := s.t.input.Project(s.t.spec.Keys)
	if err := s.t.set.Save(w, keys, headColumns(), []accum.Saved{saved}, s.t.ctx.Keys().Max); err != nil {
		return err
	}
	if tw, err = w.Table("rows", s.t.rowColumns()); err != nil {
		return err
	}
	for g := range s.kept {
		if err := s.write(tw, g, s.kept[g], true); err != nil {
			return err
		}
		if err := s.write(tw, g, s.wait[g], false); err != nil {
			return err
		}
	}
	return nil
}

func (s *timedSnapshot) write(tw operators.TableWriter, group int, ids []rowstore.ID, kept bool) error {
	pool := s.t.ctx.Pool()
	for len(ids) > 0 {
		n := min(len(ids), vector.MaxRows)
		b := s.rows.Batch(ids[:n])
		time := vector.New(pool, types.BigIntType().AsNotNull(), n, 0)
		for i, id := range ids[:n] {
			vector.Values[int64](time)[i] = s.times.Get(id)
		}
		flag := vector.New(pool, types.BooleanType().AsNotNull(), n, 0)
		vector.FillBits(flag.Data, n, kept)
		b.Columns = append(b.Columns, time, flag)
		err := tw.Append(group, b)
		b.Release()
		if err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// Release frees the snapshot.
func (s *timedSnapshot) Release() {
	s.keys.Release()
	s.rows.Release()
}

// Restore reads the state. The watermark is the lowest of those that were saved.
func (t *Timed) Restore(r operators.StateReader) error {
	some := false
	err := r.Table("watermark", markColumns(), func(_ int, b *operators.Batch) error {
		for _, x := range vector.Values[int64](b.Columns[0]) {
			if !some || x < t.mark {
				t.mark, some = x, true
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	keys := make([]int, len(t.spec.Keys))
	for i := range keys {
		keys[i] = i
	}
	n := len(keys)
	err = t.set.Load(r, t.input.Project(t.spec.Keys), headColumns(), func(b *vector.Batch, _ int, groups bool, ids []int32) (*accum.State, int, error) {
		t.state.Table.FindBatch(b, keys, ids, true)
		if groups {
			for i, row := range t.state.Table.Rows(ids[:b.Len], nil) {
				h := t.head(row)
				for k, p := range [4]*int64{&h.rows, &h.peers, &h.last, &h.stamp} {
					*p = vector.Values[int64](b.Columns[n+k])[i]
				}
			}
		}
		return t.state, b.Len, nil
	})
	if err != nil {
		return err
	}
	return r.Table("rows", t.rowColumns(), func(_ int, b *operators.Batch) error {
		t.restoreRows(b)
		return nil
	})
}

func (t *Timed) restoreRows(b *operators.Batch) {
	width := len(t.input)
	times, kept := vector.Values[int64](b.Columns[width]), b.Columns[width+1]
	in := b.Project(t.eval.sequenceInts(width))
	defer in.Release()
	t.ids = slices.Grow(t.ids[:0], b.Len)[:b.Len]
	t.state.Table.FindBatch(in, t.spec.Keys, t.ids, true)
	t.rows = t.state.Table.Rows(t.ids, t.rows)
	t.sel = append(t.sel[:0], t.eval.sequence(b.Len)...)
	rows := t.take(in, times, t.store.AppendCopy)
	wait := rows[:0]
	for i, w := range rows {
		if !kept.Bool(i) {
			wait = append(wait, w)
			continue
		}
		h := t.head(t.rows[i])
		h.waiting--
		t.lists.Insert(&h.kept, h.kept.Len(), w.id)
		if t.span >= 0 {
			t.aging = append(t.aging, aged{w.time, w.key})
			t.clock = max(t.clock, w.time)
		}
	}
	slices.SortStableFunc(t.aging, func(a, b aged) int { return int(min(max(a.time-b.time, -1), 1)) })
	t.enqueue(wait)
}

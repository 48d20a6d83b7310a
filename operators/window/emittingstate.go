package window

import (
	"fmt"

	"millrace/operators"
	"millrace/operators/accum"
	"millrace/operators/rowstore"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// emittedColumns are those of the table of emitted results: the group, then the results.
func (e *Emitting) emittedColumns() types.Schema {
	s := e.stateKeys()
	for i, t := range e.resultTypes() {
		s = append(s, types.Field{Name: fmt.Sprintf("r%d", i), Type: t})
	}
	return s
}

type emittingSnapshot struct {
	e      *Emitting
	groups *accum.Reader
	rows   *rowstore.Frozen
	mark   int64
}

// Snapshot implements operators.Snapshotter.
func (e *Emitting) Snapshot() (operators.Snapshot, error) {
	return &emittingSnapshot{e: e, groups: e.state.Freeze(), rows: e.emitted.Freeze(), mark: e.mark}, nil
}

// Write implements operators.Snapshot.
func (s *emittingSnapshot) Write(w operators.StateWriter) error {
	e := s.e
	if err := writeMark(e.pool, w, s.mark); err != nil {
		return err
	}
	groups := e.ctx.Keys().Max
	if err := e.set.Save(w, e.stateKeys(), nil, []accum.Saved{{Reader: s.groups}}, groups); err != nil {
		return err
	}
	t, err := w.Table("emitted", e.emittedColumns())
	if err != nil {
		return fmt.Errorf("state table emitted: %w", err)
	}
	v := s.groups.View()
	ids, ends := v.ByGroup(groups)
	from := 0
	for g, end := range ends {
		var rows []table.Row
		var results []rowstore.ID
		flush := func() error {
			if len(rows) == 0 {
				return nil
			}
			b := vector.NewBatch(len(rows), v.Keys(e.pool, rows)...)
			r := s.rows.Batch(results)
			b.Columns = append(b.Columns, r.Columns...)
			defer b.Release()
			rows, results = rows[:0], results[:0]
			return t.Append(g, b)
		}
		for ; from < end; from++ {
			r := v.Row(ids[from])
			if h := table.At[emitHead](r, v.Payload()); h.emitted != 0 {
				rows, results = append(rows, r), append(results, h.emitted-1)
			}
			if len(rows) == vector.MaxRows {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		if err := flush(); err != nil {
			return err
		}
	}
	return nil
}

// Release implements operators.Snapshot.
func (s *emittingSnapshot) Release() {
	s.groups.Release()
	s.rows.Release()
}

// Restore implements operators.Snapshotter. Groups that waited for a time are emitted soon.
func (e *Emitting) Restore(r operators.StateReader) error {
	mark, err := readMark(r)
	if err != nil {
		return err
	}
	e.mark, e.batch = mark, 1
	n := len(e.keys)
	err = e.set.Load(r, e.stateKeys(), nil, func(b *vector.Batch, _ int, groups bool, ids []int32) (*accum.State, int, error) {
		e.find(b, all(n+2), ids[:b.Len])
		if groups {
			e.restoreGroups(b, ids[:b.Len])
		}
		return e.state, b.Len, nil
	})
	if err != nil {
		return err
	}
	return r.Table("emitted", e.emittedColumns(), func(_ int, b *vector.Batch) error {
		ids, rows := make([]int32, b.Len), make([]int32, b.Len)
		for i := range rows {
			rows[i] = int32(i)
		}
		e.find(b, all(n+2), ids)
		results := make([]rowstore.ID, b.Len)
		p := b.Project(all(len(b.Columns))[n+2:])
		e.emitted.AppendCopy(p, rows, results)
		p.Release()
		for i, id := range ids {
			e.head(id).emitted = results[i] + 1
		}
		return nil
	})
}

func (e *Emitting) restoreGroups(b *vector.Batch, ids []int32) {
	n := len(e.keys)
	start, end := vector.Values[int64](b.Columns[n]), vector.Values[int64](b.Columns[n+1])
	for i, id := range ids {
		h := e.head(id)
		w := bounds{start[i], end[i]}
		h.batch = 1
		e.waiting[w] = append(e.waiting[w], id)
		e.due(id, h, w.end)
	}
}

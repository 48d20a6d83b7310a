package setop

import (
	"millrace/operators"
	"millrace/operators/rowkey"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Union passes all its inputs on.
type Union struct{ operators.Stateless }

// Process passes the batch on.
func (Union) Process(_ int, b *operators.Batch, out operators.Output) error { return out.Emit(b) }

// SetOp is INTERSECT and EXCEPT. It counts each distinct row on both sides; the counts decide how often the row is in the result.
type SetOp struct {
	spec   *plan.SetOp
	schema types.Schema
	all    []int // all columns
	ctx    operators.Context
	store  *rowstore.Store
	index  rowstore.Index
	counts rowstore.Side[[2]int32]
	hashes []uint64
	ids    []rowstore.ID // of pending changes
	kinds  []vector.RowKind
	dead   []rowstore.ID // to be deleted after the next flush
}

// New returns the operator for inputs of that schema.
func New(spec *plan.SetOp, schema types.Schema) *SetOp {
	s := &SetOp{spec: spec, schema: schema}
	for i := range schema {
		s.all = append(s.all, i)
	}
	return s
}

// Open prepares the state.
func (s *SetOp) Open(ctx operators.Context) error {
	s.ctx = ctx
	s.store = rowstore.New(ctx.Pool(), s.schema.Types())
	return nil
}

// Watermark passes t on.
func (s *SetOp) Watermark(t int64, out operators.Output) error { return out.Watermark(t) }

// Close frees the state.
func (s *SetOp) Close() error {
	if s.store != nil {
		s.store.Close()
	}
	return nil
}

// times is how often a row with these counts is in the result.
func (s *SetOp) times(c [2]int32) int32 {
	l, r := max(c[0], 0), max(c[1], 0)
	var n int32
	switch {
	case s.spec.Except && s.spec.All:
		n = max(l-r, 0)
	case s.spec.Except && r > 0:
		n = 0
	case s.spec.Except:
		n = l
	default:
		n = min(l, r)
	}
	if !s.spec.All {
		n = min(n, 1)
	}
	return n
}

// Process counts the rows of one side and emits what that changes.
func (s *SetOp) Process(input int, b *operators.Batch, out operators.Output) error {
	b = b.Dense(s.ctx.Pool())
	defer b.Release()
	if cap(s.hashes) < b.Len {
		s.hashes = make([]uint64, b.Len)
	}
	s.hashes = s.hashes[:b.Len]
	rowkey.HashColumns(b, s.all, s.hashes)
	for i := range b.Len {
		id := s.find(b, i)
		c := s.counts.At(id)
		before := s.times(*c)
		if b.Kind(i).IsAdd() {
			c[input]++
		} else {
			c[input]--
		}
		after := s.times(*c)
		if !s.spec.Final {
			for ; before < after; before++ {
				s.ids, s.kinds = append(s.ids, id), append(s.kinds, vector.Insert)
			}
			for ; before > after; before-- {
				s.ids, s.kinds = append(s.ids, id), append(s.kinds, vector.Delete)
			}
		}
		if *c == [2]int32{} {
			s.index.Delete(id)
			s.dead = append(s.dead, id)
		}
		if len(s.ids) >= vector.MaxRows {
			if err := s.flush(out); err != nil {
				return err
			}
		}
	}
	return s.flush(out)
}

// find returns the id of a row, which it adds if it is new.
func (s *SetOp) find(b *operators.Batch, i int) rowstore.ID {
	for id := s.index.First(s.hashes[i]); id != rowstore.None; id = s.index.Next(id) {
		if s.store.RowEquals(id, b.Columns, i) {
			return id
		}
	}
	var ids [1]rowstore.ID
	s.store.AppendCopy(b, []int32{int32(i)}, ids[:])
	s.index.Insert(s.hashes[i], ids[0])
	*s.counts.At(ids[0]) = [2]int32{}
	return ids[0]
}

func (s *SetOp) flush(out operators.Output) error {
	if len(s.ids) > 0 {
		b := s.store.Batch(s.ids)
		b.Kinds = append([]vector.RowKind(nil), s.kinds...)
		s.ids, s.kinds = s.ids[:0], s.kinds[:0]
		err := out.Emit(b)
		b.Release()
		if err != nil {
			return err
		}
	}
	for _, id := range s.dead {
		s.store.Delete(id)
	}
	s.dead = s.dead[:0]
	return nil
}

// Finish emits the result in batch mode.
func (s *SetOp) Finish(out operators.Output) error {
	if !s.spec.Final {
		return nil
	}
	var err error
	s.store.Each(func(id rowstore.ID) {
		for n := s.times(*s.counts.At(id)); n > 0 && err == nil; n-- {
			s.ids, s.kinds = append(s.ids, id), append(s.kinds, vector.Insert)
			if len(s.ids) >= vector.MaxRows {
				err = s.flush(out)
			}
		}
	})
	if err != nil {
		return err
	}
	return s.flush(out)
}

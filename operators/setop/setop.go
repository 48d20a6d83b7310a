package setop

import (
	"slices"

	"millrace/operators"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Union passes all its inputs on.
type Union struct{ operators.Stateless }

// Process passes the batch on.
func (Union) Process(_ int, b *operators.Batch, out operators.Output) error { return out.Emit(b) }

// counts is how often a row is on the left and on the right: the payload of its row in the table.
type counts [2]int32

const countsBytes = 8

// SetOp is INTERSECT and EXCEPT. It counts each distinct row on both sides; the counts decide how often the row is in the result. A batch
// changes the counts, and then gives the difference for each row that it touched.
type SetOp struct {
	spec    *plan.SetOp
	schema  types.Schema
	all     []int // all columns
	ctx     operators.Context
	table   *table.Table
	ids     []int32 // of the rows of the batch
	batch   uint32  // number of the batch, for the marks of rows
	touched []int32 // distinct rows that the batch has touched
	before  []int32 // how often each was in the result
	emitIDs []int32
	kinds   []vector.RowKind
	rows    []table.Row
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
	s.table = table.New(ctx.Pool(), s.schema.Types(), countsBytes)
	return nil
}

// Watermark passes t on.
func (s *SetOp) Watermark(t int64, out operators.Output) error { return out.Watermark(t) }

// Close frees the state.
func (s *SetOp) Close() error {
	if s.table != nil {
		s.table.Close()
		s.table = nil
	}
	return nil
}

// times is how often a row with these counts is in the result.
func (s *SetOp) times(c counts) int32 {
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

func (s *SetOp) counts(r table.Row) *counts { return table.At[counts](r, s.table.Payload()) }

// Process counts the rows of one side and emits what that changes.
func (s *SetOp) Process(input int, b *operators.Batch, out operators.Output) error {
	b = b.Dense(s.ctx.Pool())
	defer b.Release()
	if b.Len == 0 {
		return nil
	}
	s.ids = slices.Grow(s.ids[:0], b.Len)[:b.Len]
	s.table.FindBatch(b, s.all, s.ids, true)
	s.rows = s.table.Rows(s.ids, s.rows)
	if s.batch++; s.batch == 0 { // new rows have mark 0
		s.batch = 1
	}
	s.touched, s.before = s.touched[:0], s.before[:0]
	for i, r := range s.rows {
		c := s.counts(r)
		if m := table.Mark(r); *m != s.batch {
			*m = s.batch
			s.touched, s.before = append(s.touched, s.ids[i]), append(s.before, s.times(*c))
		}
		if b.Kind(i).IsAdd() {
			c[input]++
		} else {
			c[input]--
		}
	}
	if !s.spec.Final {
		if err := s.emitChanges(out); err != nil {
			return err
		}
	}
	for _, id := range s.touched {
		if *s.counts(s.table.Row(id)) == (counts{}) {
			s.table.Delete(id)
		}
	}
	s.table.Compact(nil)
	return nil
}

// emitChanges emits what has changed for the touched rows.
func (s *SetOp) emitChanges(out operators.Output) error {
	for k, id := range s.touched {
		before, after := s.before[k], s.times(*s.counts(s.table.Row(id)))
		for ; before != after; before += sign(after - before) {
			kind := vector.Insert
			if before > after {
				kind = vector.Delete
			}
			if err := s.emit(id, kind, out); err != nil {
				return err
			}
		}
	}
	return s.flush(out)
}

func sign(x int32) int32 {
	if x < 0 {
		return -1
	}
	return 1
}

func (s *SetOp) emit(id int32, kind vector.RowKind, out operators.Output) error {
	s.emitIDs, s.kinds = append(s.emitIDs, id), append(s.kinds, kind)
	if len(s.emitIDs) < vector.MaxRows {
		return nil
	}
	return s.flush(out)
}

func (s *SetOp) flush(out operators.Output) error {
	if len(s.emitIDs) == 0 {
		return nil
	}
	s.rows = s.table.Pointers(s.emitIDs, s.rows)
	b := vector.NewBatch(len(s.emitIDs), s.table.Keys(s.ctx.Pool(), s.rows)...)
	defer b.Release()
	if slices.Contains(s.kinds, vector.Delete) {
		b.Kinds = slices.Clone(s.kinds)
	}
	s.emitIDs, s.kinds = s.emitIDs[:0], s.kinds[:0]
	return out.Emit(b)
}

// Finish emits the result in batch mode.
func (s *SetOp) Finish(out operators.Output) error {
	if !s.spec.Final {
		return nil
	}
	for id := range int32(s.table.Limit()) {
		if !s.table.Live(id) {
			continue
		}
		for n := s.times(*s.counts(s.table.Row(id))); n > 0; n-- {
			if err := s.emit(id, vector.Insert, out); err != nil {
				return err
			}
		}
	}
	return s.flush(out)
}

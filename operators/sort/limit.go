package sort

import (
	"math"

	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Limit passes plan.Limit.Count rows after the first Offset of an insert-only input.
type Limit struct {
	operators.Stateless
	spec *plan.Limit
	pool *vector.Pool
	seen int64
}

// NewLimit returns the operator.
func NewLimit(spec *plan.Limit) *Limit { return &Limit{spec: spec} }

// Open keeps the pool.
func (l *Limit) Open(ctx operators.Context) error {
	l.pool = ctx.Pool()
	return nil
}

// Process passes the rows that are in range.
func (l *Limit) Process(_ int, b *operators.Batch, out operators.Output) error {
	n := int64(b.Rows())
	from, to := l.spec.Offset-l.seen, n
	if l.spec.Count >= 0 && l.spec.Count < math.MaxInt64-l.spec.Offset {
		to = min(to, l.spec.Offset+l.spec.Count-l.seen)
	}
	from = max(from, 0)
	l.seen += n
	switch {
	case from >= to:
		return nil
	case from == 0 && to == n:
		return out.Emit(b)
	}
	d := b.Dense(l.pool)
	defer d.Release()
	s := d.Slice(l.pool, int(from), int(to))
	defer s.Release()
	return out.Emit(s)
}

func limitSchema() types.Schema {
	return types.Schema{{Name: "seen", Type: types.BigIntType().AsNotNull()}}
}

type limitSnapshot struct {
	seen int64
	pool *vector.Pool
}

// Snapshot freezes the count.
func (l *Limit) Snapshot() (operators.Snapshot, error) { return limitSnapshot{l.seen, l.pool}, nil }

// Write writes the count.
func (s limitSnapshot) Write(w operators.StateWriter) error {
	t, err := w.Table("limit", limitSchema())
	if err != nil {
		return err
	}
	c := vector.New(s.pool, limitSchema()[0].Type, 1, 0)
	vector.Values[int64](c)[0] = s.seen
	b := vector.NewBatch(1, c)
	defer b.Release()
	return t.Append(operators.NoKeyGroup, b)
}

// Release does nothing.
func (limitSnapshot) Release() {}

// Restore reads the count.
func (l *Limit) Restore(r operators.StateReader) error {
	return r.Table("limit", limitSchema(), func(_ int, b *operators.Batch) error {
		for _, n := range vector.Values[int64](b.Columns[0]) {
			l.seen += n
		}
		return nil
	})
}

package watermark

import (
	"math/bits"

	"millrace/operators"
	"millrace/operators/vector"
	"millrace/sql/types"
)

func stateSchema() types.Schema {
	return types.Schema{{Name: "max", Type: types.BigIntType().AsNotNull()}, {Name: "last", Type: types.BigIntType().AsNotNull()}}
}

type snapshot struct {
	max, last int64
	pool      *vector.Pool
}

// Snapshot freezes the last watermark.
func (a *Assigner) Snapshot() (operators.Snapshot, error) {
	return snapshot{max: a.max, last: a.last, pool: a.ctx.Pool()}, nil
}

// Write writes one row.
func (s snapshot) Write(w operators.StateWriter) error {
	t, err := w.Table("watermark", stateSchema())
	if err != nil {
		return err
	}
	rows := vector.NewRows(s.pool, stateSchema().Types(), 1)
	defer rows.Release()
	vector.AppendFixed(rows.Columns[0], s.max)
	vector.AppendFixed(rows.Columns[1], s.last)
	rows.EndRow(vector.Insert)
	b := rows.Finish()
	defer b.Release()
	return t.Append(operators.NoKeyGroup, b)
}

// Release does nothing.
func (snapshot) Release() {}

// Restore goes on from the lowest watermark of all instances that were. One that had none yet counts: rows of its splits are not late.
func (a *Assigner) Restore(r operators.StateReader) error {
	some := false
	err := r.Table("watermark", stateSchema(), func(_ int, b *operators.Batch) error {
		most, last := vector.Values[int64](b.Columns[0]), vector.Values[int64](b.Columns[1])
		for i := range b.Len {
			if !some || last[i] < a.last {
				a.max, a.last, some = most[i], last[i], true
			}
		}
		return nil
	})
	a.restored = some && a.last != operators.MinWatermark
	return err
}

// nanosToMillis divides a 128-bit number by 10^6, rounding down; the result is within 64 bits for every timestamp.
func nanosToMillis(lo uint64, hi int64) int64 {
	negative := hi < 0
	h := uint64(hi)
	if negative { // floor(-x / d) = -((x + d - 1) / d)
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		h, _ = bits.Sub64(0, h, borrow)
		var carry uint64
		lo, carry = bits.Add64(lo, 999_999, 0)
		h += carry
	}
	q, _ := bits.Div64(h%1_000_000, lo, 1_000_000)
	if negative {
		return -int64(q)
	}
	return int64(q)
}

package task

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/runtime/metrics"
	"millrace/sql/types"
)

// constraints holds rows to what the sink's table declares: NOT NULL, and the lengths of text and binary columns.
type constraints struct {
	active  bool
	pool    *vector.Pool
	schema  types.Schema
	notNull []int
	drop    bool // NULL in a NOT NULL column drops the row
	length  []int
	fail    bool // a wrong length fails the job
	dropped *operators.Counter
}

func newConstraints(s *plan.Sink, pool *vector.Pool, count *metrics.Node) (constraints, error) {
	c := constraints{pool: pool, schema: s.Schema}
	switch s.NotNull {
	case "", "ERROR":
	case "DROP":
		c.drop = true
	default:
		return c, fmt.Errorf("not-null enforcer %q is unknown: ERROR and DROP are allowed", s.NotNull)
	}
	trim := false
	switch s.Length {
	case "", "IGNORE":
	case "TRIM_PAD":
		trim = true
	case "ERROR":
		c.fail = true
	default:
		return c, fmt.Errorf("type-length enforcer %q is unknown: IGNORE, TRIM_PAD and ERROR are allowed", s.Length)
	}
	for i, f := range s.Schema {
		if f.Type.NotNull {
			c.notNull = append(c.notNull, i)
		}
		if (trim || c.fail) && (f.Type.IsText() || f.Type.IsBinary()) && f.Type.Length != types.MaxLength {
			c.length = append(c.length, i)
		}
	}
	c.active = len(c.notNull) > 0 || len(c.length) > 0
	if c.drop {
		c.dropped = count.Counter("numRecordsDroppedNotNull")
	}
	return c, nil
}

// apply returns the batch to write, which the caller releases.
func (c *constraints) apply(b *operators.Batch) (*operators.Batch, error) {
	out := b.Retain()
	for _, i := range c.notNull {
		v := out.Columns[i]
		if !v.HasNulls() || v.NullCount() == 0 {
			continue
		}
		next, err := c.nulls(out, i)
		out.Release()
		if err != nil {
			return nil, err
		}
		out = next
	}
	for _, i := range c.length {
		next, err := c.lengths(out, i)
		out.Release()
		if err != nil {
			return nil, err
		}
		out = next
	}
	return out, nil
}

// nulls deals with the NULLs of a NOT NULL column.
func (c *constraints) nulls(b *operators.Batch, column int) (*operators.Batch, error) {
	v := b.Columns[column]
	keep := make([]uint16, 0, b.Rows())
	for k := range b.Rows() {
		r := k
		if b.Sel != nil {
			r = int(b.Sel[k])
		}
		if !v.IsNull(r) {
			keep = append(keep, uint16(r))
		}
	}
	lost := b.Rows() - len(keep)
	if lost == 0 {
		return b.Retain(), nil
	}
	if !c.drop {
		return nil, fmt.Errorf("Column '%s' is NOT NULL, however, a null value is being written into it. You can set job configuration "+ //nolint:staticcheck // Flink's words
			"'table.exec.sink.not-null-enforcer'='DROP' to suppress this exception and drop such records silently.", c.schema[column].Name)
	}
	c.dropped.Add(int64(lost))
	out := share(b)
	out.Sel = keep
	return out, nil
}

// share returns a batch of the same columns.
func share(b *operators.Batch) *operators.Batch {
	cols := make([]*vector.Vector, len(b.Columns))
	for i, v := range b.Columns {
		cols[i] = v.Retain()
	}
	out := vector.NewBatch(b.Len, cols...)
	out.Sel, out.Kinds = b.Sel, b.Kinds
	return out
}

// lengths deals with values that are too long or too short for the column's type.
func (c *constraints) lengths(b *operators.Batch, column int) (*operators.Batch, error) {
	v, t := b.Columns[column], c.schema[column].Type
	fits := true
	for k := range b.Rows() {
		r := k
		if b.Sel != nil {
			r = int(b.Sel[k])
		}
		if v.IsNull(r) {
			continue
		}
		n := lengthOf(v.Bytes(r), t)
		fixed := t.Kind == types.Char || t.Kind == types.Binary
		if n == t.Length || n < t.Length && !fixed {
			continue
		}
		if c.fail {
			return nil, fmt.Errorf("column %q is %s, however, a value of length %d is being written into it; the job configuration "+
				"'table.exec.sink.type-length-enforcer' can be set to 'TRIM_PAD' or 'IGNORE'", c.schema[column].Name, t.AsNullable(), n)
		}
		fits = false
	}
	if fits {
		return b.Retain(), nil
	}
	nb := vector.NewBuilder(c.pool, v.Type, b.Len)
	for r := range b.Len {
		if v.IsNull(r) {
			nb.AppendNull()
		} else {
			nb.AppendBytes(fit(v.Bytes(r), t))
		}
	}
	out := share(b)
	out.Columns[column].Release()
	out.Columns[column] = nb.Finish()
	nb.Release()
	return out, nil
}

func lengthOf(b []byte, t types.Type) int {
	if t.IsText() {
		return utf8.RuneCount(b)
	}
	return len(b)
}

// fit cuts or pads a value.
func fit(b []byte, t types.Type) []byte {
	n := lengthOf(b, t)
	switch {
	case n > t.Length && t.IsText():
		end := 0
		for range t.Length {
			_, w := utf8.DecodeRune(b[end:])
			end += w
		}
		return b[:end]
	case n > t.Length:
		return b[:t.Length]
	case n < t.Length && t.Kind == types.Char:
		return append(bytes.Clone(b), bytes.Repeat([]byte{' '}, t.Length-n)...)
	case n < t.Length && t.Kind == types.Binary:
		return append(bytes.Clone(b), make([]byte, t.Length-n)...)
	default:
		return b
	}
}

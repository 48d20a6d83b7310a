package join

import (
	"millrace/operators"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
)

const (
	insertKind = vector.Insert
	deleteKind = vector.Delete
)

// changes collects output rows as references to the batch and to stored rows, and gathers their columns at the end.
type changes struct {
	j     *Regular
	input int              // side that the batch belongs to
	b     *operators.Batch // nil: there is only state
	out   operators.Output

	rows  []int32       // rows of the batch; -1: NULLs
	ids   []rowstore.ID // rows of the other side; None: NULLs
	kinds []vector.RowKind
	// update tells whether some kind is not Insert.
	update bool
}

// begin starts the changes that a batch of one side makes.
func (c *changes) begin(input int, b *operators.Batch, out operators.Output) {
	c.input, c.b, c.out = input, b, out
}

// add adds row `row` of the batch joined with the stored row id; -1 and None stand for NULLs. Where the consumer does not want -U, the change is
// -D: the row that replaces it may have another key, or not come at all.
func (c *changes) add(row int32, id rowstore.ID, kind vector.RowKind) {
	if kind == vector.UpdateBefore && !c.j.spec.UpdateBefore {
		kind = vector.Delete
	}
	c.rows, c.ids, c.kinds = append(c.rows, row), append(c.ids, id), append(c.kinds, kind)
	c.update = c.update || kind != vector.Insert
}

// insert adds pairs as insertions.
func (c *changes) insert(rows []int32, ids []rowstore.ID) error {
	for len(rows) > 0 {
		n := min(len(rows), vector.MaxRows-len(c.rows))
		c.rows, c.ids = append(c.rows, rows[:n]...), append(c.ids, ids[:n]...)
		for range n {
			c.kinds = append(c.kinds, vector.Insert)
		}
		rows, ids = rows[n:], ids[n:]
		if len(c.rows) == vector.MaxRows {
			if err := c.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// flushFull emits what was collected if the next pair, which makes up to two rows, might not fit.
func (c *changes) flushFull() error {
	if len(c.rows) < vector.MaxRows-1 {
		return nil
	}
	return c.flush()
}

// flush emits what was collected.
func (c *changes) flush() error {
	n := len(c.rows)
	if n == 0 {
		return nil
	}
	pool := c.j.ctx.Pool()
	sides := c.j.sides[:]
	if !c.j.paired {
		sides = sides[:1]
	}
	var cols []*vector.Vector
	whole := c.isWhole()
	for in, s := range sides {
		for col, t := range s.types {
			var v *vector.Vector
			switch {
			case in != c.input:
				v = s.store.Gather(col, c.ids)
			case c.b == nil:
				v = vector.New(pool, t, n, 0)
				v.AllNull()
			case whole:
				v = c.b.Columns[col].Retain()
			default:
				v = vector.Gather(pool, c.b.Columns[col], c.rows)
			}
			cols = append(cols, v)
		}
	}
	b := vector.NewBatch(n, cols...)
	if c.update {
		b.Kinds = append([]vector.RowKind(nil), c.kinds...)
	}
	c.rows, c.ids, c.kinds, c.update = c.rows[:0], c.ids[:0], c.kinds[:0], false
	err := c.out.Emit(b)
	b.Release()
	return err
}

// isWhole tells whether the rows are those of the batch, each once, so that its columns need no copy.
func (c *changes) isWhole() bool {
	if c.b == nil || len(c.rows) != c.b.Len {
		return false
	}
	for i, r := range c.rows {
		if int(r) != i {
			return false
		}
	}
	return true
}

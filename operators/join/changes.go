package join

import (
	"millrace/operators"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/planner/plan"
)

// changes collects output rows as references to the batch and to stored rows, and gathers their columns at the end.
type changes struct {
	j     *Regular
	need  []bool // see conditionColumns
	input int    // side that the batch belongs to
	b     *operators.Batch
	out   operators.Output

	rows  []int32       // rows of the batch; -1: NULLs
	ids   []rowstore.ID // rows of the other side; None: NULLs
	kinds []vector.RowKind
	// update tells whether some kind is not Insert.
	update bool
}

func (c *changes) init(j *Regular) { c.j = j }

// begin starts the changes that a batch of one side makes.
func (c *changes) begin(input int, b *operators.Batch, out operators.Output) {
	c.input, c.b, c.out = input, b, out
}

func (c *changes) add(row int32, id rowstore.ID, kind vector.RowKind) {
	c.rows, c.ids, c.kinds = append(c.rows, row), append(c.ids, id), append(c.kinds, kind)
	c.update = c.update || kind != vector.Insert
}

// pair adds row i of the batch joined with a stored row.
func (c *changes) pair(i int, id rowstore.ID, kind vector.RowKind) { c.add(int32(i), id, kind) }

// alone adds row i of the batch without a partner.
func (c *changes) alone(i int, kind vector.RowKind) { c.add(int32(i), rowstore.None, kind) }

// stored adds a stored row of the other side without a partner.
func (c *changes) stored(id rowstore.ID, kind vector.RowKind) { c.add(-1, id, kind) }

func (c *changes) full() bool { return len(c.rows) >= vector.MaxRows-1 }

// flush emits what was collected.
func (c *changes) flush() error {
	if len(c.rows) == 0 {
		return nil
	}
	pool := c.j.ctx.Pool()
	sides := 2
	if c.j.spec.Join == plan.Semi || c.j.spec.Join == plan.Anti {
		sides = 1
	}
	var cols []*vector.Vector
	for in := range sides {
		s := c.j.sides[in]
		for col := range s.types {
			var v *vector.Vector
			switch {
			case in != c.input:
				v = s.store.Gather(col, c.ids)
			case c.b == nil:
				v = vector.New(pool, s.types[col], len(c.rows), 0)
				v.AllNull()
			default:
				v = vector.Gather(pool, c.b.Columns[col], c.rows)
			}
			cols = append(cols, v)
		}
	}
	b := vector.NewBatch(len(c.rows), cols...)
	if c.update {
		b.Kinds = append([]vector.RowKind(nil), c.kinds...)
	}
	c.rows, c.ids, c.kinds, c.update = c.rows[:0], c.ids[:0], c.kinds[:0], false
	err := c.out.Emit(b)
	b.Release()
	return err
}

// columnsOf returns the columns that the condition of a join reads.
func columnsOf(spec *plan.Join) map[int]bool { return expr.Columns(spec.Residual) }

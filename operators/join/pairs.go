package join

import (
	"millrace/operators"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// pairs is a list of candidate pairs: a row of the batch and a stored row of the other side, in row order.
type pairs struct {
	rows []int32
	ids  []rowstore.ID
}

func (p *pairs) reset()   { p.rows, p.ids = p.rows[:0], p.ids[:0] }
func (p *pairs) len() int { return len(p.rows) }
func (p *pairs) add(row int, id rowstore.ID) {
	p.rows, p.ids = append(p.rows, int32(row)), append(p.ids, id)
}

// verify keeps the pairs whose keys are equal and that meet the condition.
func (j *Regular) verify(input int, b *operators.Batch) error {
	p := &j.pairs
	if p.len() == 0 {
		return nil
	}
	own, other := j.sides[input], j.sides[1-input]
	for k, c := range own.keys {
		p.keepEqual(b.Columns[c], other.store, other.keys[k])
	}
	if j.residual == nil || p.len() == 0 {
		return nil
	}
	joined := j.candidates(input, b)
	defer joined.Release()
	sel, err := j.residual.Eval(j.ctx.Pool(), joined)
	if err != nil {
		return err
	}
	for n, k := range sel {
		p.rows[n], p.ids[n] = p.rows[k], p.ids[k]
	}
	p.rows, p.ids = p.rows[:len(sel)], p.ids[:len(sel)]
	return nil
}

// keepEqual drops the pairs that differ in one key.
func (p *pairs) keepEqual(v *vector.Vector, store *rowstore.Store, col int) {
	n := 0
	if v.Type.Storage() == types.StoreI64 && v.Valid == nil {
		own := vector.Values[int64](v)
		for k, i := range p.rows {
			o, row := store.Column(p.ids[k], col)
			if vector.Values[int64](o)[row] == own[i] && !o.IsNull(row) {
				p.rows[n], p.ids[n] = i, p.ids[k]
				n++
			}
		}
	} else {
		for k, i := range p.rows {
			if o, row := store.Column(p.ids[k], col); rowstore.Equal(v, int(i), o, row) {
				p.rows[n], p.ids[n] = i, p.ids[k]
				n++
			}
		}
	}
	p.rows, p.ids = p.rows[:n], p.ids[:n]
}

// candidates returns the pairs as rows of left and right columns; columns that the condition does not read are empty of meaning but there.
func (j *Regular) candidates(input int, b *operators.Batch) *vector.Batch {
	pool, p := j.ctx.Pool(), &j.pairs
	need := j.conditionColumns()
	cols := make([]*vector.Vector, 0, len(need))
	for c := range need {
		in, col := 0, c
		if c >= len(j.sides[0].types) {
			in, col = 1, c-len(j.sides[0].types)
		}
		switch {
		case !need[c]:
			v := vector.New(pool, types.NullType(), p.len(), 0)
			v.Type = j.sides[in].types[col]
			cols = append(cols, v)
		case in == input:
			cols = append(cols, vector.Gather(pool, b.Columns[col], p.rows))
		default:
			cols = append(cols, j.sides[in].store.Gather(col, p.ids))
		}
	}
	return vector.NewBatch(p.len(), cols...)
}

// conditionColumns says, for each column of left and right, whether the condition reads it.
func (j *Regular) conditionColumns() []bool {
	if j.out.need == nil {
		j.out.need = make([]bool, len(j.sides[0].types)+len(j.sides[1].types))
		for c := range columnsOf(j.spec) {
			j.out.need[c] = true
		}
	}
	return j.out.need
}

package join

import (
	"millrace/operators"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
)

// pairs is a list of candidate pairs: a row of the batch and a stored row of the other side, in row order.
type pairs struct {
	rows []int32
	ids  []rowstore.ID
}

func (p *pairs) reset()   { p.cut(0) }
func (p *pairs) len() int { return len(p.rows) }
func (p *pairs) cut(n int) {
	p.rows, p.ids = p.rows[:n], p.ids[:n]
}

func (p *pairs) add(row int, id rowstore.ID) {
	p.rows, p.ids = append(p.rows, int32(row)), append(p.ids, id)
}

// verify keeps the pairs whose keys are equal, whose stored row has not outlived its time, and that meet the condition.
func (j *Regular) verify(input int, b *operators.Batch) error {
	p := &j.pairs
	if p.len() == 0 {
		return nil
	}
	own, other := j.sides[input], j.sides[1-input]
	for k, c := range own.keys {
		p.cut(other.store.KeepEqual(b.Columns[c], other.keys[k], p.rows, p.ids))
	}
	if other.ttl > 0 {
		n := 0
		for k, id := range p.ids {
			if !other.expired(id, j.now) {
				p.rows[n], p.ids[n] = p.rows[k], id
				n++
			}
		}
		p.cut(n)
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
	p.cut(len(sel))
	return nil
}

// candidates returns the pairs as rows of left and right columns; columns that the condition does not read have no values.
func (j *Regular) candidates(input int, b *operators.Batch) *vector.Batch {
	pool, p := j.ctx.Pool(), &j.pairs
	cols := make([]*vector.Vector, len(j.need))
	for c, need := range j.need {
		in, col := 0, c
		if c >= len(j.sides[0].types) {
			in, col = 1, c-len(j.sides[0].types)
		}
		switch {
		case !need:
			cols[c] = vector.Foreign(j.sides[in].types[col], p.len(), nil, nil, nil)
		case in == input:
			cols[c] = vector.Gather(pool, b.Columns[col], p.rows)
		default:
			cols[c] = j.sides[in].store.Gather(col, p.ids)
		}
	}
	return vector.NewBatch(p.len(), cols...)
}

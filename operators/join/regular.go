package join

import (
	"fmt"

	"millrace/operators"
	"millrace/operators/eval"
	"millrace/operators/rowkey"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// pairBlock is how many candidate pairs are compared at a time.
const pairBlock = 4096

// Regular is the operator of plan.Join.
type Regular struct {
	spec     *plan.Join
	ctx      operators.Context
	sides    [2]*side
	residual *eval.Filter
	pairs    pairs
	out      changes
}

// side is one input and its state.
type side struct {
	schema   types.Schema
	types    []types.Type
	keys     []int
	updating bool
	// preserved: a row without partner is emitted with NULLs for the other side.
	preserved bool
	// counted: the number of partners is kept beside each row.
	counted bool
	store   *rowstore.Store
	index   rowstore.Index
	count   rowstore.Side[int32]

	hashes []uint64
	adds   []int32 // rows of the current batch to be added to the store
	ids    []rowstore.ID
	counts []int32 // partners of adds
}

// NewRegular returns the operator for inputs of the given schemas.
func NewRegular(spec *plan.Join, left, right types.Schema) (*Regular, error) {
	if len(spec.LeftKeys) != len(spec.RightKeys) {
		return nil, fmt.Errorf("join of %d left keys with %d right keys", len(spec.LeftKeys), len(spec.RightKeys))
	}
	for i, l := range spec.LeftKeys {
		if lt, rt := left[l].Type, right[spec.RightKeys[i]].Type; lt.Storage() != rt.Storage() {
			return nil, fmt.Errorf("join key %d: %s on the left, %s on the right", i, lt, rt)
		}
	}
	if spec.NullAware {
		spec = nullAware(spec, left, right)
	}
	j := &Regular{spec: spec}
	k := spec.Join
	j.sides[0] = &side{schema: left, types: left.Types(), keys: spec.LeftKeys, updating: spec.LeftUpdating,
		preserved: k == plan.Left || k == plan.Full}
	j.sides[1] = &side{schema: right, types: right.Types(), keys: spec.RightKeys, updating: spec.RightUpdating,
		preserved: k == plan.Right || k == plan.Full}
	for _, s := range j.sides {
		s.counted = s.preserved
	}
	if k == plan.Semi || k == plan.Anti {
		j.sides[0].counted = true
	}
	return j, nil
}

// nullAware moves the compared pair of NOT IN from the keys into the condition, where a comparison that is neither true nor false counts as a
// partner: such a row is not emitted.
func nullAware(spec *plan.Join, left, right types.Schema) *plan.Join {
	c := *spec
	l, r := spec.LeftKeys[0], spec.RightKeys[0]
	equal := expr.NewCall("=", types.BooleanType(), expr.NewColumn(l, left[l].Type), expr.NewColumn(len(left)+r, right[r].Type))
	c.Residual = expr.And(append([]*expr.Expr{expr.NewCall("IS NOT FALSE", types.BooleanType().AsNotNull(), equal)},
		expr.Conjuncts(spec.Residual)...)...)
	c.LeftKeys, c.RightKeys, c.NullAware = spec.LeftKeys[1:], spec.RightKeys[1:], false
	if len(c.NullSafe) > 0 {
		c.NullSafe = c.NullSafe[1:]
	}
	return &c
}

// Open prepares the state.
func (j *Regular) Open(ctx operators.Context) error {
	j.ctx = ctx
	for _, s := range j.sides {
		s.store = rowstore.New(ctx.Pool(), s.types)
	}
	if j.spec.Residual != nil {
		in := append(append([]types.Type{}, j.sides[0].types...), j.sides[1].types...)
		f, err := eval.CompileFilter(j.spec.Residual, eval.Env{Zone: ctx.Zone(), Now: ctx.Now, InputTypes: in})
		if err != nil {
			return fmt.Errorf("join condition: %w", err)
		}
		j.residual = f
	}
	j.out.init(j)
	return nil
}

// Watermark passes t on.
func (j *Regular) Watermark(t int64, out operators.Output) error { return out.Watermark(t) }

// Close frees the state.
func (j *Regular) Close() error {
	for _, s := range j.sides {
		if s.store != nil {
			s.store.Close()
		}
	}
	return nil
}

// Process joins a batch of one side with the rows of the other.
func (j *Regular) Process(input int, b *operators.Batch, out operators.Output) error {
	b = b.Dense(j.ctx.Pool())
	defer b.Release()
	own, other := j.sides[input], j.sides[1-input]
	own.hash(b)
	j.out.begin(input, b, out)
	own.adds, own.counts = own.adds[:0], own.counts[:0]
	row := 0     // first row that is not finished
	matches := 0 // partners of that row so far
	p := &j.pairs
	p.reset()
	for i := range b.Len {
		if !j.nullKey(own, b, i) {
			for id := other.index.First(own.hashes[i]); id != rowstore.None; id = other.index.Next(id) {
				p.add(i, id)
				if p.len() == pairBlock {
					if err := j.block(input, b, i, &row, &matches); err != nil {
						return err
					}
				}
			}
		}
	}
	if err := j.block(input, b, b.Len, &row, &matches); err != nil {
		return err
	}
	own.flush(b)
	return j.out.flush()
}

// hash computes the hashes of the keys of all rows.
func (s *side) hash(b *operators.Batch) {
	if cap(s.hashes) < b.Len {
		s.hashes = make([]uint64, max(b.Len, vector.MaxRows))
	}
	s.hashes = s.hashes[:b.Len]
	rowkey.HashColumns(b, s.keys, s.hashes)
}

// nullKey tells whether the row has a NULL in a key that NULL does not match.
func (j *Regular) nullKey(s *side, b *operators.Batch, i int) bool {
	for k, c := range s.keys {
		if b.Columns[c].IsNull(i) && (k >= len(j.spec.NullSafe) || !j.spec.NullSafe[k]) {
			return true
		}
	}
	return false
}

// block decides the collected candidate pairs and applies them; all rows before end are complete with them.
func (j *Regular) block(input int, b *operators.Batch, end int, row, matches *int) error {
	if err := j.verify(input, b); err != nil {
		return err
	}
	own, other := j.sides[input], j.sides[1-input]
	p := &j.pairs
	for k, i := range p.rows {
		for *row < int(i) {
			j.finish(own, b, *row, *matches)
			*row, *matches = *row+1, 0
		}
		j.apply(input, other, b, int(i), p.ids[k])
		*matches++
		if j.out.full() {
			if err := j.out.flush(); err != nil {
				return err
			}
		}
	}
	for *row < end {
		j.finish(own, b, *row, *matches)
		*row, *matches = *row+1, 0
		if j.out.full() {
			if err := j.out.flush(); err != nil {
				return err
			}
		}
	}
	p.reset()
	return nil
}

// apply does what one pair changes: row i of the batch meets (or leaves) the row id of the other side.
func (j *Regular) apply(input int, other *side, b *operators.Batch, i int, id rowstore.ID) {
	kind := b.Kind(i)
	paired := j.spec.Join != plan.Semi && j.spec.Join != plan.Anti
	if !other.counted {
		if paired {
			j.out.pair(i, id, kind)
		}
		return
	}
	n := other.count.At(id)
	if kind.IsAdd() {
		*n++
		if *n == 1 {
			j.firstPartner(other, id)
		}
		if paired {
			j.out.pair(i, id, vector.Insert)
		}
		return
	}
	*n--
	if paired {
		j.out.pair(i, id, vector.Delete)
	}
	if *n == 0 {
		j.lastPartner(other, id)
	}
}

// firstPartner changes what was emitted for a row of the counted side that had no partner until now.
func (j *Regular) firstPartner(s *side, id rowstore.ID) {
	switch {
	case j.spec.Join == plan.Semi:
		j.out.stored(id, vector.Insert)
	case j.spec.Final:
	default: // a padded row, or a row of an anti join, goes
		j.out.stored(id, vector.Delete)
	}
}

// lastPartner changes what was emitted for a row of the counted side that lost its last partner.
func (j *Regular) lastPartner(s *side, id rowstore.ID) {
	if j.spec.Join == plan.Semi {
		j.out.stored(id, vector.Delete)
	} else if !j.spec.Final {
		j.out.stored(id, vector.Insert)
	}
}

// finish is called when all partners of row i are known.
func (j *Regular) finish(own *side, b *operators.Batch, i, matches int) {
	kind := b.Kind(i)
	nullKey := j.nullKey(own, b, i)
	left := own == j.sides[0]
	switch {
	case own.preserved && matches == 0 && (!j.spec.Final || nullKey):
		j.out.alone(i, kind)
	case left && j.spec.Join == plan.Semi && matches > 0,
		left && j.spec.Join == plan.Anti && matches == 0 && (!j.spec.Final || nullKey):
		j.out.alone(i, kind)
	}
	if nullKey {
		return // never has a partner: nothing to keep
	}
	if kind.IsAdd() {
		own.adds = append(own.adds, int32(i))
		own.counts = append(own.counts, int32(matches))
		return
	}
	own.flush(b)
	own.remove(b, i)
}

// flush moves the collected rows into the store.
func (s *side) flush(b *operators.Batch) {
	if len(s.adds) == 0 {
		return
	}
	if cap(s.ids) < len(s.adds) {
		s.ids = make([]rowstore.ID, max(len(s.adds), vector.MaxRows))
	}
	ids := s.ids[:len(s.adds)]
	s.store.Append(b, s.adds, ids)
	for k, i := range s.adds {
		s.index.Insert(s.hashes[i], ids[k])
		if s.counted {
			*s.count.At(ids[k]) = s.counts[k]
		}
	}
	s.adds, s.counts = s.adds[:0], s.counts[:0]
}

// remove takes back a stored row that is equal to row i. A row that is not there (it came late, or its time to live ended) is ignored.
func (s *side) remove(b *operators.Batch, i int) {
	for id := s.index.First(s.hashes[i]); id != rowstore.None; id = s.index.Next(id) {
		if s.store.RowEquals(id, b.Columns, i) {
			s.index.Delete(id)
			s.store.Delete(id)
			return
		}
	}
}

// Finish emits, in batch mode, the rows that found no partner.
func (j *Regular) Finish(out operators.Output) error {
	if !j.spec.Final {
		return nil
	}
	for input, s := range j.sides {
		if !s.preserved && !(input == 0 && j.spec.Join == plan.Anti) {
			continue
		}
		j.out.begin(1-input, nil, out)
		var err error
		s.store.Each(func(id rowstore.ID) {
			if err == nil && *s.count.At(id) == 0 {
				j.out.stored(id, vector.Insert)
				if j.out.full() {
					err = j.out.flush()
				}
			}
		})
		if err == nil {
			err = j.out.flush()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

package join

import (
	"fmt"

	"millrace/operators"
	"millrace/operators/eval"
	"millrace/operators/rowstore"
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
	need     []bool // columns of left and right that the condition reads
	paired   bool   // pairs are emitted: not for semi and anti joins
	pairs    pairs
	out      changes
	sweep    sweep

	// Of the current batch.
	now     int64
	row     int // first row that is not finished
	matches int // partners of that row so far
}

// NewRegular returns the operator for inputs of the given schemas.
func NewRegular(spec *plan.Join, left, right types.Schema) (*Regular, error) {
	if len(spec.LeftKeys) != len(spec.RightKeys) {
		return nil, fmt.Errorf("join of %d left keys with %d right keys", len(spec.LeftKeys), len(spec.RightKeys))
	}
	for i, l := range spec.LeftKeys {
		r := spec.RightKeys[i]
		if l < 0 || l >= len(left) || r < 0 || r >= len(right) {
			return nil, fmt.Errorf("join key %d: column %d of %d and column %d of %d", i, l, len(left), r, len(right))
		}
		if lt, rt := left[l].Type, right[r].Type; !sameValues(lt, rt) {
			return nil, fmt.Errorf("join key %d: %s on the left, %s on the right", i, lt, rt)
		}
	}
	if spec.NullAware {
		if spec.Join != plan.Anti || len(spec.LeftKeys) == 0 {
			return nil, fmt.Errorf("null-aware %s join of %d keys", spec.Join, len(spec.LeftKeys))
		}
	}
	compared := [2]int{-1, -1}
	if spec.NullAware {
		compared = [2]int{spec.LeftKeys[0], spec.RightKeys[0]}
		spec = nullAware(spec, left, right)
	}
	j := &Regular{spec: spec}
	k := spec.Join
	j.paired = k != plan.Semi && k != plan.Anti
	j.sides[0] = newSide(left, spec.LeftKeys, spec.LeftUnique, spec.LeftUpdating, spec.LeftTTL)
	j.sides[1] = newSide(right, spec.RightKeys, spec.RightUnique, spec.RightUpdating, spec.RightTTL)
	j.sides[0].preserved = k == plan.Left || k == plan.Full
	j.sides[1].preserved = k == plan.Right || k == plan.Full
	for i, s := range j.sides {
		s.counted, s.compared = s.preserved, compared[i]
	}
	if !j.paired {
		j.sides[0].counted = true
	}
	return j, nil
}

// sameValues tells whether equal values of both types are the same bytes.
func sameValues(a, b types.Type) bool {
	if a.Storage() != b.Storage() {
		return false
	}
	switch {
	case a.Kind == types.Decimal || b.Kind == types.Decimal:
		return a.Kind == b.Kind && a.Scale == b.Scale
	case a.IsTimestamp() || b.IsTimestamp():
		return a.IsTimestamp() && b.IsTimestamp() && a.TimeUnit() == b.TimeUnit()
	}
	return true
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
		s.open(ctx.Pool())
	}
	if j.spec.Residual != nil {
		in := append(append([]types.Type{}, j.sides[0].types...), j.sides[1].types...)
		var err error
		if j.residual, j.need, err = eval.CompileCondition(j.spec.Residual, eval.Env{
			Zone: ctx.Zone(), Now: operators.ExpressionClock(ctx, j.spec.Final), RowNow: ctx.Now, InputTypes: in,
		}); err != nil {
			return err
		}
	}
	j.out.j = j
	j.sweep.open(j)
	return nil
}

// Watermark passes t on.
func (j *Regular) Watermark(t int64, out operators.Output) error { return out.Watermark(t) }

// Close frees the state.
func (j *Regular) Close() error {
	for _, s := range j.sides {
		s.close()
	}
	return nil
}

// Process joins a batch of one side with the rows of the other.
func (j *Regular) Process(input int, b *operators.Batch, out operators.Output) error {
	b = b.Dense(j.ctx.Pool())
	defer b.Release()
	own := j.sides[input]
	j.now = j.ctx.Now()
	j.out.begin(input, b, out)
	own.begin(b, j.spec.NullSafe)
	j.row, j.matches = 0, 0
	j.pairs.reset()
	probe := j.probe
	if own.compared >= 0 {
		probe = j.probeNotIn
	}
	if err := probe(input, b); err != nil {
		return err
	}
	if err := j.block(input, b, b.Len); err != nil {
		return err
	}
	if err := j.out.flush(); err != nil {
		return err
	}
	own.compact()
	return nil
}

// probe collects the candidates of each row.
func (j *Regular) probe(input int, b *operators.Batch) error {
	own, other := j.sides[input], j.sides[1-input]
	other.index.FirstOf(own.hashes, own.heads)
	for i, id := range own.heads {
		if id == rowstore.None || own.isNull(i) {
			continue
		}
		if err := j.chain(input, b, i, &other.index, id); err != nil {
			return err
		}
	}
	return nil
}

// chain collects the rows of a chain as candidates for row i.
func (j *Regular) chain(input int, b *operators.Batch, i int, x *rowstore.Index, id rowstore.ID) error {
	p := &j.pairs
	for ; id != rowstore.None; id = x.Next(id) {
		p.add(i, id)
		if p.len() == pairBlock {
			if err := j.block(input, b, i); err != nil {
				return err
			}
		}
	}
	return nil
}

// probeNotIn is probe for NOT IN: the candidates of NULL are all rows, those of another value the rows with that value and those with NULL.
func (j *Regular) probeNotIn(input int, b *operators.Batch) error {
	own, other := j.sides[input], j.sides[1-input]
	v := b.Columns[own.compared]
	for i, h := range own.hashes {
		switch {
		case own.isNull(i):
		case v.IsNull(i):
			if err := j.chain(input, b, i, &other.index, other.index.First(h)); err != nil {
				return err
			}
		default:
			if err := j.chain(input, b, i, &other.values, other.values.First(own.valueHash[i])); err != nil {
				return err
			}
			if err := j.chain(input, b, i, &other.nulls, other.nulls.First(h)); err != nil {
				return err
			}
		}
	}
	return nil
}

// block decides the collected candidate pairs and applies them; all rows before end are complete with them.
func (j *Regular) block(input int, b *operators.Batch, end int) error {
	if err := j.verify(input, b); err != nil {
		return err
	}
	p := &j.pairs
	other := j.sides[1-input]
	if !other.counted && j.paired && b.Kinds == nil && !j.sides[input].counted {
		// An inner join of insertions: all pairs are as they are.
		if err := j.out.insert(p.rows, p.ids); err != nil {
			return err
		}
	} else {
		for k, i := range p.rows {
			if err := j.finishTo(input, b, int(i)); err != nil {
				return err
			}
			j.apply(other, b.Kind(int(i)), int(i), p.ids[k])
			j.matches++
			if err := j.out.flushFull(); err != nil {
				return err
			}
		}
	}
	p.reset()
	return j.finishTo(input, b, end)
}

// finishTo finishes the rows before end.
func (j *Regular) finishTo(input int, b *operators.Batch, end int) error {
	own := j.sides[input]
	if j.row < end && own.plain(b) {
		// Insertions that are kept and give nothing by themselves.
		own.insert(end, j.now)
		j.row, j.matches = end, 0
		return nil
	}
	for j.row < end {
		j.finish(own, b, j.row, j.matches)
		j.row, j.matches = j.row+1, 0
		if err := j.out.flushFull(); err != nil {
			return err
		}
	}
	return nil
}

// apply does what one pair changes: row i of the batch meets (or leaves) the row id of the other side.
func (j *Regular) apply(other *side, kind operators.RowKind, i int, id rowstore.ID) {
	if !other.counted {
		if j.paired {
			j.out.add(int32(i), id, kind)
		}
		return
	}
	n := other.count.At(id)
	other.stamp(id, j.now)
	if kind.IsAdd() {
		*n++
		if *n == 1 {
			j.firstPartner(id)
		}
		if j.paired {
			j.out.add(int32(i), id, insertKind)
		}
		return
	}
	if *n == 0 {
		return // takes back what never came or was forgotten
	}
	*n--
	if j.paired {
		j.out.add(int32(i), id, deleteKind)
	}
	if *n == 0 {
		j.lastPartner(id)
	}
}

// firstPartner changes what was emitted for a row of the counted side that had no partner until now.
func (j *Regular) firstPartner(id rowstore.ID) {
	switch {
	case j.spec.Join == plan.Semi:
		j.out.add(-1, id, insertKind)
	case j.spec.Final:
	default: // a padded row, or a row of an anti join, goes
		j.out.add(-1, id, deleteKind)
	}
}

// lastPartner changes what was emitted for a row of the counted side that lost its last partner.
func (j *Regular) lastPartner(id rowstore.ID) {
	if j.spec.Join == plan.Semi {
		j.out.add(-1, id, deleteKind)
	} else if !j.spec.Final {
		j.out.add(-1, id, insertKind)
	}
}

// finish is called when all partners of row i are known.
func (j *Regular) finish(own *side, b *operators.Batch, i, matches int) {
	kind := b.Kind(i)
	null := own.isNull(i)
	stored := rowstore.None
	if !kind.IsAdd() && !null {
		if stored = own.lookup(b, i); stored != rowstore.None && own.counted {
			matches = int(own.count.Get(stored)) // what was emitted for it counts
		}
	}
	switch {
	case own.preserved && matches == 0 && (!j.spec.Final || null):
		j.out.add(int32(i), rowstore.None, kind)
	case own != j.sides[0]:
	case j.spec.Join == plan.Semi && matches > 0, j.spec.Join == plan.Anti && matches == 0 && (!j.spec.Final || null):
		j.out.add(int32(i), rowstore.None, kind)
	}
	switch {
	case null: // never has a partner: nothing to keep
	case kind.IsAdd():
		own.insertOne(i, matches, j.now)
	case stored != rowstore.None: // else it came late, or its time to live has ended
		own.remove(stored)
	}
}

// Finish emits, in batch mode, the rows that found no partner.
func (j *Regular) Finish(out operators.Output) error {
	if !j.spec.Final {
		return nil
	}
	for input, s := range j.sides {
		if !s.preserved && (input != 0 || j.spec.Join != plan.Anti) {
			continue
		}
		j.out.begin(1-input, nil, out)
		var err error
		s.store.Each(func(id rowstore.ID) {
			if err == nil && s.count.Get(id) == 0 {
				j.out.add(-1, id, insertKind)
				err = j.out.flushFull()
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

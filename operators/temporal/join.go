package temporal

import (
	"cmp"
	"fmt"
	"slices"

	"millrace/operators"
	"millrace/operators/eval"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Join is the operator of plan.TemporalJoin. One goroutine uses it.
type Join struct {
	spec     *plan.TemporalJoin
	left     types.Schema
	right    types.Schema
	ctx      operators.Context
	mark     int64 // the watermark
	waiting  waiting
	versions versions
	residual *eval.Filter
	need     []bool // columns of left and right that the condition reads
	late     *operators.Counter

	// Of the rows that are emitted: the key, the version.
	keys    []int32
	matched []rowstore.ID
}

// waiting are the rows of the left side.
type waiting struct {
	store  *rowstore.Store
	info   rowstore.Side[arrival]
	agenda agenda[rowstore.ID]
	next   int64 // number of the next row
}

// arrival is what is known of a row that waits, beside its columns.
type arrival struct {
	number int64 // in the order of arrival
	kind   vector.RowKind
}

// New returns the operator for inputs of the given schemas.
func New(spec *plan.TemporalJoin, left, right types.Schema) (*Join, error) {
	if spec.Join != plan.Inner && spec.Join != plan.Left {
		return nil, fmt.Errorf("%s join with versions", spec.Join)
	}
	if len(spec.LeftKeys) == 0 || len(spec.LeftKeys) != len(spec.RightKeys) {
		return nil, fmt.Errorf("%d and %d keys", len(spec.LeftKeys), len(spec.RightKeys))
	}
	for i, l := range spec.LeftKeys {
		r := spec.RightKeys[i]
		if l < 0 || l >= len(left) || r < 0 || r >= len(right) {
			return nil, fmt.Errorf("keys %d of %d and %d of %d", l, len(left), r, len(right))
		}
		a, b := left[l].Type.AsNullable(), right[r].Type.AsNullable()
		if !a.Same(b) && !(a.IsText() && b.IsText()) {
			return nil, fmt.Errorf("keys of type %s and %s", a, b)
		}
	}
	for _, side := range []struct {
		s  types.Schema
		at int
	}{{left, spec.LeftTime}, {right, spec.RightTime}} {
		if side.at < 0 || side.at >= len(side.s) {
			return nil, fmt.Errorf("time column %d of %d", side.at, len(side.s))
		}
		if t := side.s[side.at].Type; !t.IsTimestamp() || t.TimeUnit() != 1000 {
			return nil, fmt.Errorf("versions by a time of type %s", t)
		}
	}
	if spec.Alive >= len(right) || spec.Alive >= 0 && right[spec.Alive].Type.Kind != types.Boolean {
		return nil, fmt.Errorf("column %d does not tell whether a version is valid", spec.Alive)
	}
	return &Join{spec: spec, left: left, right: right, mark: operators.MinWatermark}, nil
}

// Open prepares the state.
func (j *Join) Open(ctx operators.Context) error {
	j.ctx, j.late = ctx, ctx.Counter("numLateRecordsDropped")
	pool := ctx.Pool()
	j.waiting.store = rowstore.New(pool, j.left.Types())
	j.waiting.info.Open(pool)
	j.versions.open(pool, j.spec, j.right)
	if j.spec.Residual == nil {
		return nil
	}
	in := append(j.left.Types(), j.right.Types()...)
	var err error
	j.residual, j.need, err = eval.CompileCondition(j.spec.Residual, eval.Env{Zone: ctx.Zone(), Now: ctx.Now, InputTypes: in})
	return err
}

// Close frees the state.
func (j *Join) Close() error {
	if j.waiting.store == nil {
		return nil
	}
	j.waiting.store.Close()
	j.waiting.info.Close()
	j.versions.close()
	j.waiting.store = nil
	return nil
}

// Process keeps rows, and takes versions.
func (j *Join) Process(input int, b *operators.Batch, _ operators.Output) error {
	b = b.Dense(j.ctx.Pool())
	defer b.Release()
	if input == 1 {
		j.versions.add(b)
		return nil
	}
	times := b.Columns[j.spec.LeftTime]
	rows := make([]int32, 0, b.Len)
	for i, t := range vector.Values[int64](times)[:b.Len] {
		if times.IsNull(i) || t <= j.mark {
			j.late.Add(1)
			continue
		}
		rows = append(rows, int32(i))
	}
	w := &j.waiting
	first := w.next
	w.next += int64(len(rows))
	w.hold(b, j.spec.LeftTime, rows, w.store.Append, func(k int) arrival { return arrival{first + int64(k), b.Kind(int(rows[k]))} })
	return nil
}

// hold stores rows of a batch.
func (w *waiting) hold(b *operators.Batch, time int, rows []int32, add func(*vector.Batch, []int32, []rowstore.ID), of func(k int) arrival) {
	if len(rows) == 0 {
		return
	}
	ids := make([]rowstore.ID, len(rows))
	add(b, rows, ids)
	times := vector.Values[int64](b.Columns[time])
	for k, i := range rows {
		*w.info.At(ids[k]) = of(k)
		w.agenda.add(times[i], ids[k])
	}
}

// Watermark emits the rows whose time has passed and forgets the versions that nobody can meet any more.
func (j *Join) Watermark(t int64, out operators.Output) error {
	j.mark = max(j.mark, t)
	w := &j.waiting
	due := w.agenda.take(j.mark)
	slices.SortFunc(due, func(a, b rowstore.ID) int { return cmp.Compare(w.info.Get(a).number, w.info.Get(b).number) })
	for from := 0; from < len(due); from += vector.MaxRows {
		if err := j.emit(due[from:min(len(due), from+vector.MaxRows)], out); err != nil {
			return err
		}
	}
	for _, id := range due {
		w.store.Delete(id)
	}
	w.compact()
	j.versions.clean(j.mark)
	return out.Watermark(t)
}

// emit joins rows that no longer wait.
func (j *Join) emit(ids []rowstore.ID, out operators.Output) error {
	pool := j.ctx.Pool()
	cols := make([]*vector.Vector, 0, len(j.left)+len(j.right))
	for c := range j.left {
		cols = append(cols, j.waiting.store.Gather(c, ids))
	}
	own := vector.NewBatch(len(ids), cols...)
	defer own.Release()
	j.keys = slices.Grow(j.keys[:0], len(ids))[:len(ids)]
	j.versions.table.FindBatch(own, j.spec.LeftKeys, j.keys, false)
	j.matched = j.matched[:0]
	for i, t := range vector.Values[int64](own.Columns[j.spec.LeftTime])[:own.Len] {
		j.matched = append(j.matched, j.versions.at(j.keys[i], t))
	}
	if j.residual != nil {
		if err := j.check(own); err != nil {
			return err
		}
	}
	var sel []uint16
	for i, m := range j.matched {
		if m != rowstore.None || j.spec.Join == plan.Left {
			sel = append(sel, uint16(i))
		}
	}
	if len(sel) == 0 {
		return nil
	}
	joined := j.joined(own, j.matched, nil)
	defer joined.Release()
	changes := false
	kinds := make([]vector.RowKind, len(ids))
	for i, id := range ids {
		kinds[i] = j.waiting.info.Get(id).kind
		changes = changes || kinds[i] != vector.Insert
	}
	if changes {
		joined.Kinds = kinds
	}
	if len(sel) == len(ids) {
		return out.Emit(joined)
	}
	joined.Sel = sel
	dense := joined.Dense(pool)
	joined.Sel = nil
	defer dense.Release()
	return out.Emit(dense)
}

// check drops the matches that the condition refuses.
func (j *Join) check(own *vector.Batch) error {
	both := j.joined(own, j.matched, j.need)
	defer both.Release()
	sel := make([]uint16, 0, len(j.matched))
	for i, m := range j.matched {
		if m != rowstore.None {
			sel = append(sel, uint16(i))
		}
	}
	both.Sel = sel
	hold, err := j.residual.Eval(j.ctx.Pool(), both)
	both.Sel = nil
	if err != nil {
		return err
	}
	for i := range j.matched {
		if len(hold) > 0 && int(hold[0]) == i {
			hold = hold[1:]
		} else {
			j.matched[i] = rowstore.None
		}
	}
	return nil
}

// joined puts versions next to rows; None gives NULLs. Columns that are not needed (nil: all are) have no values.
func (j *Join) joined(own *vector.Batch, versions []rowstore.ID, need []bool) *vector.Batch {
	cols := make([]*vector.Vector, 0, len(j.left)+len(j.right))
	for c, v := range own.Columns {
		if need != nil && !need[c] {
			cols = append(cols, vector.Foreign(v.Type, own.Len, nil, nil, nil))
			continue
		}
		cols = append(cols, v.Retain())
	}
	for c, f := range j.right {
		if need != nil && !need[len(cols)] {
			cols = append(cols, vector.Foreign(f.Type, own.Len, nil, nil, nil))
			continue
		}
		v := j.versions.store.Gather(c, versions)
		if j.spec.Join == plan.Left {
			v.Type = v.Type.AsNullable()
		}
		cols = append(cols, v)
	}
	return vector.NewBatch(own.Len, cols...)
}

// compact gives sparse chunks free and follows the rows that move.
func (w *waiting) compact() {
	moved := map[rowstore.ID]rowstore.ID{}
	w.store.Compact(func(from, to rowstore.ID) {
		moved[from] = to
		*w.info.At(to) = w.info.Get(from)
	})
	if len(moved) == 0 {
		return
	}
	w.agenda.each(func(id *rowstore.ID) {
		if to, ok := moved[*id]; ok {
			*id = to
		}
	})
}

package join

import (
	"cmp"
	"fmt"
	"slices"

	"millrace/operators"
	"millrace/operators/eval"
	"millrace/operators/rowkey"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Interval is the operator of plan.IntervalJoin. A row is kept until the watermark, or the clock, says that no partner can come any more; then, if
// it found none and its side is preserved, it is emitted with NULLs. One goroutine uses it.
type Interval struct {
	spec     *plan.IntervalJoin
	ctx      operators.Context
	sides    [2]*near
	residual *eval.Filter
	need     []bool // columns of left and right that the condition reads
	pairs    pairs
	mark     int64 // the watermark; in processing time what the clock has passed
	delay    int64 // how far rows that are emitted may lie behind the watermark
	late     *operators.Counter
}

// near is one input: its rows by key, with their times.
type near struct {
	*side
	time    int   // column
	reach   int64 // how long after a row its partners come at most
	times   rowstore.Side[int64]
	runs    [][]keeping // kept rows by the time from which on they are not needed
	millis  []int64
	matched []bool
	sel     []int32
}

// keeping is a row that is kept until the watermark reaches until.
type keeping struct {
	until int64
	id    rowstore.ID
}

// manyRuns is how many runs of kept rows are merged.
const manyRuns = 64

// NewInterval returns the operator for inputs of the given schemas.
func NewInterval(spec *plan.IntervalJoin, left, right types.Schema) (*Interval, error) {
	if spec.Join == plan.Semi || spec.Join == plan.Anti {
		return nil, fmt.Errorf("%s join over an interval", spec.Join)
	}
	if spec.LeftTime < 0 || spec.LeftTime >= len(left) || spec.RightTime < 0 || spec.RightTime >= len(right) {
		return nil, fmt.Errorf("time columns %d of %d and %d of %d", spec.LeftTime, len(left), spec.RightTime, len(right))
	}
	for _, t := range []types.Type{left[spec.LeftTime].Type, right[spec.RightTime].Type} {
		if spec.ProcTime {
			break
		}
		if !t.IsTimestamp() || t.TimeUnit() != 1000 {
			return nil, fmt.Errorf("interval join over a time of type %s", t)
		}
	}
	// The regular join checks the keys.
	if _, err := NewRegular(&plan.Join{Join: spec.Join, LeftKeys: spec.LeftKeys, RightKeys: spec.RightKeys}, left, right); err != nil {
		return nil, err
	}
	j := &Interval{spec: spec, mark: operators.MinWatermark, delay: max(spec.Upper, -spec.Lower, 0)}
	j.sides[0] = &near{side: newSide(left, spec.LeftKeys, nil, false, 0), time: spec.LeftTime, reach: spec.Upper}
	j.sides[1] = &near{side: newSide(right, spec.RightKeys, nil, false, 0), time: spec.RightTime, reach: -spec.Lower}
	if spec.ProcTime {
		j.delay = 0
		j.sides[0].time, j.sides[1].time = -1, -1
	}
	j.sides[0].preserved = spec.Join == plan.Left || spec.Join == plan.Full
	j.sides[1].preserved = spec.Join == plan.Right || spec.Join == plan.Full
	for _, s := range j.sides {
		s.counted = s.preserved
	}
	return j, nil
}

// Open prepares the state.
func (j *Interval) Open(ctx operators.Context) error {
	j.ctx, j.late = ctx, ctx.Counter("numLateRecordsDropped")
	for _, s := range j.sides {
		s.open(ctx.Pool())
		s.times.Open(ctx.Pool())
	}
	if j.spec.Residual == nil {
		return nil
	}
	in := append(append([]types.Type{}, j.sides[0].types...), j.sides[1].types...)
	var err error
	j.residual, j.need, err = eval.CompileCondition(j.spec.Residual, eval.Env{Zone: ctx.Zone(), Now: ctx.Now, InputTypes: in})
	return err
}

// Close frees the state.
func (j *Interval) Close() error {
	for _, s := range j.sides {
		s.times.Close()
		s.close()
	}
	return nil
}

// Process joins the rows with those kept of the other side, and keeps them.
func (j *Interval) Process(input int, b *operators.Batch, out operators.Output) error {
	b = b.Dense(j.ctx.Pool())
	defer b.Release()
	own, other := j.sides[input], j.sides[1-input]
	var now int64
	if j.spec.ProcTime {
		now = j.ctx.Now()
		if err := j.pass(now-1, out); err != nil {
			return err
		}
	}
	own.begin(b, j.spec.NullSafe, now)
	lower, upper := j.spec.Lower, j.spec.Upper
	if input == 1 {
		lower, upper = -upper, -lower
	}
	j.pairs.reset()
	for i := range b.Len {
		if own.isNull(i) {
			continue
		}
		for id := other.index.First(own.hashes[i]); id != rowstore.None; id = other.index.Next(id) {
			if d := other.times.Get(id) - own.millis[i]; d >= lower && d <= upper {
				j.pairs.add(i, id)
			}
		}
		if j.pairs.len() >= pairBlock {
			if err := j.join(input, b, out); err != nil {
				return err
			}
		}
	}
	if err := j.join(input, b, out); err != nil {
		return err
	}
	if err := j.keep(input, b, out); err != nil {
		return err
	}
	j.wake()
	return nil
}

// begin computes hashes, NULL keys and times of a batch: the values of the time column, or in processing time now.
func (s *near) begin(b *operators.Batch, nullSafe []bool, now int64) {
	s.hashes = slices.Grow(s.hashes[:0], b.Len)[:b.Len]
	rowkey.HashColumns(b, s.keys, s.hashes)
	s.findNulls(b, nullSafe)
	if s.time >= 0 {
		s.millis = append(s.millis[:0], vector.Values[int64](b.Columns[s.time])[:b.Len]...)
	} else {
		s.millis = slices.Grow(s.millis[:0], b.Len)[:b.Len]
		for i := range s.millis {
			s.millis[i] = now
		}
	}
	s.matched = slices.Grow(s.matched[:0], b.Len)[:b.Len]
	clear(s.matched)
}

// join verifies the pairs and emits those that hold.
func (j *Interval) join(input int, b *operators.Batch, out operators.Output) error {
	p := &j.pairs
	defer p.reset()
	own, other := j.sides[input], j.sides[1-input]
	for k, c := range own.keys {
		if p.len() == 0 {
			return nil
		}
		p.cut(other.store.KeepEqual(b.Columns[c], other.keys[k], p.rows, p.ids))
	}
	if j.residual != nil && p.len() > 0 {
		joined := j.joined(input, b, p, j.need)
		sel, err := j.residual.Eval(j.ctx.Pool(), joined)
		joined.Release()
		if err != nil {
			return err
		}
		for n, k := range sel {
			p.rows[n], p.ids[n] = p.rows[k], p.ids[k]
		}
		p.cut(len(sel))
	}
	for k, id := range p.ids {
		own.matched[p.rows[k]] = true
		if other.preserved {
			*other.count.At(id) = 1
		}
	}
	for from := 0; from < p.len(); from += vector.MaxRows {
		to := min(p.len(), from+vector.MaxRows)
		r := j.joined(input, b, &pairs{rows: p.rows[from:to], ids: p.ids[from:to]}, nil)
		err := out.Emit(r)
		r.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

// joined makes rows of left and right columns of pairs. Columns that are not needed (nil: all are) have no values.
func (j *Interval) joined(input int, b *operators.Batch, p *pairs, need []bool) *vector.Batch {
	var cols []*vector.Vector
	for in, s := range j.sides {
		for c, t := range s.types {
			switch {
			case need != nil && !need[len(cols)]:
				cols = append(cols, vector.Foreign(t, p.len(), nil, nil, nil))
			case in == input:
				cols = append(cols, vector.Gather(j.ctx.Pool(), b.Columns[c], p.rows))
			default:
				cols = append(cols, s.store.Gather(c, p.ids))
			}
		}
	}
	return vector.NewBatch(p.len(), cols...)
}

// keep stores the rows that can still find partners and emits those that cannot and have none, if their side is preserved.
func (j *Interval) keep(input int, b *operators.Batch, out operators.Output) error {
	s := j.sides[input]
	s.sel = s.sel[:0]
	var alone []int32
	for i, t := range s.millis {
		switch {
		case !s.isNull(i) && t+s.reach > j.mark:
			s.sel = append(s.sel, int32(i))
		case s.preserved && !s.matched[i]:
			alone = append(alone, int32(i))
		case !s.isNull(i) && !s.matched[i] && !j.spec.ProcTime:
			j.late.Add(1)
		}
	}
	s.hold(b, s.sel, s.store.Append, func(k int) int32 {
		if s.matched[s.sel[k]] {
			return 1
		}
		return 0
	})
	if len(alone) == 0 {
		return nil
	}
	cols := make([]*vector.Vector, len(b.Columns))
	for c, v := range b.Columns {
		cols[c] = vector.Gather(j.ctx.Pool(), v, alone)
	}
	return j.emitAlone(input, cols, len(alone), out)
}

// hold stores rows of a batch whose hashes and times are known.
func (s *near) hold(b *operators.Batch, rows []int32, add func(*vector.Batch, []int32, []rowstore.ID), matched func(k int) int32) {
	if len(rows) == 0 {
		return
	}
	ids := make([]rowstore.ID, len(rows))
	add(b, rows, ids)
	run := make([]keeping, len(rows))
	for k, i := range rows {
		s.index.Insert(s.hashes[i], ids[k])
		*s.times.At(ids[k]) = s.millis[i]
		if s.counted {
			*s.count.At(ids[k]) = matched(k)
		}
		run[k] = keeping{s.millis[i] + s.reach, ids[k]}
	}
	slices.SortFunc(run, func(a, b keeping) int { return cmp.Compare(a.until, b.until) })
	if n := len(s.runs); n > 0 && len(s.runs[n-1]) > 0 && s.runs[n-1][len(s.runs[n-1])-1].until <= run[0].until {
		s.runs[n-1] = append(s.runs[n-1], run...)
		return
	}
	if s.runs = append(s.runs, run); len(s.runs) >= manyRuns {
		all := slices.Concat(s.runs...)
		slices.SortFunc(all, func(a, b keeping) int { return cmp.Compare(a.until, b.until) })
		s.runs = append(s.runs[:0], all)
	}
}

// emitAlone emits rows of one side with NULLs for the other; it takes over the columns.
func (j *Interval) emitAlone(input int, own []*vector.Vector, n int, out operators.Output) error {
	none := make([]*vector.Vector, len(j.sides[1-input].types))
	for c, t := range j.sides[1-input].types {
		v := vector.NewBuilder(j.ctx.Pool(), t.AsNullable(), n)
		for range n {
			v.AppendNull()
		}
		none[c] = v.Finish()
		v.Release()
	}
	sides := [2][]*vector.Vector{own, none}
	if input == 1 {
		sides = [2][]*vector.Vector{none, own}
	}
	b := vector.NewBatch(n, slices.Concat(sides[:]...)...)
	defer b.Release()
	return out.Emit(b)
}

// Watermark forgets the rows that are over and passes on a watermark that holds for what will be emitted. In processing time only the end of
// input ends anything.
func (j *Interval) Watermark(t int64, out operators.Output) error {
	if !j.spec.ProcTime || t == operators.MaxWatermark {
		if err := j.pass(t, out); err != nil {
			return err
		}
	}
	if t != operators.MaxWatermark && t >= operators.MinWatermark+j.delay {
		t -= j.delay
	}
	return out.Watermark(t)
}

// ProcessingTime forgets the rows that are over by the clock.
func (j *Interval) ProcessingTime(now int64, out operators.Output) error {
	if !j.spec.ProcTime {
		return nil
	}
	if err := j.pass(now-1, out); err != nil {
		return err
	}
	j.wake()
	return nil
}

// wake asks to be called when the clock passes the next row.
func (j *Interval) wake() {
	if !j.spec.ProcTime {
		return
	}
	for _, s := range j.sides {
		for _, run := range s.runs {
			j.ctx.WakeAt(run[0].until + 1)
		}
	}
}

// pass forgets the rows that are over when time has passed t.
func (j *Interval) pass(t int64, out operators.Output) error {
	j.mark = max(j.mark, t)
	for input := range j.sides {
		if err := j.expire(input, out); err != nil {
			return err
		}
	}
	return nil
}

func (j *Interval) expire(input int, out operators.Output) error {
	s := j.sides[input]
	var over []keeping
	for k, run := range s.runs {
		n, _ := slices.BinarySearchFunc(run, j.mark, func(x keeping, mark int64) int {
			if x.until <= mark {
				return -1
			}
			return 1
		})
		over = append(over, run[:n]...)
		s.runs[k] = run[n:]
	}
	if len(over) == 0 {
		return nil
	}
	s.runs = slices.DeleteFunc(s.runs, func(run []keeping) bool { return len(run) == 0 })
	var alone []rowstore.ID
	if s.preserved {
		for _, x := range over {
			if *s.count.At(x.id) == 0 {
				alone = append(alone, x.id)
			}
		}
	}
	for from := 0; from < len(alone); from += vector.MaxRows {
		ids := alone[from:min(len(alone), from+vector.MaxRows)]
		if err := j.emitAlone(input, s.store.Batch(ids).Columns, len(ids), out); err != nil {
			return err
		}
	}
	for _, x := range over {
		s.index.Delete(x.id)
		s.store.Delete(x.id)
	}
	s.compact()
	return nil
}

// compact gives sparse chunks free and follows the rows that move.
func (s *near) compact() {
	moved := map[rowstore.ID]rowstore.ID{}
	s.store.Compact(func(from, to rowstore.ID) {
		moved[from] = to
		s.index.Move(from, to)
		*s.times.At(to) = s.times.Get(from)
		if s.counted {
			*s.count.At(to) = s.count.Get(from)
		}
	})
	if len(moved) == 0 {
		return
	}
	for _, run := range s.runs {
		for i := range run {
			if to, ok := moved[run[i].id]; ok {
				run[i].id = to
			}
		}
	}
}

package aggregate

import (
	"fmt"
	"slices"

	"millrace/operators"
	"millrace/operators/accum"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Group is the operator of plan.GroupAggregate. One goroutine uses it.
type Group struct {
	spec    *plan.GroupAggregate
	input   types.Schema
	pool    *vector.Pool
	ctx     operators.Context
	set     *accum.Set
	state   *accum.State
	columns []int // input columns that are read
	keys    []int // positions of the keys among them
	reduced []plan.Agg
	always  bool // each added row changes the result
	stamped bool // rows begin with the time of the last write

	batchNo  uint32
	ids      []int32
	rows     []table.Row
	touched  []int32 // ids, in order of the first row
	fresh    []bool  // for each touched group: it was not there before the batch
	kept     []uint16
	sweep    int
	before   []table.Row
	emission emission
}

// head is the bytes of payload for the time of the last write.
const head = 8

// NewGroup returns the operator. It reports columns, types and functions that it cannot work with.
func NewGroup(spec *plan.GroupAggregate, input types.Schema) (*Group, error) {
	g := &Group{spec: spec, input: input, stamped: spec.TTLMillis > 0}
	at := func(c int) int {
		if i := slices.Index(g.columns, c); i >= 0 {
			return i
		}
		g.columns = append(g.columns, c)
		return len(g.columns) - 1
	}
	for _, k := range spec.Keys {
		if k < 0 || k >= len(input) {
			return nil, fmt.Errorf("group aggregate: key column %d of %d", k, len(input))
		}
		g.keys = append(g.keys, at(k))
	}
	reduced, err := accum.Remap(spec.Aggs, len(input), at)
	if err != nil {
		return nil, fmt.Errorf("group aggregate: %w", err)
	}
	g.reduced = reduced
	// A set made for nothing but its errors.
	_, err = accum.New(vector.NewPool(0), g.reduced, g.readTypes(), accum.Options{Retract: spec.InputUpdating, CountRows: true})
	return g, err
}

func (g *Group) readTypes() []types.Type { return g.input.Project(g.columns).Types() }

func (g *Group) keySchema() types.Schema { return g.input.Project(g.spec.Keys) }

// Open implements operators.Operator.
func (g *Group) Open(ctx operators.Context) error {
	g.ctx, g.pool = ctx, ctx.Pool()
	var err error
	if g.set, err = accum.New(g.pool, g.reduced, g.readTypes(), accum.Options{Retract: g.spec.InputUpdating, CountRows: g.spec.InputUpdating}); err != nil {
		return err
	}
	g.state = g.set.NewState(g.keySchema().Types(), head)
	g.batchNo = 1 // rows that were restored have mark 1
	g.always = g.set.AlwaysChanges() && !g.spec.InputUpdating
	return nil
}

// Close implements operators.Operator.
func (g *Group) Close() error {
	if g.state != nil {
		g.state.Close()
		g.state = nil
	}
	return nil
}

// Watermark implements operators.Operator.
func (g *Group) Watermark(t int64, out operators.Output) error { return out.Watermark(t) }

// Process implements operators.Operator.
func (g *Group) Process(_ int, in *operators.Batch, out operators.Output) error {
	if in.Rows() == 0 {
		return nil
	}
	p := in.Project(g.columns)
	b := p.Dense(g.pool)
	p.Release()
	defer b.Release()
	kinds := b.Kinds
	if !g.spec.InputUpdating {
		kinds = nil
	}
	if kinds != nil {
		known, err := g.known(b)
		if err != nil {
			return err
		}
		if known != nil {
			defer known.Release()
			b, kinds = known, known.Kinds
			if b.Len == 0 {
				return nil
			}
		}
	}
	g.find(b)
	if g.stamped {
		g.stamp()
	}
	if g.spec.Final {
		return g.update(b, kinds)
	}
	g.touch()
	return g.change(b, kinds, out)
}

// find finds the rows of a batch.
func (g *Group) find(b *vector.Batch) {
	g.ids = slices.Grow(g.ids[:0], b.Len)[:b.Len]
	g.state.Table.FindBatch(b, g.keys, g.ids, true)
	g.rows = g.state.Table.Rows(g.ids, g.rows)
}

func (g *Group) update(b *vector.Batch, kinds []vector.RowKind) error {
	if err := g.set.Update(g.state, b, kinds, g.ids, g.rows, len(g.keys) == 0); err != nil {
		return err
	}
	g.state.Compact()
	return nil
}

// known leaves out rows that take away from a group that has no rows. It returns nil if there are none.
func (g *Group) known(b *vector.Batch) (*vector.Batch, error) {
	if !slices.ContainsFunc(b.Kinds, func(k vector.RowKind) bool { return !k.IsAdd() }) {
		return nil, nil
	}
	g.find(b)
	// Marks hold the number of rows that a group has so far, plus 1, since 0 is "not met"; and whether a row was kept.
	const kept = 1 << 31
	g.kept = g.kept[:0]
	now := g.ctx.Now()
	for i, r := range g.rows {
		m := table.Mark(r)
		if *m == 0 || *m&met == 0 {
			n := g.set.Rows(g.state, r)
			if g.expired(r, now) {
				n = 0
			}
			*m = met | uint32(min(n, 1<<28))
		}
		switch {
		case b.Kinds[i].IsAdd():
			*m++
		case *m&^(met|kept) == 0:
			continue
		default:
			*m--
		}
		*m |= kept
		g.kept = append(g.kept, uint16(i))
	}
	whole := len(g.kept) == b.Len
	for i, r := range g.rows {
		m := table.Mark(r)
		if !whole && *m == met && g.state.Table.Live(g.ids[i]) && g.set.Rows(g.state, r) == 0 {
			g.state.Delete(g.ids[i])
			continue
		}
		*m = 0
	}
	if whole {
		return nil, nil
	}
	s := vector.NewBatch(b.Len, retained(b.Columns)...)
	s.Kinds, s.Sel = b.Kinds, slices.Clone(g.kept)
	defer s.Release()
	return s.Dense(g.pool), nil
}

// met marks a row that the scan of known has seen. Marks of batches stay below it.
const met = 1 << 30

func retained(cols []*vector.Vector) []*vector.Vector {
	out := slices.Clone(cols)
	for _, c := range out {
		c.Retain()
	}
	return out
}

// touch lists the groups of the batch. A mark is the number of the batch that touched the row last.
func (g *Group) touch() {
	if g.batchNo++; g.batchNo == met-1 {
		g.batchNo = 2
		for id := range int32(g.state.Table.Limit()) {
			if g.state.Table.Live(id) {
				*table.Mark(g.state.Table.Writable(id)) = 1
			}
		}
	}
	no := g.batchNo
	g.touched, g.fresh = g.touched[:0], g.fresh[:0]
	if len(g.keys) == 0 {
		m := table.Mark(g.rows[0])
		g.touched, g.fresh = append(g.touched, g.ids[0]), append(g.fresh, *m == 0)
		*m = no
		return
	}
	for i, r := range g.rows {
		if m := table.Mark(r); *m != no {
			g.touched = append(g.touched, g.ids[i])
			g.fresh = append(g.fresh, *m == 0)
			*m = no
		}
	}
}

// change accumulates the batch and emits the changes of the groups it touched.
func (g *Group) change(b *vector.Batch, kinds []vector.RowKind, out operators.Output) error {
	if g.spec.InputUpdating {
		// A group that is there has rows; a mark alone may be older than a restart.
		for i, id := range g.touched {
			g.fresh[i] = g.set.Rows(g.state, g.state.Table.Row(id)) == 0
		}
	}
	needOld := g.spec.UpdateBefore || g.spec.InputUpdating || !g.always && !g.stamped
	old, err := g.oldResults(needOld)
	if err != nil {
		return err
	}
	if err := g.update(b, kinds); err != nil {
		for _, v := range old {
			v.Release()
		}
		return err
	}
	g.emission.g, g.emission.old = g, old
	err = g.emission.run(out)
	for _, v := range old {
		v.Release()
	}
	return err
}

// oldResults makes the results of the touched groups before the batch.
func (g *Group) oldResults(need bool) ([]*vector.Vector, error) {
	if !need || !slices.Contains(g.fresh, false) {
		return nil, nil
	}
	g.before = g.state.Table.Pointers(g.touched, g.before)
	return g.set.Results(g.state.Reader(), g.before)
}

// Finish implements operators.Finisher: with Final it emits all groups.
func (g *Group) Finish(out operators.Output) error {
	if !g.spec.Final {
		return nil
	}
	t := g.state.Table
	if len(g.keys) == 0 && t.Len() == 0 {
		// The one group of a global aggregate exists without rows.
		ids := []int32{0}
		t.FindBatch(vector.NewBatch(1), nil, ids, true)
	}
	ids := make([]int32, 0, vector.MaxRows)
	for id := range int32(t.Limit()) {
		if !t.Live(id) || g.spec.InputUpdating && len(g.keys) > 0 && g.set.Rows(g.state, t.Row(id)) == 0 {
			continue
		}
		if ids = append(ids, id); len(ids) == cap(ids) {
			if err := g.emitAll(ids, out); err != nil {
				return err
			}
			ids = ids[:0]
		}
	}
	return g.emitAll(ids, out)
}

func (g *Group) emitAll(ids []int32, out operators.Output) error {
	if len(ids) == 0 {
		return nil
	}
	rows := g.state.Table.Pointers(ids, nil)
	cols, err := g.set.Results(g.state.Reader(), rows)
	if err != nil {
		return err
	}
	b := vector.NewBatch(len(ids), append(g.state.Table.Keys(g.pool, rows), cols...)...)
	defer b.Release()
	return out.Emit(b)
}

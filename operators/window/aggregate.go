package window

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

// core is what the aggregating operators share.
type core struct {
	spec    *plan.WindowAggregate
	input   types.Schema
	pool    *vector.Pool
	ctx     operators.Context
	clock   clock
	set     *accum.Set
	columns []int // input columns that are read
	keys    []int // positions of the keys among them
	time    int   // position of the time column, -1: processing time
	bounds  [2]int
	reduced []plan.Agg
	colType []types.Type // of the window columns
	late    *operators.Counter
	mark    int64 // the last watermark; with processing time, the last moment that is over
	ids     []int32
	rows    []table.Row
	times   []int64
}

func (c *core) prepare(spec *plan.WindowAggregate, input, output types.Schema) error {
	c.spec, c.input, c.time, c.mark = spec, input, -1, operators.MinWatermark
	at := func(col int) int {
		if i := slices.Index(c.columns, col); i >= 0 {
			return i
		}
		c.columns = append(c.columns, col)
		return len(c.columns) - 1
	}
	check := func(what string, col int) error {
		if col < 0 || col >= len(input) {
			return fmt.Errorf("window aggregate: %s column %d of %d", what, col, len(input))
		}
		return nil
	}
	for _, k := range spec.Keys {
		if err := check("key", k); err != nil {
			return err
		}
		c.keys = append(c.keys, at(k))
	}
	timeType := types.TimestampType(3)
	w := &spec.Window
	switch {
	case spec.Attached:
		for i, col := range []int{spec.StartColumn, spec.EndColumn} {
			if err := check("window", col); err != nil {
				return err
			}
			c.bounds[i] = at(col)
		}
		if w.Zone != "" && w.Zone != "UTC" {
			timeType = types.TimestampLTZType(3)
		}
	case !w.ProcTime:
		if err := check("time", w.Column); err != nil {
			return err
		}
		if timeType = input[w.Column].Type; !timeType.IsTimestamp() {
			return fmt.Errorf("window aggregate: time column of type %s", timeType)
		}
		c.time = at(w.Column)
	}
	var err error
	if c.clock, err = newClock(w); err != nil {
		return fmt.Errorf("window aggregate: %w", err)
	}
	if c.reduced, err = accum.Remap(spec.Aggs, len(input), at); err != nil {
		return fmt.Errorf("window aggregate: %w", err)
	}
	var declared []types.Type
	if output != nil {
		if len(output) != len(spec.Keys)+len(spec.Aggs)+len(spec.Columns) {
			return fmt.Errorf("window aggregate: %d output columns", len(output))
		}
		declared = output[len(output)-len(spec.Columns):].Types()
	}
	c.colType = columnTypes(w, spec.Columns, timeType, declared)
	_, err = c.newSet(vector.NewPool(0))
	return err
}

func (c *core) newSet(pool *vector.Pool) (*accum.Set, error) {
	opt := accum.Options{Retract: c.spec.InputUpdating, CountRows: c.spec.InputUpdating, WrapAverage: true}
	if c.spec.Window.Kind == plan.Hop && !c.spec.Attached {
		// Panes can be taken away from a sum only if it is known which groups are left.
		opt.CountRows = true
	}
	set, err := accum.New(pool, c.reduced, c.input.Project(c.columns).Types(), opt)
	if err == nil && opt.CountRows && !c.spec.InputUpdating && !set.Invertible() {
		opt.CountRows = false
		return accum.New(pool, c.reduced, c.input.Project(c.columns).Types(), opt)
	}
	return set, err
}

func (c *core) open(ctx operators.Context) error {
	c.ctx, c.pool = ctx, ctx.Pool()
	c.late = ctx.Counter("numLateRecordsDropped")
	var err error
	c.set, err = c.newSet(c.pool)
	return err
}

func (c *core) keySchema() types.Schema { return c.input.Project(c.spec.Keys) }

// dense returns the columns that are read, without selection.
func (c *core) dense(in *vector.Batch) *vector.Batch {
	p := in.Project(c.columns)
	defer p.Release()
	return p.Dense(c.pool)
}

// kinds returns the kinds of a batch as far as they count.
func (c *core) kinds(b *vector.Batch) []vector.RowKind {
	if !c.spec.InputUpdating {
		return nil
	}
	return b.Kinds
}

// rowTimes puts the local times of the rows into c.times.
func (c *core) rowTimes(b *vector.Batch) error {
	c.times = c.times[:0]
	if c.time < 0 {
		now := c.clock.local(c.ctx.Now())
		for range b.Len {
			c.times = append(c.times, now)
		}
		return nil
	}
	var err error
	c.times, err = c.clock.times(b.Columns[c.time], c.times)
	return err
}

// add accumulates a batch into a state.
func (c *core) add(st *accum.State, b *vector.Batch) error {
	c.ids = slices.Grow(c.ids[:0], b.Len)[:b.Len]
	st.Table.FindBatch(b, c.keys, c.ids, true)
	c.rows = st.Table.Rows(c.ids, c.rows)
	if err := c.set.Update(st, b, c.kinds(b), c.ids, c.rows, len(c.keys) == 0); err != nil {
		return err
	}
	st.Compact()
	return nil
}

// fired tells whether a window with that end has fired.
func (c *core) fired(end int64) bool { return c.clock.trigger(end) <= c.mark }

// emit emits the results of rows of a state, each in the window of(i).
func (c *core) emit(st *accum.State, ids []int32, of func(i int) bounds, out operators.Output) error {
	for from := 0; from < len(ids); from += vector.MaxRows {
		part := ids[from:min(len(ids), from+vector.MaxRows)]
		c.rows = st.Table.Pointers(part, c.rows)
		cols, err := c.set.Results(st.Reader(), c.rows)
		if err != nil {
			return err
		}
		result := append(st.Table.Keys(c.pool, c.rows), cols...)
		for i, what := range c.spec.Columns {
			result = append(result, c.clock.column(c.pool, what, c.colType[i], len(part), func(i int) bounds { return of(from + i) }))
		}
		b := vector.NewBatch(len(part), result...)
		err = out.Emit(b)
		b.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

// alive lists the groups of a state that have rows.
func (c *core) alive(st *accum.State) []int32 {
	ids := make([]int32, 0, st.Table.Len())
	for id := range int32(st.Table.Limit()) {
		if st.Table.Live(id) && (!c.spec.InputUpdating || c.set.Rows(st, st.Table.Row(id)) > 0) {
			ids = append(ids, id)
		}
	}
	return ids
}

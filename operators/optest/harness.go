package optest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"millrace/operators"
	"millrace/operators/rowkey"
	"millrace/operators/vector"
	"millrace/sql/types"
)

func sortStrings(s []string) { slices.Sort(s) }

// MaxParallelism is the number of key groups in tests.
const MaxParallelism = 12

// Context is an operators.Context whose clock is set by the test.
type Context struct {
	pool        *vector.Pool
	now         int64
	started     int64
	wake        []int64
	subtask     int
	parallelism int
	counters    map[string]*operators.Counter
	zone        *time.Location
}

// Pool implements operators.Context.
func (c *Context) Pool() *vector.Pool { return c.pool }

// Now implements operators.Context.
func (c *Context) Now() int64 { return c.now }

// Started implements operators.Context.
func (c *Context) Started() int64 { return c.started }

// WakeAt implements operators.Context.
func (c *Context) WakeAt(t int64) { c.wake = append(c.wake, t) }

// Subtask implements operators.Context.
func (c *Context) Subtask() int { return c.subtask }

// Parallelism implements operators.Context.
func (c *Context) Parallelism() int { return c.parallelism }

// Keys implements operators.Context.
func (c *Context) Keys() operators.KeyRange {
	return rowkey.RangeOf(c.subtask, c.parallelism, MaxParallelism)
}

// Zone implements operators.Context.
func (c *Context) Zone() *time.Location { return c.zone }

// Counter implements operators.Context.
func (c *Context) Counter(name string) *operators.Counter {
	if c.counters[name] == nil {
		c.counters[name] = &operators.Counter{}
	}
	return c.counters[name]
}

// State is saved state: an operators.StateWriter that keeps the tables in memory.
type State struct{ tables map[string]*stateTable }

type stateTable struct {
	schema types.Schema
	groups []int
	rows   []*vector.Batch
}

// NewState returns an empty state.
func NewState() *State { return &State{tables: map[string]*stateTable{}} }

// Table implements operators.StateWriter. Several instances may write the same table.
func (s *State) Table(name string, schema types.Schema) (operators.TableWriter, error) {
	t := s.tables[name]
	if t == nil {
		t = &stateTable{schema: schema}
		s.tables[name] = t
	}
	if !t.schema.Equal(schema) {
		return nil, fmt.Errorf("table %s: schema %s and %s", name, t.schema, schema)
	}
	return t, nil
}

// Append implements operators.TableWriter.
func (t *stateTable) Append(group int, b *vector.Batch) error {
	if b.Sel != nil || b.Kinds != nil && slices.ContainsFunc(b.Kinds, func(k vector.RowKind) bool { return k != vector.Insert }) {
		return errors.New("batch of state with selection or kinds")
	}
	for i, c := range b.Columns {
		if !c.Type.Same(t.schema[i].Type) {
			return fmt.Errorf("column %s is %s, want %s", t.schema[i].Name, c.Type, t.schema[i].Type)
		}
		if err := c.Check(); err != nil {
			return err
		}
	}
	t.groups = append(t.groups, group)
	t.rows = append(t.rows, b.Retain())
	return nil
}

// Release frees the batches.
func (s *State) Release() {
	for _, t := range s.tables {
		for _, b := range t.rows {
			b.Release()
		}
	}
}

// reader gives an instance its part of a state.
type reader struct {
	state *State
	keys  operators.KeyRange
}

func (r reader) Table(name string, schema types.Schema, each func(int, *vector.Batch) error) error {
	t := r.state.tables[name]
	if t == nil {
		return nil
	}
	if !t.schema.Equal(schema) {
		return fmt.Errorf("table %s: written as %s, read as %s", name, t.schema, schema)
	}
	for i, b := range t.rows {
		if g := t.groups[i]; g == operators.NoKeyGroup || g >= r.keys.From && g < r.keys.To {
			if err := each(g, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// Harness drives the instances of one operator.
type Harness struct {
	t         testing.TB
	Pool      *vector.Pool
	Contexts  []*Context
	Ops       []operators.Operator
	inputs    []types.Schema
	keys      [][]int
	output    []types.Type
	Watermark int64             // the last watermark that came out of instance 0
	Changes   []string          // what came out, as "+I a|b"
	Folded    map[string]int    // the rows, counted (without upsert key)
	byKey     map[string]string // with upsert key
	upsert    []int
	mute      bool
	now       int64
	started   int64
	zone      *time.Location
}

// output of one instance.
type output struct {
	h        *Harness
	instance int
}

func (o output) Emit(b *vector.Batch) error {
	h := o.h
	checkBatch(h.t, b, h.output)
	if h.mute {
		return nil
	}
	for i := range b.Rows() {
		r := i
		if b.Sel != nil {
			r = int(b.Sel[i])
		}
		text := RowText(b, r, nil)
		kind := b.Kind(r)
		h.Changes = append(h.Changes, kind.String()+" "+text)
		if h.upsert != nil {
			key := RowText(b, r, h.upsert)
			switch {
			case kind.IsAdd():
				h.byKey[key] = text
			case kind == vector.Delete:
				delete(h.byKey, key)
			default:
				h.t.Fatalf("-U in an upsert stream: %s", text)
			}
			continue
		}
		if kind.IsAdd() {
			h.Folded[text]++
			continue
		}
		if h.Folded[text]--; h.Folded[text] < 0 {
			h.t.Fatalf("%s %s takes away a row that is not there", kind, text)
		}
		if h.Folded[text] == 0 {
			delete(h.Folded, text)
		}
	}
	return nil
}

func (o output) Watermark(t int64) error {
	if o.instance == 0 {
		o.h.Watermark = t
	}
	return nil
}

// NewHarness opens instances of a case. Close must be called.
func NewHarness(t testing.TB, c *Case, parallelism int) *Harness {
	t.Helper()
	h := &Harness{
		t: t, Pool: vector.NewPool(0), inputs: c.Inputs, keys: c.Keys, output: c.Output, upsert: c.Upsert,
		Folded: map[string]int{}, byKey: map[string]string{}, now: c.Start, started: c.Start, zone: c.Zone,
	}
	h.Pool.Check = true
	if h.zone == nil {
		h.zone = time.UTC
	}
	h.open(c, parallelism)
	return h
}

func (h *Harness) open(c *Case, parallelism int) {
	h.t.Helper()
	h.Ops, h.Contexts = nil, nil
	for i := range parallelism {
		op, err := c.New()
		if err != nil {
			h.t.Fatal(err)
		}
		ctx := &Context{pool: h.Pool, now: h.now, started: h.started, subtask: i, parallelism: parallelism, counters: map[string]*operators.Counter{}, zone: h.zone}
		if err := op.Open(ctx); err != nil {
			h.t.Fatal(err)
		}
		h.Ops, h.Contexts = append(h.Ops, op), append(h.Contexts, ctx)
	}
}

// Rows gives rows to the instances that own their keys. hide adds rows that a selection leaves out.
func (h *Harness) Rows(input int, rows []Row, hide bool) {
	h.t.Helper()
	ts := h.inputs[input].Types()
	all := Batch(h.Pool, ts, rows)
	defer all.Release()
	target := make([]int, len(rows))
	if len(h.Ops) > 1 && len(h.keys) > input {
		hashes := make([]uint64, len(rows))
		rowkey.HashColumns(all, h.keys[input], hashes)
		for i, x := range hashes {
			target[i] = rowkey.SubtaskOf(rowkey.GroupOf(x, MaxParallelism), MaxParallelism, len(h.Ops))
		}
	}
	for i, op := range h.Ops {
		var mine []Row
		var sel []uint16
		for j, r := range rows {
			if target[j] != i {
				if hide {
					mine = append(mine, r)
				}
				continue
			}
			if hide {
				mine = append(mine, r)
			}
			sel = append(sel, uint16(len(mine)))
			mine = append(mine, r)
		}
		if len(sel) == 0 {
			continue
		}
		b := Batch(h.Pool, ts, mine)
		if hide {
			b.Sel = sel
		}
		err := op.Process(input, b, output{h, i})
		b.Release()
		if err != nil {
			h.t.Fatal(err)
		}
	}
}

// SendWatermark gives a watermark to all instances.
func (h *Harness) SendWatermark(t int64) {
	h.t.Helper()
	for i, op := range h.Ops {
		if err := op.Watermark(t, output{h, i}); err != nil {
			h.t.Fatal(err)
		}
	}
}

// SetTime moves the clock, and wakes operators that asked for it.
func (h *Harness) SetTime(now int64) {
	h.t.Helper()
	h.now = now
	for i, ctx := range h.Contexts {
		ctx.now = now
		due := false
		ctx.wake = slices.DeleteFunc(ctx.wake, func(t int64) bool {
			due = due || t <= now
			return t <= now
		})
		if due {
			if err := h.Ops[i].(operators.Timed).ProcessingTime(now, output{h, i}); err != nil {
				h.t.Fatal(err)
			}
		}
	}
}

// End gives the last watermark and ends the input.
func (h *Harness) End() {
	h.t.Helper()
	h.SendWatermark(operators.MaxWatermark)
	for i, op := range h.Ops {
		if f, ok := op.(operators.Finisher); ok {
			if err := f.Finish(output{h, i}); err != nil {
				h.t.Fatal(err)
			}
		}
	}
}

// Snapshots freezes all instances.
func (h *Harness) Snapshots() []operators.Snapshot {
	h.t.Helper()
	var out []operators.Snapshot
	for _, op := range h.Ops {
		s, err := op.(operators.Snapshotter).Snapshot()
		if err != nil {
			h.t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

// Write writes frozen state and releases it.
func (h *Harness) Write(snapshots []operators.Snapshot) *State {
	h.t.Helper()
	st := NewState()
	for _, s := range snapshots {
		if err := s.Write(st); err != nil {
			h.t.Fatal(err)
		}
		s.Release()
	}
	return st
}

// Restart replaces the instances by others, with restored state.
func (h *Harness) Restart(c *Case, parallelism int, st *State) {
	h.t.Helper()
	h.closeOps()
	h.open(c, parallelism)
	for i, op := range h.Ops {
		if err := op.(operators.Snapshotter).Restore(reader{st, h.Contexts[i].Keys()}); err != nil {
			h.t.Fatal(err)
		}
	}
	st.Release()
}

func (h *Harness) closeOps() {
	for _, op := range h.Ops {
		if err := op.Close(); err != nil {
			h.t.Fatal(err)
		}
	}
	h.Ops = nil
}

// Close closes the operators and checks that all memory came back.
func (h *Harness) Close() {
	h.t.Helper()
	h.closeOps()
	if n := h.Pool.InUse(); n != 0 {
		h.t.Errorf("%d bytes not given back", n)
	}
}

// Result is the folded result, sorted.
func (h *Harness) Result() []string {
	var out []string
	for text, n := range h.Folded {
		for range n {
			out = append(out, text)
		}
	}
	for _, text := range h.byKey {
		out = append(out, text)
	}
	sortStrings(out)
	return out
}

// Counter is the sum of a counter over the instances.
func (h *Harness) Counter(name string) int64 {
	n := int64(0)
	for _, c := range h.Contexts {
		n += c.Counter(name).Load()
	}
	return n
}

// NewContext returns a context of a single instance, for benchmarks.
func NewContext(pool *vector.Pool) *Context {
	return &Context{pool: pool, parallelism: 1, counters: map[string]*operators.Counter{}, zone: time.UTC}
}

package normalize_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"millrace/operators"
	"millrace/operators/normalize"
	"millrace/operators/optest"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// rows of the tests: a primary key, an upsert key of the query, a value.
func schema() types.Schema {
	return types.Schema{{Name: "k", Type: types.StringType()}, {Name: "id", Type: types.IntType()}, {Name: "v", Type: types.IntType()}}
}

func text(vs []any) string {
	var parts []string
	for _, v := range vs {
		if v == nil {
			v = "NULL"
		}
		parts = append(parts, fmt.Sprint(v))
	}
	return strings.Join(parts, "|")
}

func TestChangelog(t *testing.T) {
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 1))
		now := map[string][]any{}
		var events []optest.Event
		for range 90 {
			k := string(rune('a' + r.IntN(6)))
			switch r.IntN(5) {
			case 0: // a deletion has no more than the key
				events = append(events, optest.Change(vector.Delete, k, nil, nil))
				delete(now, k)
			default:
				vs := []any{k, r.IntN(2), r.IntN(3)}
				kind := vector.Insert
				if r.IntN(2) == 0 {
					kind = vector.UpdateAfter
				}
				events = append(events, optest.Change(kind, vs...))
				now[k] = vs
			}
		}
		var want []string
		for _, vs := range now {
			want = append(want, text(vs))
		}
		slices.Sort(want)
		for _, before := range []bool{true, false} {
			c := &optest.Case{New: func() (operators.Operator, error) {
				return normalize.NewChangelog(&plan.ChangelogNormalize{Keys: []int{0}}, schema(), before), nil
			}, Inputs: []types.Schema{schema()}, Output: schema().Types(), Keys: [][]int{{0}}, Events: events, Want: want, NoNulls: true}
			if !before {
				c.Upsert = []int{0}
			}
			optest.Run(t, c)
		}
	}
}

// TestEachChange: every change is told, though they come in one batch.
func TestEachChange(t *testing.T) {
	op := normalize.NewChangelog(&plan.ChangelogNormalize{Keys: []int{0}, EachChange: true}, schema(), true)
	pool := vector.NewPool(0)
	if err := op.Open(optest.NewContext(pool)); err != nil {
		t.Fatal(err)
	}
	b := optest.Batch(pool, schema().Types(), []optest.Row{
		{Values: []any{"a", 1, 1}},
		{Values: []any{"a", 1, 2}},
		{Kind: vector.Delete, Values: []any{"a", nil, nil}},
		{Values: []any{"a", 1, 3}},
		{Values: []any{"b", 1, 1}},
		{Kind: vector.Delete, Values: []any{"b", nil, nil}},
		{Values: []any{"a", 1, 4}},
	})
	var got kinds
	if err := op.Process(0, b, &got); err != nil {
		t.Fatal(err)
	}
	b.Release()
	want := "+I a 1, -U a 1, +U a 2, -D a 2, +I a 3, +I b 1, -D b 1, -U a 3, +U a 4"
	if text := strings.Join(got, ", "); text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	if err := op.Close(); err != nil || pool.InUse() != 0 {
		t.Errorf("%v, %d bytes in use", err, pool.InUse())
	}
}

// kinds are kind, key and value of what is emitted.
type kinds []string

func (k *kinds) Emit(b *vector.Batch) error {
	for i := range b.Len {
		*k = append(*k, fmt.Sprintf("%s %s %d", b.Kind(i), b.Columns[0].Bytes(i), vector.Values[int32](b.Columns[2])[i]))
	}
	return nil
}

func (k *kinds) Watermark(int64) error { return nil }

// TestMaterialize keeps the history of each primary key.
func TestMaterialize(t *testing.T) {
	for seed := range uint64(4) {
		for _, rowKey := range [][]int{nil, {1}} {
			r := rand.New(rand.NewPCG(seed, 2))
			var live [][]any
			var events []optest.Event
			for i := range 90 {
				if len(live) > 0 && r.IntN(2) == 0 {
					at := r.IntN(len(live))
					kind := vector.Delete
					if r.IntN(2) == 0 {
						kind = vector.UpdateBefore
					}
					events = append(events, optest.Change(kind, live[at]...))
					live = slices.Delete(live, at, at+1)
					continue
				}
				vs := []any{string(rune('a' + r.IntN(4))), i, r.IntN(3)}
				events = append(events, optest.Change(vector.Insert, vs...))
				live = append(live, vs)
			}
			last := map[any][]any{}
			for _, vs := range live {
				last[vs[0]] = vs
			}
			var want []string
			for _, vs := range last {
				want = append(want, text(vs))
			}
			slices.Sort(want)
			s := &plan.SinkMaterialize{Keys: []int{0}, RowKey: rowKey}
			optest.Run(t, &optest.Case{
				New:    func() (operators.Operator, error) { return normalize.NewMaterialize(s, schema()) },
				Inputs: []types.Schema{schema()}, Output: schema().Types(), Keys: [][]int{{0}}, Events: events, Want: want, Upsert: []int{0}, NoNulls: true,
			})
		}
	}
}

// TestNothing: of rows with one primary key the first is kept, once a watermark has come.
func TestNothing(t *testing.T) {
	const ins, del, ub, ua = vector.Insert, vector.Delete, vector.UpdateBefore, vector.UpdateAfter
	s := &plan.SinkMaterialize{Keys: []int{0}, RowKey: []int{1}, Conflict: "NOTHING"}
	optest.Run(t, &optest.Case{
		New:    func() (operators.Operator, error) { return normalize.NewMaterialize(s, schema()) },
		Inputs: []types.Schema{schema()}, Output: schema().Types(), Keys: [][]int{{0}}, Upsert: []int{0}, NoNulls: true,
		Events: []optest.Event{
			optest.Change(ins, "a", 1, 1), optest.Change(ins, "a", 2, 2), // the second is dropped
			optest.Change(ins, "b", 3, 3), optest.Change(del, "b", 3, 3), optest.Change(ins, "b", 4, 4), // the first is taken back in time
			optest.Change(ins, "c", 5, 5), optest.Mark(10),
			optest.Change(ub, "c", 5, 5), optest.Change(ua, "c", 5, 6), optest.Change(del, "a", 1, 1), optest.Mark(20), // "a" has no row: the second is not known any more
			optest.Change(del, "b", 4, 4), optest.Change(ins, "b", 6, 7),
		},
		Want: []string{"b|6|7", "c|5|6"},
	})
}

// TestError: two rows with one primary key fail at the watermark, not before.
func TestError(t *testing.T) {
	s := &plan.SinkMaterialize{Keys: []int{0}, RowKey: []int{1}, Conflict: "ERROR"}
	events := []optest.Event{optest.Change(vector.Insert, "a", 1, 1), optest.Change(vector.Insert, "a", 2, 2), optest.Change(vector.Delete, "a", 1, 1), optest.Mark(10)}
	c := &optest.Case{
		New: func() (operators.Operator, error) { return normalize.NewMaterialize(s, schema()) }, Inputs: []types.Schema{schema()},
		Output: schema().Types(), Keys: [][]int{{0}}, Events: events, Want: []string{"a|2|2"}, Upsert: []int{0}, NoNulls: true,
	}
	optest.Run(t, c)
	op, err := normalize.NewMaterialize(s, schema())
	if err != nil {
		t.Fatal(err)
	}
	pool := vector.NewPool(0)
	if err := op.Open(optest.NewContext(pool)); err != nil {
		t.Fatal(err)
	}
	b := optest.Batch(pool, schema().Types(), []optest.Row{{Values: []any{"a", 1, 1}}, {Values: []any{"a", 2, 2}}})
	if err := op.Process(0, b, &optest.Discard{}); err != nil {
		t.Fatal(err)
	}
	b.Release()
	err = op.Watermark(5, &optest.Discard{})
	if err == nil || !strings.Contains(err.Error(), "primary key constraint violation: 2 rows with the primary key (k = 'a')") {
		t.Errorf("got %v", err)
	}
	if err := op.Close(); err != nil || pool.InUse() != 0 {
		t.Errorf("%v, %d bytes in use", err, pool.InUse())
	}
}

func TestTimeToLive(t *testing.T) {
	s := &plan.ChangelogNormalize{Keys: []int{0}, TTLMillis: 100}
	optest.Run(t, &optest.Case{
		New:    func() (operators.Operator, error) { return normalize.NewChangelog(s, schema(), false), nil },
		Inputs: []types.Schema{schema()}, Output: schema().Types(), Keys: [][]int{{0}}, Upsert: []int{0}, NoNulls: true,
		Events: []optest.Event{
			optest.Clock(1000), optest.Change(vector.Insert, "a", 1, 1), optest.Change(vector.Insert, "b", 1, 1), optest.Clock(1060), optest.Change(vector.Insert, "b", 2, 2),
			optest.Clock(1120), optest.Change(vector.Delete, "a", nil, nil), optest.Change(vector.Delete, "b", nil, nil),
		},
		Want: []string{"a|1|1"},
	})
}

func TestDropUpdateBefore(t *testing.T) {
	optest.Run(t, &optest.Case{
		New: func() (operators.Operator, error) { return normalize.DropUpdateBefore{}, nil }, Inputs: []types.Schema{schema()},
		Output: schema().Types(), Upsert: []int{0}, NoState: true, NoNulls: true,
		Events: []optest.Event{
			optest.Change(vector.Insert, "a", 1, 1), optest.Change(vector.UpdateBefore, "a", 1, 1), optest.Change(vector.UpdateAfter, "a", 1, 2),
			optest.Change(vector.Insert, "b", 1, 1), optest.Change(vector.Delete, "b", 1, 1),
		},
		Want: []string{"a|1|2"},
	})
}

// TestUpdateBeforeDeletes: a -U whose +U was filtered out, or has another key, deletes.
func TestUpdateBeforeDeletes(t *testing.T) {
	optest.Run(t, &optest.Case{
		New:    func() (operators.Operator, error) { return normalize.DropUpdateBefore{Keys: []int{0, 1}}, nil },
		Inputs: []types.Schema{schema()}, Output: schema().Types(), Upsert: []int{0, 1}, NoState: true, NoNulls: true,
		Events: []optest.Event{
			optest.Change(vector.Insert, "a", 1, 1), optest.Change(vector.UpdateBefore, "a", 1, 1), optest.Change(vector.UpdateAfter, "a", 1, 2),
			optest.Change(vector.Insert, "b", 1, 1), optest.Change(vector.UpdateBefore, "b", 1, 1),
			optest.Change(vector.Insert, "c", 1, 1), optest.Change(vector.UpdateBefore, "c", 1, 1), optest.Change(vector.UpdateAfter, "c", 2, 1),
			optest.Change(vector.UpdateBefore, "a", 1, 2), optest.Change(vector.Insert, "d", 1, 1), optest.Change(vector.UpdateAfter, "a", 1, 3),
		},
		Want: []string{"a|1|3", "c|2|1", "d|1|1"},
	})
}

func BenchmarkChangelog(b *testing.B) {
	op := normalize.NewChangelog(&plan.ChangelogNormalize{Keys: []int{1}}, schema(), true)
	pool := vector.NewPool(0)
	if err := op.Open(optest.NewContext(pool)); err != nil {
		b.Fatal(err)
	}
	var batches []*vector.Batch
	r := rand.New(rand.NewPCG(1, 1))
	for range 64 {
		rows := make([]optest.Row, 1024)
		for i := range rows {
			rows[i].Values = []any{"some text", r.IntN(20000), r.IntN(100)}
		}
		batches = append(batches, optest.Batch(pool, schema().Types(), rows))
	}
	b.SetBytes(1024)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := op.Process(0, batches[i%64], &optest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}

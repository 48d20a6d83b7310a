package aggregate

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"millrace/operators"
	"millrace/operators/optest"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// ints makes batches of BIGINT columns whose values come from f.
func ints(pool *vector.Pool, batches, cols int, f func(col int) int64) []*vector.Batch {
	var out []*vector.Batch
	for range batches {
		var vs []*vector.Vector
		for c := range cols {
			v := vector.New(pool, types.BigIntType(), vector.MaxRows, 0)
			for i := range vector.Values[int64](v) {
				vector.Values[int64](v)[i] = f(c)
			}
			vs = append(vs, v)
		}
		out = append(out, vector.NewBatch(vector.MaxRows, vs...))
	}
	return out
}

func run(b *testing.B, op operators.Operator, pool *vector.Pool, batches []*vector.Batch) {
	b.Helper()
	if err := op.Open(optest.NewContext(pool)); err != nil {
		b.Fatal(err)
	}
	out := &optest.Discard{}
	for _, x := range batches {
		if err := op.Process(0, x, out); err != nil {
			b.Fatal(err)
		}
	}
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		if err := op.Process(0, batches[i%len(batches)], out); err != nil {
			b.Fatal(err)
		}
		i++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/vector.MaxRows, "ns/row")
	if err := op.Close(); err != nil {
		b.Fatal(err)
	}
}

func bigints(n int) types.Schema {
	var s types.Schema
	for i := range n {
		s = append(s, types.Field{Name: "c" + strconv.Itoa(i), Type: types.BigIntType()})
	}
	return s
}

func agg(f string, args ...int) plan.Agg {
	return plan.Agg{Func: f, Args: args, Filter: -1, Type: types.BigIntType()}
}

// BenchmarkGroup is COUNT, SUM and MAX by a BIGINT key.
func BenchmarkGroup(b *testing.B) {
	spec := plan.GroupAggregate{Keys: []int{0}, Aggs: []plan.Agg{agg("COUNT"), agg("SUM", 1), agg("MAX", 1)}}
	for _, c := range []struct {
		name          string
		keys, batches int
		final, before bool
	}{
		{"1k/final", 1000, 16, true, false},
		{"1k/upsert", 1000, 16, false, false},
		{"1k/retract", 1000, 16, false, true},
		{"1M/final", 1 << 20, 512, true, false},
		{"1M/upsert", 1 << 20, 512, false, false},
		{"1M/retract", 1 << 20, 512, false, true},
		{"10M/final", 10 << 20, 5120, true, false},
	} {
		b.Run(c.name, func(b *testing.B) {
			if c.keys > 5<<20 && testing.Short() {
				b.Skip("large")
			}
			pool := vector.NewPool(0)
			r := rand.New(rand.NewPCG(1, 1))
			s := spec
			s.Final, s.UpdateBefore = c.final, c.before
			op, err := NewGroup(&s, bigints(2))
			if err != nil {
				b.Fatal(err)
			}
			run(b, op, pool, ints(pool, c.batches, 2, func(int) int64 { return int64(r.IntN(c.keys)) }))
		})
	}
}

// hot is a Nexmark-like auction: half of the bids go to one, the others to the last hundred.
func hot(r *rand.Rand, n int) int64 {
	at := n / 15
	if r.IntN(2) == 0 {
		return int64(at / 100 * 100)
	}
	return int64(at - r.IntN(110))
}

// BenchmarkNexmark is the shapes of q15 (day), q16 (channel) and q17 (auction).
func BenchmarkNexmark(b *testing.B) {
	input := append(bigints(3), types.Field{Name: "f1", Type: types.BooleanType()}, types.Field{Name: "f2", Type: types.BooleanType()},
		types.Field{Name: "f3", Type: types.BooleanType()}, types.Field{Name: "k", Type: types.StringType()})
	filters := func(f string, distinct bool, args ...int) (out []plan.Agg) {
		for _, filter := range []int{-1, 3, 4, 5} {
			a := agg(f, args...)
			a.Distinct, a.Filter = distinct, filter
			out = append(out, a)
		}
		return out
	}
	distinct := append(append(filters("COUNT", false), filters("COUNT", true, 1)...), filters("COUNT", true, 0)...)
	for _, c := range []struct {
		name string
		keys int // different texts
		spec plan.GroupAggregate
	}{
		{"q15", 1, plan.GroupAggregate{Keys: []int{6}, Aggs: distinct, UpdateBefore: true}},
		{"q16", 10000, plan.GroupAggregate{Keys: []int{6}, Aggs: distinct, UpdateBefore: false}},
		{"q17", 1, plan.GroupAggregate{Keys: []int{0, 6}, Aggs: append(filters("COUNT", false), agg("MIN", 2), agg("MAX", 2), agg("AVG", 2), agg("SUM", 2))}},
	} {
		b.Run(c.name, func(b *testing.B) {
			pool := vector.NewPool(0)
			r := rand.New(rand.NewPCG(1, 1))
			n := 0
			var batches []*vector.Batch
			for range 128 {
				cols := []*vector.Vector{}
				for range 3 {
					cols = append(cols, vector.New(pool, types.BigIntType(), vector.MaxRows, 0))
				}
				bools := []*vector.Vector{}
				for range 3 {
					bools = append(bools, vector.New(pool, types.BooleanType(), vector.MaxRows, 0))
				}
				text := vector.NewBuilder(pool, types.StringType(), vector.MaxRows)
				for i := range vector.MaxRows {
					n++
					vector.Values[int64](cols[0])[i] = hot(r, n)
					vector.Values[int64](cols[1])[i] = hot(r, n/3)
					vector.Values[int64](cols[2])[i] = int64(r.IntN(1e6))
					vector.SetBit(bools[r.IntN(3)].Data, i)
					key := 0
					if r.IntN(2) == 0 {
						key = r.IntN(c.keys)
					}
					text.AppendBytes([]byte("channel-" + strconv.Itoa(key)))
				}
				cols = append(append(cols, bools...), text.Finish())
				batches = append(batches, vector.NewBatch(vector.MaxRows, cols...))
			}
			op, err := NewGroup(&c.spec, input)
			if err != nil {
				b.Fatal(err)
			}
			run(b, op, pool, batches)
		})
	}
}

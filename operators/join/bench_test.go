package join_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"millrace/operators"
	"millrace/operators/join"
	"millrace/operators/optest"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// wide is a row as in Nexmark: a key, times, texts.
func wide() types.Schema {
	return types.Schema{
		{Name: "k", Type: types.BigIntType().AsNotNull()},
		{Name: "price", Type: types.BigIntType().AsNotNull()},
		{Name: "ts", Type: types.TimestampType(3).AsNotNull()},
		{Name: "channel", Type: types.StringType().AsNotNull()},
		{Name: "url", Type: types.StringType().AsNotNull()},
	}
}

func wideBatches(pool *vector.Pool, n, keys int, fresh bool) []*vector.Batch {
	r := rand.New(rand.NewPCG(1, 1))
	var out []*vector.Batch
	k := 0
	for range n {
		rows := make([]optest.Row, 4096)
		for i := range rows {
			key := k
			if k++; !fresh {
				key = r.IntN(keys)
			}
			rows[i].Values = []any{key, r.IntN(10000), i, "channel-" + strconv.Itoa(key%100), "https://www.nexmark.com/some/path/item.htm?query=1"}
		}
		out = append(out, optest.Batch(pool, wide().Types(), rows))
	}
	return out
}

// BenchmarkInsertProbe is q4 in shape: 16 batches of auctions, one for each key, then bids that each find one of them, with a condition on time.
func BenchmarkInsertProbe(b *testing.B) {
	less := expr.NewCall(">=", types.BooleanType(), expr.NewColumn(2, wide()[2].Type), expr.NewColumn(7, wide()[2].Type))
	for _, residual := range []bool{false, true} {
		for _, kind := range []plan.JoinKind{plan.Inner, plan.Left, plan.Semi} {
			b.Run(fmt.Sprintf("%s-residual=%v", kind, residual), func(b *testing.B) {
				pool := vector.NewPool(0)
				left, right := wideBatches(pool, 16, 65536, false), wideBatches(pool, 16, 0, true)
				s := &plan.Join{Join: kind, LeftKeys: []int{0}, RightKeys: []int{0}}
				if residual {
					s.Residual = less
				}
				b.ReportAllocs()
				for b.Loop() {
					op, err := join.NewRegular(s, wide(), wide())
					if err != nil {
						b.Fatal(err)
					}
					if err := op.Open(optest.NewContext(pool)); err != nil {
						b.Fatal(err)
					}
					out := &optest.Discard{}
					for i := range right {
						process(b, op, 1, right[i], out)
					}
					for i := range left {
						process(b, op, 0, left[i], out)
					}
					if err := op.Close(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(32*4096), "ns/row")
			})
		}
	}
}

func process(b *testing.B, op operators.Operator, input int, x *vector.Batch, out operators.Output) {
	if err := op.Process(input, x, out); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkUpdates is q7 in shape: the right side is an aggregate that changes all the time.
func BenchmarkUpdates(b *testing.B) {
	pool := vector.NewPool(0)
	right := wideBatches(pool, 8, 0, true)
	s := &plan.Join{Join: plan.Inner, LeftKeys: []int{0}, RightKeys: []int{0}, RightUpdating: true, RightUnique: []int{0}, UpdateBefore: true}
	op, err := join.NewRegular(s, wide(), wide())
	if err != nil {
		b.Fatal(err)
	}
	if err := op.Open(optest.NewContext(pool)); err != nil {
		b.Fatal(err)
	}
	out := &optest.Discard{}
	for _, x := range wideBatches(pool, 8, 32768, false) {
		process(b, op, 0, x, out)
	}
	for _, x := range right {
		process(b, op, 1, x, out)
	}
	// Each row is taken back and comes again.
	updates := make([]*vector.Batch, len(right))
	for i, x := range right {
		index := make([]int32, 4096)
		kinds := make([]vector.RowKind, 4096)
		for k := range index {
			index[k], kinds[k] = int32(k/2), vector.UpdateBefore+vector.RowKind(k%2)
		}
		var cols []*vector.Vector
		for _, c := range x.Columns {
			cols = append(cols, vector.Gather(pool, c, index))
		}
		updates[i] = vector.NewBatch(4096, cols...)
		updates[i].Kinds = kinds
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		process(b, op, 1, updates[i%len(updates)], out)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/row")
}

// BenchmarkNotIn: a left side of 65,536 rows against as many values and no NULL.
func BenchmarkNotIn(b *testing.B) {
	pool := vector.NewPool(0)
	left, right := wideBatches(pool, 16, 200_000, false), wideBatches(pool, 16, 0, true)
	s := &plan.Join{Join: plan.Anti, LeftKeys: []int{0}, RightKeys: []int{0}, NullAware: true}
	b.ReportAllocs()
	for b.Loop() {
		op, err := join.NewRegular(s, wide(), wide())
		if err != nil {
			b.Fatal(err)
		}
		if err := op.Open(optest.NewContext(pool)); err != nil {
			b.Fatal(err)
		}
		out := &optest.Discard{}
		for i := range right {
			process(b, op, 1, right[i], out)
			process(b, op, 0, left[i], out)
		}
		if err := op.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(32*4096), "ns/row")
}

package rank_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"millrace/operators"
	"millrace/operators/optest"
	"millrace/operators/rank"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// bids are rows as in Nexmark: a key, a price, a time, texts.
func bids() types.Schema {
	return types.Schema{
		{Name: "auction", Type: types.BigIntType().AsNotNull()},
		{Name: "price", Type: types.BigIntType().AsNotNull()},
		{Name: "ts", Type: types.TimestampType(3).AsNotNull()},
		{Name: "channel", Type: types.StringType().AsNotNull()},
		{Name: "url", Type: types.StringType().AsNotNull()},
	}
}

func bidBatches(pool *vector.Pool, n, keys int) []*vector.Batch {
	r := rand.New(rand.NewPCG(1, 1))
	var out []*vector.Batch
	for range n {
		rows := make([]optest.Row, 4096)
		for i := range rows {
			rows[i].Values = []any{r.IntN(keys), r.IntN(1_000_000), i, fmt.Sprint("channel-", i%100), "https://www.nexmark.com/some/path/item.htm?query=1"}
		}
		out = append(out, optest.Batch(pool, bids().Types(), rows))
	}
	return out
}

func bench(b *testing.B, keys int, open func() (operators.Operator, error)) {
	pool := vector.NewPool(0)
	batches := bidBatches(pool, 32, keys)
	b.ReportAllocs()
	for b.Loop() {
		op, err := open()
		if err != nil {
			b.Fatal(err)
		}
		if err := op.Open(optest.NewContext(pool)); err != nil {
			b.Fatal(err)
		}
		for _, x := range batches {
			if err := op.Process(0, x, &optest.Discard{}); err != nil {
				b.Fatal(err)
			}
		}
		if err := op.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(32*4096), "ns/row")
}

func BenchmarkTopN(b *testing.B) {
	for _, keys := range []int{100, 10_000} {
		for _, number := range []bool{false, true} {
			s := &plan.Rank{Keys: []int{0}, Order: []plan.SortKey{{Column: 1, Descending: true}}, From: 1, To: 10, ToColumn: -1, WithNumber: number, UpdateBefore: true}
			b.Run(fmt.Sprintf("keys=%d-number=%v", keys, number), func(b *testing.B) {
				bench(b, keys, func() (operators.Operator, error) { return rank.NewTopN(s, bids()) })
			})
		}
	}
}

func BenchmarkLastRow(b *testing.B) {
	s := &plan.Deduplicate{Keys: []int{0}, TimeColumn: 2, KeepLast: true, UpdateBefore: true}
	bench(b, 10_000, func() (operators.Operator, error) { return rank.NewDeduplicate(s, bids()) })
}

func BenchmarkFirstRow(b *testing.B) {
	s := &plan.Deduplicate{Keys: []int{0}, TimeColumn: -1}
	bench(b, 10_000, func() (operators.Operator, error) { return rank.NewDeduplicate(s, bids()) })
}

package window

import (
	"math/rand/v2"
	"testing"

	"millrace/operators/optest"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// BenchmarkNexmark is the shapes of q5, q7, q11, q12 and of a day of CUMULATE: bids of 100 000 events a second, watermark 4 s behind, in
// batches of 4096. Columns: time, auction, bidder, price.
func BenchmarkNexmark(b *testing.B) {
	big := types.BigIntType()
	input := types.Schema{{Name: "t", Type: types.TimestampType(3)}, {Name: "auction", Type: big}, {Name: "bidder", Type: big}, {Name: "price", Type: big}}
	count := []plan.Agg{{Func: "COUNT", Filter: -1, Type: big.AsNotNull()}}
	for _, c := range []struct {
		name string
		spec plan.WindowAggregate
	}{
		{"q5-hop-count", plan.WindowAggregate{Window: plan.Window{Kind: plan.Hop, Size: 10000, Slide: 2000}, Keys: []int{1}, Aggs: count}},
		{"q7-tumble-max", plan.WindowAggregate{Window: plan.Window{Kind: plan.Tumble, Size: 10000}, Aggs: []plan.Agg{{Func: "MAX", Args: []int{3}, Filter: -1, Type: big}}}},
		{"q11-session-count", plan.WindowAggregate{Window: plan.Window{Kind: plan.Session, Size: 10000}, Keys: []int{2}, Aggs: count}},
		{"q12-proctime-count", plan.WindowAggregate{Window: plan.Window{Kind: plan.Tumble, Size: 10000, ProcTime: true}, Keys: []int{2}, Aggs: count}},
		{"cumulate-count", plan.WindowAggregate{Window: plan.Window{Kind: plan.Cumulate, Size: 86400000, Slide: 60000}, Keys: []int{1}, Aggs: count}},
	} {
		b.Run(c.name, func(b *testing.B) {
			c.spec.Columns = []plan.WindowColumn{plan.WindowStart, plan.WindowEnd}
			pool := vector.NewPool(0)
			op, err := New(&c.spec, input, nil)
			if err != nil {
				b.Fatal(err)
			}
			if err := op.Open(optest.NewContext(pool)); err != nil {
				b.Fatal(err)
			}
			r := rand.New(rand.NewPCG(1, 1))
			cols := []*vector.Vector{}
			for _, f := range input {
				cols = append(cols, vector.New(pool, f.Type, vector.MaxRows, 0))
			}
			batch := vector.NewBatch(vector.MaxRows, cols...)
			out := &optest.Discard{}
			n := int64(0)
			// The random part is made once: a batch repeats it, moved on.
			offset := make([]int64, vector.MaxRows)
			hot := make([]bool, vector.MaxRows)
			for i := range offset {
				offset[i] = int64(r.IntN(110))
				hot[i] = r.IntN(2) == 0
				vector.Values[int64](cols[3])[i] = int64(r.IntN(1e7))
			}
			for b.Loop() {
				t, auction, bidder := vector.Values[int64](cols[0]), vector.Values[int64](cols[1]), vector.Values[int64](cols[2])
				for i := range vector.MaxRows {
					n++
					t[i] = n * 50 / 46 / 100
					a, p := n*3/46, n/46
					auction[i], bidder[i] = a-offset[i], p-offset[i]*9
					if hot[i] {
						auction[i], bidder[i] = a/100*100, p/100*100+1
					}
				}
				if err := op.Process(0, batch, out); err != nil {
					b.Fatal(err)
				}
				if err := op.Watermark(t[vector.MaxRows-1]-4000, out); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/vector.MaxRows, "ns/row")
			b.ReportMetric(float64(out.Rows)/float64(n), "out/row")
		})
	}
}

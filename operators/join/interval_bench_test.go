package join_test

import (
	"testing"

	"millrace/operators"
	"millrace/operators/join"
	"millrace/operators/optest"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// near is a batch of rows of n keys, one each millisecond.
func near(pool *vector.Pool, s types.Schema, n int, from int64) *vector.Batch {
	cols := make([]*vector.Vector, len(s))
	for c, f := range s {
		cols[c] = vector.New(pool, f.Type, vector.MaxRows, 0)
		for i := range vector.MaxRows {
			switch f.Name {
			case "k":
				vector.Values[int64](cols[c])[i] = int64(i*7) % int64(n)
			case "id":
				vector.Values[int32](cols[c])[i] = int32(i)
			case "end":
				vector.Values[int64](cols[c])[i] = (from/vector.MaxRows + 1) * vector.MaxRows
			default:
				vector.Values[int64](cols[c])[i] = from + int64(i)
			}
		}
	}
	return vector.NewBatch(vector.MaxRows, cols...)
}

func benchmarkPairs(b *testing.B, s types.Schema, op operators.Operator) {
	pool := vector.NewPool(0)
	if err := op.Open(optest.NewContext(pool)); err != nil {
		b.Fatal(err)
	}
	out := &optest.Discard{}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		from := int64(i) * vector.MaxRows
		for input := range 2 {
			in := near(pool, s, 1000, from)
			if err := op.Process(input, in, out); err != nil {
				b.Fatal(err)
			}
			in.Release()
		}
		if err := op.Watermark(from+vector.MaxRows-1, out); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(2*b.N*vector.MaxRows), "ns/row")
	if err := op.Close(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkInterval(b *testing.B) {
	spec := &plan.IntervalJoin{Join: plan.Left, LeftKeys: []int{0}, RightKeys: []int{0}, LeftTime: 1, RightTime: 1, Lower: -500, Upper: 500}
	op, err := join.NewInterval(spec, timedSchema(), timedSchema())
	if err != nil {
		b.Fatal(err)
	}
	benchmarkPairs(b, timedSchema(), op)
}

func BenchmarkWindow(b *testing.B) {
	s := append(timedSchema(), types.Field{Name: "end", Type: types.TimestampType(3).AsNotNull()})
	op, err := join.NewWindow(&plan.WindowJoin{Join: plan.Left, LeftKeys: []int{0, 3}, RightKeys: []int{0, 3}, LeftEnd: 3, RightEnd: 3}, s, s)
	if err != nil {
		b.Fatal(err)
	}
	benchmarkPairs(b, s, op)
}

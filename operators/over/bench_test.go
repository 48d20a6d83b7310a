package over_test

import (
	"testing"

	"millrace/operators"
	"millrace/operators/optest"
	"millrace/operators/over"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// benchInput is a batch of 4096 rows of n keys in the order of time.
func benchInput(pool *vector.Pool, n int, from int64) *vector.Batch {
	s := inputSchema()
	cols := make([]*vector.Vector, len(s))
	for c, f := range s {
		cols[c] = vector.New(pool, f.Type, vector.MaxRows, 0)
	}
	for i := range vector.MaxRows {
		vector.Values[int64](cols[0])[i] = int64(i*7) % int64(n)
		vector.Values[int64](cols[1])[i] = from + int64(i)
		vector.Values[int32](cols[2])[i] = int32(i % 100)
		vector.Values[int32](cols[3])[i] = int32(i)
	}
	return vector.NewBatch(vector.MaxRows, cols...)
}

func benchmark(b *testing.B, spec *plan.Over, keys int) {
	pool := vector.NewPool(0)
	op, err := over.New(spec, inputSchema())
	if err != nil {
		b.Fatal(err)
	}
	if err := op.Open(optest.NewContext(pool)); err != nil {
		b.Fatal(err)
	}
	out := &optest.Discard{}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		in := benchInput(pool, keys, int64(i)*vector.MaxRows)
		if err := op.Process(0, in, out); err != nil {
			b.Fatal(err)
		}
		in.Release()
		if err := op.Watermark(int64(i+1)*vector.MaxRows, out); err != nil {
			b.Fatal(err)
		}
	}
	if f, ok := op.(operators.Finisher); ok {
		if err := f.Finish(out); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*vector.MaxRows), "ns/row")
	if err := op.Close(); err != nil {
		b.Fatal(err)
	}
}

func spec(f plan.Frame, time plan.OverTime, final bool) *plan.Over {
	return &plan.Over{Keys: []int{0}, Order: []plan.SortKey{{Column: 1}}, Time: time, Final: final, Calls: []plan.OverCall{
		{Agg: plan.Agg{Func: "SUM", Args: []int{2}, Filter: -1, Type: types.IntType()}, Frame: f},
	}}
}

func BenchmarkFinalRunning(b *testing.B) {
	benchmark(b, spec(frame(true, unbounded, 0), "", true), 1000)
}

func BenchmarkFinalOneKey(b *testing.B) { benchmark(b, spec(frame(true, unbounded, 0), "", true), 1) }

func BenchmarkFinalRows(b *testing.B) { benchmark(b, spec(frame(true, -4, 0), "", true), 1000) }

func BenchmarkFinalLongRows(b *testing.B) { benchmark(b, spec(frame(true, -500, 0), "", true), 1) }

func BenchmarkEventTimeRunning(b *testing.B) {
	benchmark(b, spec(frame(false, unbounded, 0), plan.OverEventTime, false), 1000)
}

func BenchmarkEventTimeRows(b *testing.B) {
	benchmark(b, spec(frame(true, -4, 0), plan.OverEventTime, false), 1000)
}

func BenchmarkEventTimeRange(b *testing.B) {
	benchmark(b, spec(frame(false, -10000, 0), plan.OverEventTime, false), 1000)
}

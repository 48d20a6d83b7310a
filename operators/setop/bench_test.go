package setop_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"millrace/operators/optest"
	"millrace/operators/setop"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func BenchmarkSetOp(b *testing.B) {
	s := types.Schema{{Name: "a", Type: types.BigIntType()}, {Name: "b", Type: types.StringType()}}
	for _, spec := range []*plan.SetOp{{}, {All: true}, {Except: true}, {Except: true, All: true}} {
		b.Run(fmt.Sprintf("except=%v-all=%v", spec.Except, spec.All), func(b *testing.B) {
			pool := vector.NewPool(0)
			r := rand.New(rand.NewPCG(1, 1))
			var batches []*vector.Batch
			for range 32 {
				rows := make([]optest.Row, 4096)
				for i := range rows {
					k := r.IntN(50_000)
					rows[i].Values = []any{k, fmt.Sprint("some text ", k)}
				}
				batches = append(batches, optest.Batch(pool, s.Types(), rows))
			}
			b.ReportAllocs()
			for b.Loop() {
				op := setop.New(spec, s)
				if err := op.Open(optest.NewContext(pool)); err != nil {
					b.Fatal(err)
				}
				for i, x := range batches {
					if err := op.Process(i%2, x, &optest.Discard{}); err != nil {
						b.Fatal(err)
					}
				}
				if err := op.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(32*4096), "ns/row")
		})
	}
}

package vector_test

import (
	"math/rand/v2"
	"testing"

	"millrace/operators/vector"
	"millrace/sql/types"
)

func BenchmarkGather(b *testing.B) {
	for _, c := range []struct {
		name string
		typ  types.Type
	}{
		{"bigint", types.BigIntType().AsNotNull()},
		{"bigint-null", types.BigIntType()},
		{"double", types.DoubleType().AsNotNull()},
		{"string", types.StringType()},
		{"boolean", types.BooleanType()},
		{"decimal38", types.DecimalType(38, 2)},
		{"array", types.ArrayType(types.IntType())},
	} {
		b.Run(c.name, func(b *testing.B) {
			pool := vector.NewPool(0)
			v := random(pool, c.typ, 4096, 1)
			r := rand.New(rand.NewPCG(1, 1))
			index := make([]int32, 4096)
			for i := range index {
				index[i] = int32(r.IntN(4096))
			}
			b.SetBytes(int64(v.Bytesize()))
			b.ReportAllocs()
			for b.Loop() {
				vector.Gather(pool, v, index).Release()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/row")
		})
	}
}

package partition_test

import (
	"fmt"
	"strconv"
	"testing"

	"millrace/operators/optest"
	"millrace/operators/partition"
	"millrace/operators/rowkey"
	"millrace/operators/vector"
	"millrace/sql/types"
)

func schema() types.Schema {
	return types.Schema{{Name: "k", Type: types.BigIntType()}, {Name: "s", Type: types.StringType()}, {Name: "v", Type: types.DoubleType()}}
}

func batch(pool *vector.Pool, n int) *vector.Batch {
	rows := make([]optest.Row, n)
	for i := range rows {
		var k any = i % 37
		if i%11 == 0 {
			k = nil
		}
		rows[i] = optest.Row{Kind: vector.RowKind(i % 4), Values: []any{k, fmt.Sprint("text ", i), float64(i)}}
	}
	return optest.Batch(pool, schema().Types(), rows)
}

// TestSplit: each row reaches the instance that owns its key, with its kind, in order.
func TestSplit(t *testing.T) {
	const groups = 128
	for _, parallelism := range []int{1, 2, 3, 7} {
		for _, hide := range []bool{false, true} {
			pool := vector.NewPool(0)
			pool.Check = true
			b := batch(pool, 500)
			if hide {
				for i := range 500 {
					if i%3 != 0 {
						b.Sel = append(b.Sel, uint16(i))
					}
				}
			}
			h := partition.Hash{Pool: pool}
			seen, keys := 0, []int{0}
			for range 2 { // scratch memory is used again
				seen = 0
				err := h.Split(b, keys, parallelism, groups, func(target int, p *vector.Batch) error {
					hashes := make([]uint64, p.Rows())
					rowkey.HashColumns(p, keys, hashes)
					last := -1.0
					for k, x := range hashes {
						r := k
						if p.Sel != nil {
							r = int(p.Sel[k])
						}
						if want := rowkey.SubtaskOf(rowkey.GroupOf(x, groups), groups, parallelism); want != target {
							return fmt.Errorf("row of instance %d went to %d", want, target)
						}
						v := vector.Values[float64](p.Columns[2])[r]
						if v <= last || p.Kind(r) != vector.RowKind(int(v)%4) || string(p.Columns[1].Bytes(r)) != fmt.Sprint("text ", int(v)) {
							return fmt.Errorf("row %v after %v: %s %s", v, last, p.Kind(r), p.Columns[1].Bytes(r))
						}
						last = v
						seen++
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			if seen != b.Rows() {
				t.Errorf("%d rows of %d", seen, b.Rows())
			}
			b.Release()
			if n := pool.InUse(); n != 0 {
				t.Errorf("%d bytes in use", n)
			}
		}
	}
}

func BenchmarkSplit(b *testing.B) {
	for _, parallelism := range []int{2, 8} {
		b.Run(strconv.Itoa(parallelism), func(b *testing.B) {
			pool := vector.NewPool(0)
			x := batch(pool, 4096)
			h := partition.Hash{Pool: pool}
			keys := []int{0}
			b.SetBytes(int64(x.Bytes()))
			b.ReportAllocs()
			for b.Loop() {
				if err := h.Split(x, keys, parallelism, 128, func(int, *vector.Batch) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/row")
		})
	}
}

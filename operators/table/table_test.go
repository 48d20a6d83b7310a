package table

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"millrace/operators/rowkey"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// batchOf makes a batch of the given key types from small numbers; -1 is NULL.
func batchOf(pool *vector.Pool, ts []types.Type, xs []int) *vector.Batch {
	cols := make([]*vector.Vector, len(ts))
	for c, typ := range ts {
		b := vector.NewBuilder(pool, typ, len(xs))
		for _, x := range xs {
			x /= c + 1
			switch {
			case x < 0:
				b.AppendNull()
			case typ.Kind == types.Boolean:
				b.AppendBool(x&1 != 0)
			case typ.Storage() == types.StoreBytes:
				b.AppendBytes(fmt.Appendf(nil, "key number %d", x))
			case typ.Storage().Width() == 16:
				vector.AppendFixed(b, [2]uint64{uint64(x), 1})
			case typ.Storage().Width() == 8:
				vector.AppendFixed(b, int64(x))
			case typ.Storage().Width() == 4:
				vector.AppendFixed(b, int32(x))
			default:
				vector.AppendFixed(b, int8(x))
			}
		}
		cols[c] = b.Finish()
		b.Release()
	}
	return vector.NewBatch(len(xs), cols...)
}

func shapes() map[string][]types.Type {
	return map[string][]types.Type{
		"none":    {},
		"bigint":  {types.BigIntType()},
		"int":     {types.IntType()},
		"two":     {types.IntType(), types.BigIntType()},
		"wide":    {types.DecimalType(30, 0), types.TinyIntType(), types.BooleanType(), types.BigIntType()},
		"string":  {types.StringType()},
		"mixed":   {types.StringType(), types.BigIntType()},
		"general": {types.StringType(), types.TinyIntType()},
	}
}

// checkFrozen compares a snapshot with the counts by canonical key.
func checkFrozen(t *testing.T, pool *vector.Pool, cols []int, f *Frozen, want map[string]uint64) {
	t.Helper()
	got := map[string]uint64{}
	ids, ends := f.ByGroup(16)
	from := 0
	for g, end := range ends {
		rows := f.Pointers(ids[from:end], nil)
		b := vector.NewBatch(len(rows), f.Keys(pool, rows)...)
		for i, row := range rows {
			if rowkey.GroupOf(Hash(row), 16) != g {
				t.Fatalf("row %d in group %d", i, g)
			}
			got[string(rowkey.AppendRow(nil, b, cols, i))] = *At[uint64](row, f.Payload())
		}
		b.Release()
		from = end
	}
	if len(got) != len(want) {
		t.Fatalf("snapshot has %d rows, want %d", len(got), len(want))
	}
	for k, v := range want {
		if got[k] != v {
			t.Fatalf("snapshot: key %q is %d, want %d", k, got[k], v)
		}
	}
}

// TestAgainstMap inserts, finds and deletes at random, freezes now and then, and compares with a Go map of canonical keys.
func TestAgainstMap(t *testing.T) {
	for name, ts := range shapes() {
		t.Run(name, func(t *testing.T) {
			pool := vector.NewPool(0)
			pool.Check = true
			cols := make([]int, len(ts))
			for i := range cols {
				cols[i] = i
			}
			r := rand.New(rand.NewPCG(7, uint64(len(name))))
			tab := New(pool, ts, 8)
			model := map[string]uint64{}
			byID := map[int32]string{}
			var frozen *Frozen
			var frozenModel map[string]uint64
			universe := 40000
			for round := range 120 {
				n := r.IntN(900) + 1
				xs := make([]int, n)
				for i := range xs {
					xs[i] = r.IntN(universe) - 1
					if r.IntN(3) == 0 {
						xs[i] = r.IntN(20) - 1
					}
				}
				b := batchOf(pool, ts, xs)
				ids := make([]int32, n)
				insert := r.IntN(5) > 0
				tab.FindBatch(b, cols, ids, insert)
				rows := []Row{}
				for i, id := range ids {
					key := string(rowkey.AppendRow(nil, b, cols, i))
					_, known := model[key]
					if !known && !insert {
						if id != -1 {
							t.Fatalf("absent key found at %d", id)
						}
						continue
					}
					if !known {
						byID[id] = key
					}
					if byID[id] != key {
						t.Fatalf("id %d is of key %q, want %q", id, byID[id], key)
					}
					rows = tab.Rows(ids[i:i+1], rows)
					*At[uint64](rows[0], tab.Payload())++
					model[key]++
				}
				if tab.Len() != len(model) {
					t.Fatalf("%d rows, want %d", tab.Len(), len(model))
				}
				if r.IntN(3) == 0 {
					for _, id := range ids {
						if key, ok := byID[id]; ok && id >= 0 && r.IntN(2) == 0 {
							tab.Delete(id)
							delete(byID, id)
							delete(model, key)
						}
					}
					tab.Compact(nil)
				}
				b.Release()
				switch {
				case frozen != nil && round%7 == 3:
					checkFrozen(t, pool, cols, frozen, frozenModel)
					frozen.Release()
					frozen = nil
				case frozen == nil && round%7 == 1:
					frozen = tab.Freeze()
					frozenModel = map[string]uint64{}
					maps.Copy(frozenModel, model)
				}
			}
			if frozen != nil {
				frozen.Release()
			}
			f := tab.Freeze()
			checkFrozen(t, pool, cols, f, model)
			// Another table takes the rows over by their keys.
			other := New(pool, ts, 8)
			all, _ := f.ByGroup(1)
			ids := make([]int32, len(all))
			if got := other.FindRows(&f.View, f.Pointers(all, nil), ids, true); got != len(all) || other.Len() != len(all) {
				t.Fatalf("%d of %d rows taken over", got, len(all))
			}
			if got := other.FindRows(&f.View, f.Pointers(all, nil), ids, true); got != 0 {
				t.Fatalf("%d rows inserted twice", got)
			}
			other.Close()
			f.Release()
			tab.Close()
			if n := pool.InUse(); n != 0 {
				t.Fatalf("%d bytes not given back", n)
			}
		})
	}
}

func TestRebind(t *testing.T) {
	pool := vector.NewPool(0)
	for name, ts := range shapes() {
		tab := New(pool, ts, 8)
		cols := make([]int, len(ts))
		for i := range cols {
			cols[i] = i
		}
		b := batchOf(pool, ts, []int{5})
		ids := make([]int32, 1)
		tab.FindBatch(b, cols, ids, true)
		from := ids[0]
		to := tab.NewRow()
		tab.CopyKey(to, from)
		tab.Rebind(from, to)
		tab.Delete(from)
		if tab.FindBatch(b, cols, ids, true) != 0 || ids[0] != to {
			t.Fatalf("%s: key leads to row %d, want %d", name, ids[0], to)
		}
		tab.Delete(to)
		if tab.FindBatch(b, cols, ids, false); ids[0] != -1 || tab.Len() != 0 {
			t.Fatalf("%s: deleted key leads to row %d", name, ids[0])
		}
		b.Release()
		tab.Close()
	}
}

func BenchmarkFind(b *testing.B) {
	for _, c := range []struct {
		name string
		typ  []types.Type
		keys int
	}{
		{"bigint/1k", []types.Type{types.BigIntType()}, 1000},
		{"bigint/1M", []types.Type{types.BigIntType()}, 1 << 20},
		{"two/1M", []types.Type{types.BigIntType(), types.IntType()}, 1 << 20},
		{"string/10k", []types.Type{types.StringType()}, 10000},
		{"string/1M", []types.Type{types.StringType()}, 1 << 20},
	} {
		b.Run(c.name, func(b *testing.B) {
			pool := vector.NewPool(0)
			r := rand.New(rand.NewPCG(1, 1))
			tab := New(pool, c.typ, 24)
			cols := []int{0, 1}[:len(c.typ)]
			batches := []*vector.Batch{}
			for range 64 {
				xs := make([]int, 4096)
				for i := range xs {
					xs[i] = r.IntN(c.keys)
				}
				batches = append(batches, batchOf(pool, c.typ, xs))
			}
			ids := make([]int32, 4096)
			fill := make([]int, 4096)
			for k := 0; k < c.keys; k += 4096 {
				for i := range fill {
					fill[i] = min(k+i, c.keys-1)
				}
				f := batchOf(pool, c.typ, fill)
				tab.FindBatch(f, cols, ids, true)
				f.Release()
			}
			i := 0
			b.ResetTimer()
			for b.Loop() {
				tab.FindBatch(batches[i&63], cols, ids, true)
				i++
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/row")
		})
	}
}

package rowstore_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"millrace/operators/optest"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
	"millrace/sql/types"
)

func schema() types.Schema {
	return types.Schema{
		{Name: "k", Type: types.BigIntType()},
		{Name: "s", Type: types.StringType()},
		{Name: "b", Type: types.BooleanType()},
		{Name: "a", Type: types.ArrayType(types.IntType())},
	}
}

func randomRow(r *rand.Rand, i int) optest.Row {
	vs := []any{i, fmt.Sprint("text ", i), i%2 == 0, []any{i, nil}}
	if r.IntN(3) == 0 {
		vs[r.IntN(4)] = nil
	}
	return optest.Row{Values: vs}
}

// TestStore adds and deletes rows at random, with compaction and snapshots between, against a map.
func TestStore(t *testing.T) {
	pool := vector.NewPool(0)
	pool.Check = true
	r := rand.New(rand.NewPCG(1, 1))
	s := rowstore.New(pool, schema().Types())
	var index rowstore.Index
	var side rowstore.Side[int]
	index.Open(pool)
	side.Open(pool)
	rows := map[rowstore.ID]string{}
	var frozen *rowstore.Frozen
	var frozenSide *rowstore.Side[int]
	var was map[rowstore.ID]string
	next, moved := 0, 0
	for step := range 80 {
		n := 1 + r.IntN(40)
		if r.IntN(2) == 0 {
			n = 1000 + r.IntN(3000)
		}
		var in []optest.Row
		var all []int32
		for range n {
			in = append(in, randomRow(r, next))
			next++
		}
		b := optest.Batch(pool, schema().Types(), in)
		for i := range n {
			if r.IntN(5) > 0 || step%3 == 0 {
				all = append(all, int32(i))
			}
		}
		ids := make([]rowstore.ID, len(all))
		if step%2 == 0 {
			s.Append(b, all, ids)
		} else {
			s.AppendCopy(b, all, ids)
		}
		for k, id := range ids {
			if _, ok := rows[id]; ok {
				t.Fatalf("id %d is in use", id)
			}
			rows[id] = optest.RowText(b, int(all[k]), nil)
			index.Insert(uint64(id)<<32, id)
			*side.At(id) = len(rows[id])
		}
		b.Release()
		share := r.IntN(4)
		for id := range rows {
			if r.IntN(10) < share {
				delete(rows, id)
				index.Delete(id)
				s.Delete(id)
			}
		}
		if r.IntN(3) == 0 {
			s.Compact(func(from, to rowstore.ID) {
				rows[to] = rows[from]
				delete(rows, from)
				index.Move(from, to)
				*side.At(to) = side.Get(from)
				moved++
			})
		}
		if s.Len() != len(rows) {
			t.Fatalf("%d rows, want %d", s.Len(), len(rows))
		}
		if frozen != nil {
			same(t, &frozen.Store, was)
			for id, text := range was {
				if frozenSide.Get(id) != len(text) {
					t.Fatal("a frozen value has changed")
				}
			}
			frozen.Release()
		}
		frozen, frozenSide, was = s.Freeze(), side.Freeze(), map[rowstore.ID]string{}
		maps.Copy(was, rows)
		same(t, s, rows)
	}
	if moved == 0 {
		t.Error("nothing was compacted")
	}
	frozen.Release()
	s.Close()
	index.Close()
	side.Close()
	if n := pool.InUse(); n != 0 {
		t.Errorf("%d bytes in use", n)
	}
}

func same(t *testing.T, s *rowstore.Store, rows map[rowstore.ID]string) {
	t.Helper()
	var ids []rowstore.ID
	s.Each(func(id rowstore.ID) { ids = append(ids, id) })
	if len(ids) != len(rows) {
		t.Fatalf("%d rows, want %d", len(ids), len(rows))
	}
	for len(ids) > 0 {
		n := min(len(ids), vector.MaxRows)
		b := s.Batch(ids[:n])
		for i, id := range ids[:n] {
			if got := optest.RowText(b, i, nil); got != rows[id] {
				t.Fatalf("row %d is %s, want %s", id, got, rows[id])
			}
		}
		b.Release()
		ids = ids[n:]
	}
}

// TestIndex checks chains against a map of slices while the index grows and shrinks.
func TestIndex(t *testing.T) {
	pool := vector.NewPool(0)
	r := rand.New(rand.NewPCG(3, 3))
	var x rowstore.Index
	x.Open(pool)
	chains := map[uint64][]rowstore.ID{}
	of := map[rowstore.ID]uint64{}
	var free []rowstore.ID
	next := rowstore.ID(0)
	live := []rowstore.ID{}
	for step := range 200_000 {
		if len(live) > 0 && r.IntN(10) < 4 {
			at := r.IntN(len(live))
			id := live[at]
			live[at] = live[len(live)-1]
			live = live[:len(live)-1]
			x.Delete(id)
			h := of[id]
			chains[h] = slices.DeleteFunc(chains[h], func(o rowstore.ID) bool { return o == id })
			delete(of, id)
			free = append(free, id)
		} else {
			id := next
			if len(free) > 0 {
				id, free = free[len(free)-1], free[:len(free)-1]
			} else {
				next++
			}
			h := r.Uint64N(60_000) << 32
			if step%7 == 0 { // reads only
				x.Touch([]uint64{h, r.Uint64N(60_000) << 32}, []int32{1, 0})
			}
			x.Insert(h, id)
			chains[h] = append(chains[h], id)
			of[id] = h
			live = append(live, id)
		}
		if step%1000 != 0 {
			continue
		}
		hashes := make([]uint64, 0, 500)
		for range 500 {
			hashes = append(hashes, r.Uint64N(60_000)<<32)
		}
		first := make([]rowstore.ID, len(hashes))
		x.FirstOf(hashes, first)
		for i, h := range hashes {
			var got []rowstore.ID
			if first[i] != x.First(h) {
				t.Fatalf("First %d, FirstOf %d", x.First(h), first[i])
			}
			for id := first[i]; id != rowstore.None; id = x.Next(id) {
				got = append(got, id)
			}
			want := slices.Clone(chains[h])
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("step %d, hash %x: rows %v, want %v", step, h, got, want)
			}
		}
	}
	x.Close()
	if n := pool.InUse(); n != 0 {
		t.Errorf("%d bytes in use", n)
	}
}

// TestIndexChurn: keys that come and go do not make the index grow.
func TestIndexChurn(t *testing.T) {
	pool := vector.NewPool(0)
	var x rowstore.Index
	x.Open(pool)
	for i := range 500_000 {
		x.Insert(uint64(i)<<32, rowstore.ID(i%1000))
		if i >= 999 {
			x.Delete(rowstore.ID((i + 1) % 1000))
		}
	}
	if n := pool.InUse(); n > 200<<10 {
		t.Errorf("%d bytes for 1000 rows", n)
	}
	x.Close()
}

// TestLists keeps lists of random order against slices.
func TestLists(t *testing.T) {
	pool := vector.NewPool(0)
	var a rowstore.Lists
	a.Open(pool)
	r := rand.New(rand.NewPCG(5, 5))
	lists := make([]rowstore.List, 20)
	model := make([][]rowstore.ID, 20)
	for step := range 5000 {
		k := r.IntN(20)
		l, m := &lists[k], model[k]
		switch x := r.IntN(20); {
		case x == 0:
			a.Drop(l)
			m = nil
		case x < 7 && len(m) > 0:
			p := r.IntN(len(m))
			a.Remove(l, p)
			m = slices.Delete(m, p, p+1)
		case x < 9 && len(m) > 0:
			if a.Pop(l) != m[len(m)-1] {
				t.Fatal("pop")
			}
			m = m[:len(m)-1]
		default:
			p := r.IntN(len(m) + 1)
			a.Insert(l, p, rowstore.ID(step))
			m = slices.Insert(m, p, rowstore.ID(step))
		}
		model[k] = m
		if !slices.Equal(a.Of(l), m) && len(m) > 0 || l.Len() != len(m) {
			t.Fatalf("step %d: %v, want %v", step, a.Of(l), m)
		}
	}
	a.Close()
	if n := pool.InUse(); n != 0 {
		t.Errorf("%d bytes in use", n)
	}
}

// BenchmarkIndexInsert reports the longest pause of 4096 insertions on the way to a million keys, and to four million.
func BenchmarkIndexInsert(b *testing.B) {
	for _, keys := range []int{1 << 20, 1 << 22} {
		for _, touch := range []bool{false, true} {
			b.Run(fmt.Sprintf("keys=%d/touch=%t", keys, touch), func(b *testing.B) {
				longest := time.Duration(0)
				hashes, rows := make([]uint64, rowstore.TouchRows), make([]int32, rowstore.TouchRows)
				for i := range rows {
					rows[i] = int32(i)
				}
				for b.Loop() {
					var x rowstore.Index
					x.Open(vector.NewPool(0))
					for i := 0; i < keys; i += 4096 {
						start := time.Now()
						for j := i; j < i+4096; j += len(hashes) {
							for k := range hashes {
								hashes[k] = uint64(j+k) * 0x9E3779B97F4A7C15
							}
							if touch {
								x.Touch(hashes, rows)
							}
							for k, h := range hashes {
								x.Insert(h, rowstore.ID(j+k))
							}
						}
						longest = max(longest, time.Since(start))
					}
					x.Close()
				}
				b.ReportMetric(float64(longest.Microseconds())/1000, "ms-longest")
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(keys), "ns/row")
			})
		}
	}
}

func BenchmarkAppendSmall(b *testing.B) {
	pool := vector.NewPool(0)
	rows := make([]optest.Row, 64)
	for i := range rows {
		rows[i].Values = []any{i, "some text", true, []any{i}}
	}
	batch := optest.Batch(pool, schema().Types(), rows)
	all, ids := make([]int32, 64), make([]rowstore.ID, 64)
	for i := range all {
		all[i] = int32(i)
	}
	s := rowstore.New(pool, schema().Types())
	b.ReportAllocs()
	for b.Loop() {
		s.Append(batch, all, ids)
		for _, id := range ids {
			s.Delete(id)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/64, "ns/row")
}

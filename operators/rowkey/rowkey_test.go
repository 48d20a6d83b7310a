package rowkey

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"millrace/operators/vector"
	"millrace/sql/types"
)

// keyTypes is one type of each storage.
func keyTypes() []types.Type {
	return []types.Type{
		types.BooleanType(), types.TinyIntType(), types.SmallIntType(), types.IntType(), types.BigIntType(), types.FloatType(),
		types.DoubleType(), types.DecimalType(30, 2), types.StringType(), types.ArrayType(types.IntType()),
		types.MapType(types.StringType(), types.IntType()), types.RowType(types.Field{Name: "a", Type: types.IntType()},
			types.Field{Name: "b", Type: types.StringType()}), types.NullType(),
	}
}

// appendRandom appends one of few values, so that equal ones meet.
func appendRandom(b *vector.Builder, r *rand.Rand) {
	if r.IntN(5) == 0 {
		b.AppendNull()
		return
	}
	x := r.IntN(4) - 1
	switch b.Type.Storage() {
	case types.StoreBool:
		b.AppendBool(x > 0)
	case types.StoreI8:
		vector.AppendFixed(b, int8(x))
	case types.StoreI16:
		vector.AppendFixed(b, int16(x))
	case types.StoreI32:
		vector.AppendFixed(b, int32(x))
	case types.StoreI64:
		vector.AppendFixed(b, int64(x)*1e12)
	case types.StoreF32:
		vector.AppendFixed(b, []float32{float32(math.NaN()), math.Float32frombits(0x7FC00001), 0, -1.5}[x+1])
	case types.StoreF64:
		vector.AppendFixed(b, []float64{math.NaN(), math.Float64frombits(0x7FF8000000000001), math.Copysign(0, -1), 0}[x+1])
	case types.StoreI128:
		vector.AppendFixed(b, [2]uint64{uint64(x), uint64(int64(x) >> 63)})
	case types.StoreBytes:
		b.AppendBytes([]byte([]string{"", "a", "a\x00b", "a long text of more than sixteen bytes"}[x+1]))
	case types.StoreList:
		for range x + 1 {
			appendRandom(b.Children[0], r)
		}
		b.EndList()
	case types.StoreMap:
		keys := r.Perm(3)[:r.IntN(3)]
		for _, k := range keys {
			b.Children[0].AppendBytes([]byte{byte('a' + k)})
			vector.AppendFixed(b.Children[1], int32(k))
		}
		b.EndList()
	case types.StoreStruct:
		for _, c := range b.Children {
			appendRandom(c, r)
		}
		b.EndRow()
	default:
		b.AppendNull()
	}
}

func TestHashBytesOrderAgree(t *testing.T) {
	pool := vector.NewPool(0)
	for _, typ := range keyTypes() {
		t.Run(typ.String(), func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			rows := vector.NewRows(pool, []types.Type{typ, types.IntType()}, 16)
			for range 200 {
				appendRandom(rows.Columns[0], r)
				appendRandom(rows.Columns[1], r)
				rows.EndRow(vector.Insert)
			}
			b := rows.Finish()
			defer b.Release()
			hashes := make([]uint64, b.Len)
			cols := []int{0, 1}
			HashColumns(b, cols, hashes)
			var enc Encoder
			enc.Encode(b, cols)
			out := vector.NewRows(pool, b.Types(), 16)
			for i := range b.Len {
				if got := AppendRow(nil, b, cols, i); !bytes.Equal(got, enc.Key(i)) {
					t.Fatalf("row %d: batch encoding %v, row encoding %v", i, enc.Key(i), got)
				}
				rest, err := Decode(enc.Key(i), out.Columns)
				if err != nil || len(rest) != 0 {
					t.Fatalf("decode: %v, %d bytes left", err, len(rest))
				}
				out.EndRow(vector.Insert)
			}
			back := out.Finish()
			defer back.Release()
			var again Encoder
			again.Encode(back, cols)
			for _, desc := range []bool{false, true} {
				o := Order{{Column: 0, Descending: desc, NullsLast: desc}, {Column: 1, NullsLast: !desc}}
				for i := range b.Len {
					if !bytes.Equal(enc.Key(i), again.Key(i)) {
						t.Fatalf("row %d: decoded and encoded again differs", i)
					}
					for j := range b.Len {
						equal := bytes.Equal(enc.Key(i), enc.Key(j))
						if equal && hashes[i] != hashes[j] {
							t.Fatalf("rows %d %d: equal keys, different hashes", i, j)
						}
						if !equal && hashes[i] == hashes[j] {
							t.Fatalf("rows %d %d: different keys, equal hashes", i, j)
						}
						if e := EqualValues(b.Columns[0], i, b.Columns[0], j) && EqualValues(b.Columns[1], i, b.Columns[1], j); e != equal {
							t.Fatalf("rows %d %d: EqualValues %v, bytes %v", i, j, e, equal)
						}
						if typ.Kind == types.Map {
							continue
						}
						c := o.Compare(b, i, b, j)
						if k := bytes.Compare(o.AppendSortKey(nil, b, i), o.AppendSortKey(nil, b, j)); k != c {
							t.Fatalf("rows %d %d: order %d, sort keys %d", i, j, c, k)
						}
						if (c == 0) != equal {
							t.Fatalf("rows %d %d: order %d, equal %v", i, j, c, equal)
						}
					}
				}
			}
		})
	}
}

func TestSelectionHashesDense(t *testing.T) {
	pool := vector.NewPool(0)
	v := vector.New(pool, types.BigIntType(), 100, 0)
	for i := range vector.Values[int64](v) {
		vector.Values[int64](v)[i] = int64(i)
	}
	v.SetNull(9)
	b := vector.NewBatch(100, v)
	defer b.Release()
	b.Sel = []uint16{3, 9, 50}
	dst := make([]uint64, 3)
	HashColumns(b, []int{0}, dst)
	if dst[0] != HashInt64(3) || dst[2] != HashInt64(50) || dst[1] == HashInt64(9) {
		t.Fatal("hashes do not follow the selection")
	}
}

// TestHashIsStable pins values: they are part of the checkpoint format.
func TestHashIsStable(t *testing.T) {
	got := fmt.Sprintf("%x %x %x %x", HashInt64(0), HashInt64(42), HashBytes(seed, []byte("auction")), HashBytes(seed, []byte("a longer text of thirty bytes.")))
	const want = "e2210c43af14232b 8e1ccb93389d8423 fe0862f65dbae9ee 9d320d156339f63d"
	if got != want {
		t.Fatalf("hashes changed: %s", got)
	}
}

func TestRangesPartition(t *testing.T) {
	for _, maxP := range []int{1, 2, 7, 128, 1000} {
		for p := 1; p <= maxP && p < 40; p++ {
			next := 0
			for s := range p {
				r := RangeOf(s, p, maxP)
				if r.From != next {
					t.Fatalf("max %d parallelism %d subtask %d: %+v, want from %d", maxP, p, s, r, next)
				}
				for g := r.From; g < r.To; g++ {
					if SubtaskOf(g, maxP, p) != s {
						t.Fatalf("group %d of %d: subtask %d, range says %d", g, maxP, SubtaskOf(g, maxP, p), s)
					}
				}
				next = r.To
			}
			if next != maxP {
				t.Fatalf("groups end at %d of %d", next, maxP)
			}
		}
	}
	counts := make([]int, 128)
	for i := range int64(128000) {
		counts[GroupOf(HashInt64(i), 128)]++
	}
	for g, n := range counts {
		if n < 850 || n > 1150 {
			t.Fatalf("group %d has %d of 128000 keys", g, n)
		}
	}
}

func BenchmarkHash(b *testing.B) {
	pool := vector.NewPool(0)
	ints := vector.New(pool, types.BigIntType(), 4096, 0)
	text := vector.NewBuilder(pool, types.StringType(), 4096)
	for i := range 4096 {
		vector.Values[int64](ints)[i] = int64(i * 7919)
		text.AppendBytes(fmt.Appendf(nil, "channel-%d", i*31))
	}
	batch := vector.NewBatch(4096, ints, text.Finish())
	dst := make([]uint64, 4096)
	var enc Encoder
	for _, c := range []struct {
		name string
		run  func()
	}{
		{"bigint", func() { HashColumns(batch, []int{0}, dst) }},
		{"string", func() { HashColumns(batch, []int{1}, dst) }},
		{"encode", func() { enc.Encode(batch, []int{0, 1}) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				c.run()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/row")
		})
	}
}

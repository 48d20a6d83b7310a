package vector_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"

	"millrace/operators/vector"
	"millrace/sql/types"
)

// allTypes has each storage, flat and nested.
func allTypes() []types.Type {
	row := types.RowType(types.Field{Name: "p", Type: types.IntType()}, types.Field{Name: "q", Type: types.StringType()},
		types.Field{Name: "r", Type: types.ArrayType(types.DoubleType())})
	return []types.Type{
		types.BooleanType(), types.TinyIntType(), types.SmallIntType(), types.IntType(), types.BigIntType(), types.FloatType(), types.DoubleType(),
		types.DecimalType(10, 2), types.DecimalType(38, 4), types.StringType(), types.CharType(3), types.BytesType(), types.DateType(), types.TimeType(3),
		types.TimestampType(3), types.TimestampType(6), types.TimestampType(9), types.TimestampLTZType(3), types.IntervalYearMonthType("YEAR TO MONTH", 2),
		types.IntervalDayTimeType("DAY", 2, 3), types.ArrayType(types.IntType()), types.ArrayType(types.ArrayType(types.StringType())),
		types.MapType(types.StringType(), types.IntType()), types.MultisetType(types.StringType()), row, types.ArrayType(row), types.NullType(),
	}
}

// appendRandom appends a random value, in one of five cases NULL.
func appendRandom(b *vector.Builder, r *rand.Rand) {
	if r.IntN(5) == 0 && !b.Type.NotNull {
		b.AppendNull()
		return
	}
	//exhaustive:enforce
	switch b.Type.Storage() {
	case types.StoreNone:
		b.AppendNull()
	case types.StoreBool:
		b.AppendBool(r.IntN(2) == 0)
	case types.StoreI8:
		vector.AppendFixed(b, int8(r.Int()))
	case types.StoreI16:
		vector.AppendFixed(b, int16(r.Int()))
	case types.StoreI32:
		vector.AppendFixed(b, int32(r.Int()))
	case types.StoreI64:
		vector.AppendFixed(b, int64(r.Uint64()))
	case types.StoreF32:
		vector.AppendFixed(b, r.Float32())
	case types.StoreF64:
		vector.AppendFixed(b, r.Float64())
	case types.StoreI128:
		vector.AppendFixed(b, [2]uint64{r.Uint64(), r.Uint64()})
	case types.StoreBytes:
		b.AppendBytes([]byte("abcdefghijklmnopqrstuvwxyz0123456789"[:r.IntN(37)]))
	case types.StoreList, types.StoreMap:
		for range r.IntN(4) {
			for _, c := range b.Children {
				appendRandom(c, r)
			}
		}
		b.EndList()
	case types.StoreStruct:
		for _, c := range b.Children {
			appendRandom(c, r)
		}
		b.EndRow()
	}
}

func random(pool *vector.Pool, t types.Type, n int, seed uint64) *vector.Vector {
	r := rand.New(rand.NewPCG(seed, 1))
	b := vector.NewBuilder(pool, t, n/2)
	defer b.Release()
	for range n {
		appendRandom(b, r)
	}
	return b.Finish()
}

// text is a value with all its parts.
func text(v *vector.Vector, i int) string {
	if v.IsNull(i) {
		return "NULL"
	}
	switch s := v.Type.Storage(); s {
	case types.StoreNone:
		return "NULL"
	case types.StoreBool:
		return strconv.FormatBool(v.Bool(i))
	case types.StoreBytes:
		return string(v.Bytes(i))
	case types.StoreList, types.StoreMap:
		out := "["
		for j := v.Offsets[i]; j < v.Offsets[i+1]; j++ {
			var outSb97 strings.Builder
			for _, c := range v.Children {
				outSb97.WriteString(text(c, int(j)) + " ")
			}
			out += outSb97.String()
		}
		return out + "]"
	case types.StoreStruct:
		out := "("
		var outSb104 strings.Builder
		for _, c := range v.Children {
			outSb104.WriteString(text(c, i) + " ")
		}
		out += outSb104.String()
		return out + ")"
	default:
		return hex.EncodeToString(v.Data[i*s.Width() : (i+1)*s.Width()])
	}
}

func check(t *testing.T, what string, v *vector.Vector, want func(i int) string) {
	t.Helper()
	if err := v.Check(); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	for i := range v.Len {
		if got := text(v, i); got != want(i) {
			t.Fatalf("%s of %s, row %d: %s, want %s", what, v.Type, i, got, want(i))
		}
	}
}

func TestGather(t *testing.T) {
	for _, typ := range allTypes() {
		pool := vector.NewPool(0)
		pool.Check = true
		v := random(pool, typ, 150, 1)
		r := rand.New(rand.NewPCG(2, 2))
		wide := make([]int32, 200)
		narrow := make([]uint16, 200)
		for i := range wide {
			wide[i], narrow[i] = int32(r.IntN(151)-1), uint16(r.IntN(150))
		}
		of := func(r int32) string {
			if r < 0 {
				return "NULL"
			}
			return text(v, int(r))
		}
		g, h := vector.Gather(pool, v, wide), vector.Gather(pool, v, narrow)
		check(t, "gather", g, func(i int) string { return of(wide[i]) })
		check(t, "gather", h, func(i int) string { return of(int32(narrow[i])) })
		empty := vector.Gather(pool, v, []int32{})
		nulls := vector.Gather(pool, v, []int32{-1, -1})
		check(t, "gather of none", nulls, func(int) string { return "NULL" })
		for _, x := range []*vector.Vector{v, g, h, empty, nulls} {
			x.Release()
		}
		if n := pool.InUse(); n != 0 {
			t.Errorf("%s: %d bytes in use", typ, n)
		}
	}
}

func TestBuilders(t *testing.T) {
	for _, typ := range allTypes() {
		pool := vector.NewPool(0)
		pool.Check = true
		v := random(pool, typ, 200, 3)
		rows := []int32{5, 5, 199, 0, 17, 42, 100}
		b := vector.NewBuilder(pool, typ, 1)
		view := b.View()
		var want []string
		for range 40 {
			b.AppendRows(v, rows)
			b.AppendFrom(v, 7)
			b.AppendNull()
			for _, r := range rows {
				want = append(want, text(v, int(r)))
			}
			want = append(want, text(v, 7), "NULL")
			b.ViewInto(view)
			check(t, "view", view, func(i int) string { return want[i] })
		}
		if b.Len() != len(want) {
			t.Fatalf("%s: %d values", typ, b.Len())
		}
		f := b.Finish()
		check(t, "built column", f, func(i int) string { return want[i] })
		b.AppendFrom(v, 3) // the builder is used again
		again := b.Finish()
		check(t, "second column", again, func(int) string { return text(v, 3) })
		s := f.Slice(pool, 13, 57)
		check(t, "slice", s, func(i int) string { return want[13+i] })
		f.Release()
		check(t, "slice of a released column", s, func(i int) string { return want[13+i] })
		n := vector.New(pool, typ, 5, 0)
		n.AllNull()
		check(t, "NULLs", n, func(int) string { return "NULL" })
		b.Release()
		for _, x := range []*vector.Vector{v, again, s, n} {
			x.Release()
		}
		if n := pool.InUse(); n != 0 {
			t.Errorf("%s: %d bytes in use", typ, n)
		}
	}
}

// buffers lists the buffers of a column in the order of its tree.
func buffers(v *vector.Vector) []unsafe.Pointer {
	var out []unsafe.Pointer
	if v.Type.Storage() != types.StoreNone {
		out = []unsafe.Pointer{unsafe.Pointer(unsafe.SliceData(v.Valid)), unsafe.Pointer(unsafe.SliceData(v.Data)), unsafe.Pointer(unsafe.SliceData(v.Offsets))}
	}
	for _, c := range v.Children {
		out = append(out, buffers(c)...)
	}
	return out
}

// TestArrow: a batch becomes a record and back over the same buffers, and what IPC writes of it is the same rows.
func TestArrow(t *testing.T) {
	pool := vector.NewPool(0)
	var schema types.Schema
	var cols []*vector.Vector
	for i, typ := range allTypes() {
		schema = append(schema, types.Field{Name: fmt.Sprint("c", i), Type: typ})
		cols = append(cols, random(pool, typ, 100, uint64(i)))
	}
	b := vector.NewBatch(100, cols...)
	defer b.Release()
	as := vector.ArrowSchema(schema)
	rec := vector.ToRecord(b, as)
	defer rec.Release()
	back, err := vector.FromRecord(rec, schema)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range back.Columns {
		want, got := buffers(b.Columns[i]), buffers(c)
		for j := range want {
			if want[j] != got[j] && want[j] != nil {
				t.Errorf("%s: buffer %d was copied", c.Type, j)
			}
		}
		check(t, "record", c, func(r int) string { return text(b.Columns[i], r) })
	}
	var file bytes.Buffer
	w := ipc.NewWriter(&file, ipc.WithSchema(as))
	if err := w.Write(rec); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := ipc.NewReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	if !r.Next() {
		t.Fatal("no record")
	}
	read, err := vector.FromRecord(r.Record(), schema)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range read.Columns {
		check(t, "IPC", c, func(r int) string { return text(b.Columns[i], r) })
	}
}

// TestArrowMismatch: a record of another layout is refused.
func TestArrowMismatch(t *testing.T) {
	pool := vector.NewPool(0)
	of := func(typ types.Type) arrow.Record {
		s := types.Schema{{Name: "a", Type: typ}}
		return vector.ToRecord(vector.NewBatch(3, random(pool, typ, 3, 1)), vector.ArrowSchema(s))
	}
	for _, c := range [][2]types.Type{
		{types.TimestampType(3), types.TimestampType(6)},
		{types.IntType(), types.BigIntType()},
		{types.DecimalType(30, 2), types.DecimalType(30, 3)},
		{types.ArrayType(types.IntType()), types.ArrayType(types.BigIntType())},
		{types.StringType(), types.BytesType()},
	} {
		if _, err := vector.FromRecord(of(c[0]), types.Schema{{Name: "a", Type: c[1]}}); err == nil {
			t.Errorf("%s was read as %s", c[0], c[1])
		}
	}
}

func TestBatch(t *testing.T) {
	pool := vector.NewPool(0)
	pool.Check = true
	v := random(pool, types.StringType(), 20, 1)
	b := vector.NewBatch(20, v)
	b.Kinds = make([]vector.RowKind, 20)
	b.Kinds[7] = vector.Delete
	b.Sel = []uint16{3, 7, 19}
	d := b.Dense(pool)
	if d.Len != 3 || d.Kind(1) != vector.Delete || d.Kind(0) != vector.Insert {
		t.Errorf("%d rows, %s %s", d.Len, d.Kind(0), d.Kind(1))
	}
	check(t, "dense", d.Columns[0], func(i int) string { return text(v, int(b.Sel[i])) })
	s := d.Slice(pool, 1, 3)
	if s.Kind(0) != vector.Delete || s.Rows() != 2 {
		t.Error("slice lost kinds")
	}
	p := b.Project([]int{0, 0})
	if p.Rows() != 3 || len(p.Columns) != 2 {
		t.Error("projection lost rows")
	}
	for _, x := range []*vector.Batch{s, d, p, b} {
		x.Release()
	}
	if n := pool.InUse(); n != 0 {
		t.Errorf("%d bytes in use", n)
	}
	defer func() {
		if recover() == nil {
			t.Error("a batch was released too often")
		}
	}()
	b.Release()
}

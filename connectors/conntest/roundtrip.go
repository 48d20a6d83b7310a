package conntest

import (
	"math/rand/v2"
	"testing"

	"millrace/connectors/format"
	"millrace/connectors/format/column"
	"millrace/operators/kernel/decimal"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// texts are strings that formats find hard.
func texts() []string {
	return []string{
		"", " ", "plain", "a,b", `q"uote`, `back\slash`, "tab\there", "line\nend", "é", "😀", "\u0001", "\u007f", "null", "NULL", "'", ";", "#x",
		"a long text of more than twenty-four characters", " lead", "trail ", "{\"a\":1}", "[1]", "true", "12", "\u2028", "/",
	}
}

// random appends a random value, NULL in one of eight cases where the type allows it.
func random(r *rand.Rand, c *column.Column) {
	if !c.Type.NotNull && r.IntN(8) == 0 {
		c.AppendNull()
		return
	}
	x := int64(r.Uint64()) >> r.IntN(64)
	switch c.Store {
	case types.StoreBool:
		c.AppendBool(x&1 != 0)
	case types.StoreI8:
		c.AppendI8(int8(x))
	case types.StoreI16:
		c.AppendI16(int16(x))
	case types.StoreI32:
		switch c.Type.Kind {
		case types.Date:
			x = r.Int64N(2_900_000) - 700_000
		case types.Time:
			x = r.Int64N(86_400) * 1000
		}
		c.AppendI32(int32(x))
	case types.StoreI64:
		switch {
		case c.Type.IsTimestamp():
			x = r.Int64N(253_402_300_800) * c.Type.TimeUnit() / int64([]int{1, 7}[r.IntN(2)])
		case c.Type.Kind == types.Decimal:
			x %= decimal.Pow10(c.Type.Precision)
		}
		c.AppendI64(x)
	case types.StoreF32:
		c.AppendF32(float32(x) / 8)
	case types.StoreF64:
		c.AppendF64(float64(x) / 1024)
	case types.StoreI128:
		if c.Type.IsTimestamp() {
			x = r.Int64N(1 << 62)
		}
		c.AppendI128(decimal.FromInt64(x))
	case types.StoreBytes:
		if c.Type.IsText() {
			all := texts()
			c.AppendBytes([]byte(all[r.IntN(len(all))] + all[r.IntN(len(all))]))
			return
		}
		c.AppendBytes([]byte{byte(x), byte(x >> 8), byte(x >> 16)}[:r.IntN(4)])
	case types.StoreList:
		for range r.IntN(4) {
			random(r, c.Children[0])
		}
		c.EndList()
	case types.StoreMap:
		for i := range r.IntN(4) {
			c.Children[0].AppendBytes([]byte{byte('a' + i)})
			random(r, c.Children[1])
		}
		c.EndList()
	case types.StoreStruct:
		for _, ch := range c.Children {
			random(r, ch)
		}
		c.EndRow()
	}
}

// RandomBatch makes a batch of random rows with texts that formats find hard.
func RandomBatch(r *rand.Rand, pool *vector.Pool, s types.Schema, rows int) *vector.Batch {
	set := column.NewSet(pool, s.Types())
	set.Begin()
	for range rows {
		for _, c := range set.Columns {
			random(r, c)
		}
		set.EndRow()
	}
	return set.Take()
}

// RoundTrip writes random rows and reads them back, a record at a time and as a file in pieces. valid checks each record; it may be nil.
func RoundTrip(t *testing.T, f format.Format, s types.Schema, options map[string]string, rows int, valid func(record []byte) bool) {
	t.Helper()
	pool := vector.NewPool(0)
	b := RandomBatch(rand.New(rand.NewPCG(7, uint64(rows))), pool, s, rows)
	defer b.Release()
	c := format.Config{Options: options, Physical: s, Columns: s}
	for i := range s {
		c.Positions = append(c.Positions, i)
	}
	e, err := f.Encoder(c)
	if err != nil {
		t.Fatal(err)
	}
	out := format.Output{Terminate: true}
	if err := e.Encode(b, nil, &out); err != nil {
		t.Fatal(err)
	}
	if len(out.Ends) != b.Len {
		t.Fatalf("%d records for %d rows", len(out.Ends), b.Len)
	}
	for _, chunk := range []int{1 << 20, 100} {
		got := Decode(t, f, c, string(out.Data), chunk)
		if len(got) != b.Len {
			t.Fatalf("%d rows are read, %d were written", len(got), b.Len)
		}
		from := 0
		for i, end := range out.Ends {
			record := out.Data[from:end]
			if want := Row(b, i); got[i] != want {
				t.Fatalf("row %d: read %q, want %q, record %q", i, got[i], want, record)
			}
			if valid != nil && !valid(record) {
				t.Fatalf("row %d: record %q is not valid", i, record)
			}
			from = end
		}
	}
}

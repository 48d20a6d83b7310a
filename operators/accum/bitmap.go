package accum

import (
	"strings"

	"millrace/operators/kernel/bitmap"
	"millrace/operators/table"
	"millrace/operators/vector"
)

// bitmapResult is the BITMAP_…_AGG functions, over INT values or over bitmaps: NULL for a group without values. The values are kept with
// their counts, so that rows may be taken away.
func (p *values) bitmapResult(r *Reader, rows []table.Row, o *output) *vector.Vector {
	b := vector.NewBuilder(r.pool, o.typ, len(rows))
	defer b.Release()
	size := strings.HasSuffix(o.function, "_CARDINALITY_AGG")
	op := strings.TrimPrefix(o.function, "BITMAP_")
	op, _, _ = strings.Cut(op, "_")
	p.eachGroup(r, rows, func(col *vector.Vector, from, to int, count func(i int) int64) {
		var set []byte
		if op == "BUILD" {
			set = builtBitmap(col, from, to, count)
		} else {
			set = foldedBitmap(op, col, from, to, count)
		}
		switch {
		case set == nil:
			b.AppendNull()
		case size:
			vector.AppendFixed(b, bitmap.Cardinality(set))
		default:
			b.AppendBytes(set)
		}
	})
	return b.Finish()
}

func builtBitmap(col *vector.Vector, from, to int, count func(i int) int64) []byte {
	var members []uint32
	for i := from; i < to; i++ {
		if count(i) > 0 {
			members = append(members, uint32(vector.Values[int32](col)[i]))
		}
	}
	if members == nil {
		return nil
	}
	return bitmap.Build(nil, members)
}

// foldedBitmap combines bitmaps; for XOR those that are there an even number of times cancel out.
func foldedBitmap(op string, col *vector.Vector, from, to int, count func(i int) int64) []byte {
	var set []byte
	for i := from; i < to; i++ {
		n := count(i)
		if n <= 0 {
			continue
		}
		x := col.Bytes(i)
		switch {
		case set == nil && op == "XOR" && n%2 == 0:
			set = bitmap.Build(nil, nil)
		case set == nil:
			set = append([]byte(nil), x...)
		case op == "AND":
			set = bitmap.And(nil, set, x)
		case op == "OR":
			set = bitmap.Or(nil, set, x)
		case n%2 != 0:
			set = bitmap.Xor(nil, set, x)
		}
	}
	return set
}

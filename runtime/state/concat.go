package state

import (
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// gatherer collects the rows of small batches into one batch. Values are copied column by column.
type gatherer struct {
	pool    *vector.Pool
	schema  types.Schema
	columns []*vector.Builder
	rows    int
	bytes   int
}

func (g *gatherer) add(b *operators.Batch) {
	if g.columns == nil {
		for _, f := range g.schema {
			g.columns = append(g.columns, vector.NewBuilder(g.pool, f.Type, max(b.Len, 64)))
		}
	}
	for c, v := range b.Columns {
		appendAll(g.columns[c], v)
	}
	g.rows += b.Len
	g.bytes += b.Bytes()
}

// appendAll appends all values of a column, in typed loops where its storage is fixed and nothing is NULL.
func appendAll(dst *vector.Builder, v *vector.Vector) {
	if !v.HasNulls() {
		switch v.Type.Storage() {
		case types.StoreI64, types.StoreF64:
			appendFixed[int64](dst, v)
			return
		case types.StoreI32, types.StoreF32:
			appendFixed[int32](dst, v)
			return
		case types.StoreBytes:
			for i := range v.Len {
				dst.AppendBytes(v.Bytes(i))
			}
			return
		}
	}
	for i := range v.Len {
		dst.AppendFrom(v, i)
	}
}

func appendFixed[T any](dst *vector.Builder, v *vector.Vector) {
	for _, x := range vector.Values[T](v) {
		vector.AppendFixed(dst, x)
	}
}

func (g *gatherer) take() *operators.Batch {
	cols := make([]*vector.Vector, len(g.columns))
	for i, c := range g.columns {
		cols[i] = c.Finish()
	}
	b := vector.NewBatch(g.rows, cols...)
	g.rows, g.bytes = 0, 0
	return b
}

func (g *gatherer) release() {
	for _, c := range g.columns {
		c.Release()
	}
	g.columns = nil
}

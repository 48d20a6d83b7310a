package eval

import (
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

// castNested casts ARRAY, MAP, MULTISET and ROW by casting their children. Elements are cast as a column of their own, so that one call of
// a kernel casts those of all rows.
func (c *compiler) castNested(from, to types.Type, try bool) (caster, error) {
	if from.Kind != to.Kind || len(from.Children()) != len(to.Children()) {
		return caster{}, noCast(from, to)
	}
	var kernels []kernel
	all := caster{heavy: true}
	for i, cf := range from.Children() {
		ct := to.Children()[i]
		if sameShape(cf, ct) {
			kernels = append(kernels, nil)
			continue
		}
		// TRY_CAST makes all of a collection NULL where an element fails; elements are cast one way and tested after.
		x, err := c.caster(cf, ct, try)
		if err != nil {
			return caster{}, err
		}
		all.fails = all.fails || x.fails
		kernels = append(kernels, x.k)
	}
	all.k = func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		v := args[0].Retain()
		defer func() { v.Release() }()
		if all.fails { // elements that no row has must not fail
			whole := copyVector(f, v)
			v.Release()
			v = whole
		}
		out := v.Slice(f.pool, 0, v.Len)
		out.Type = to
		for i, k := range kernels {
			child := out.Children[i]
			ct := to.Children()[i]
			if k == nil {
				out.Children[i] = retype(child, ct)
				continue
			}
			if all.fails && v.Valid != nil && out.Offsets == nil {
				hidden := masked(f, child, v.Valid)
				child.Release()
				child = hidden
				out.Children[i] = child
			}
			sub := &frame{engine: f.engine, pool: f.pool, n: child.Len}
			cast, err := k(sub, []*vector.Vector{child})
			if err != nil {
				out.Release()
				return nil, err
			}
			out.Children[i] = cast
			child.Release()
		}
		if try && all.fails {
			return failedParts(f, out, v), nil
		}
		return out, nil
	}
	return all, nil
}

// failedParts makes a value NULL where a part of it became NULL by the cast. out is used up.
func failedParts(f *frame, out, in *vector.Vector) *vector.Vector {
	if len(out.Children) > 0 {
		whole := copyVector(f, out)
		out.Release()
		out = whole
	}
	for i := range out.Len {
		if in.IsNull(i) {
			continue
		}
		from, to := int32(i), int32(i+1)
		if out.Offsets != nil {
			from, to = out.Offsets[i], out.Offsets[i+1]
		}
		for k, c := range out.Children {
			for j := from; j < to; j++ {
				if c.IsNull(int(j)) && !in.Children[k].IsNull(int(j)) {
					out.SetNull(i)
				}
			}
		}
	}
	return out
}

// field compiles the access to a field of a ROW.
func (c *compiler) field(e *expr.Expr, row *node) (*node, error) {
	if row.isNull() {
		return c.null(e.Type), nil
	}
	return c.call(e, e.Type, func(f *frame, a []*vector.Vector) (*vector.Vector, error) {
		v := a[0]
		child := v.Children[e.Index]
		if v.Len != f.n {
			k := child.Retain()
			if v.IsNull(0) {
				k.Release()
				return repeat(f.pool, c.null(e.Type).konst, f.n), nil
			}
			out := repeat(f.pool, k, f.n)
			k.Release()
			return out, nil
		}
		if v.Valid == nil {
			return child.Retain(), nil
		}
		return masked(f, child, v.Valid), nil
	}, row), nil
}

// masked is v with NULL also where valid says so. The values are shared, the bitmap is not.
func masked(f *frame, v *vector.Vector, valid []byte) *vector.Vector {
	out := v.Slice(f.pool, 0, v.Len)
	if inner := out.Valid; inner != nil {
		out.Valid = nil // so that a bitmap of its own is made; inner belongs to v
		vector.AndBits(out.EnsureValid(), inner, valid, v.Len)
		return out
	}
	copy(out.EnsureValid(), valid[:vector.BitmapLen(v.Len)])
	return out
}

package eval

import (
	"millrace/operators/kernel/bitmap"
	"millrace/operators/kernel/jsonpath"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

// registerVariant registers the functions of VARIANT (kept as JSON text in one form) and BITMAP (kept as Roaring bytes in one form).
func registerVariant(r registry) {
	r.texts(traits{fails: true}, fixed(textFunc(func(a []arg, i int, dst []byte) ([]byte, error) {
		return jsonpath.ParseVariant(dst, a[0].bytes(i), len(a) > 1 && a[1].bool(i))
	})), "PARSE_JSON")
	r.texts(traits{}, fixed(textFunc(func(a []arg, i int, dst []byte) ([]byte, error) {
		v, err := jsonpath.ParseVariant(dst, a[0].bytes(i), len(a) > 1 && a[1].bool(i))
		if err != nil {
			return nil, errNull
		}
		return v, nil
	})), "TRY_PARSE_JSON")
	for name, op := range map[string]func(dst, a, b []byte) []byte{
		"BITMAP_AND": bitmap.And, "BITMAP_OR": bitmap.Or, "BITMAP_XOR": bitmap.Xor, "BITMAP_ANDNOT": bitmap.AndNot,
	} {
		r.texts(traits{}, fixed(textFunc(func(a []arg, i int, dst []byte) ([]byte, error) {
			return op(dst, a[0].bytes(i), a[1].bytes(i)), nil
		})), name)
	}
	r.texts(traits{fails: true}, fixed(textFunc(func(a []arg, i int, dst []byte) ([]byte, error) {
		return bitmap.Parse(dst, a[0].bytes(i))
	})), "BITMAP_FROM_BYTES")
	r.texts(traits{}, fixed(textFunc(func(a []arg, i int, dst []byte) ([]byte, error) {
		return append(dst, a[0].bytes(i)...), nil
	})), "BITMAP_TO_BYTES")
	r.texts(traits{}, fixed(textFunc(func(a []arg, i int, dst []byte) ([]byte, error) {
		return bitmap.AppendText(dst, a[0].bytes(i)), nil
	})), "BITMAP_TO_STRING")
	r.texts(traits{}, makeBitmapBuild, "BITMAP_BUILD")
	r.ints(traits{}, fixed(intFunc(func(a []arg, i int) (int64, error) {
		return bitmap.Cardinality(a[0].bytes(i)), nil
	})), "BITMAP_CARDINALITY")
	r.strict(func(c *compiler, e *expr.Expr, args []*node) (*node, error) {
		return c.rowBuilder(e, args, func(_ *expr.Expr, a []arg, i int, b *vector.Builder) error {
			if a[0].null(i) {
				return errNull
			}
			for _, v := range bitmap.Members(a[0].bytes(i)) {
				vector.AppendFixed(b.Children[0], int32(v))
			}
			b.EndList()
			return nil
		}), nil
	}, "BITMAP_TO_ARRAY")
}

// makeBitmapBuild is BITMAP_BUILD(array): the set of its elements that are not NULL.
func makeBitmapBuild(*compiler, *expr.Expr, []*node) (textFunc, error) {
	var values []uint32
	return func(a []arg, i int, dst []byte) ([]byte, error) {
		from, to := a[0].span(i)
		values = values[:0]
		elements := a[0].Children[0]
		for j := from; j < to; j++ {
			if !elements.IsNull(j) {
				values = append(values, uint32(vector.Values[int32](elements)[j]))
			}
		}
		return bitmap.Build(dst, values), nil
	}, nil
}

// variantItem compiles variant[i] and variant['name'].
func (c *compiler) variantItem(e *expr.Expr, args []*node) (*node, error) {
	byName := args[1].typ.IsText()
	if !byName {
		args = append([]*node(nil), args...)
		if err := c.coerceTo(&args[1], types.BigIntType()); err != nil {
			return nil, err
		}
	}
	item := func(a []arg, i int, dst []byte) ([]byte, error) {
		var v []byte
		var err error
		if byName {
			v, err = jsonpath.VariantMember(a[0].bytes(i), a[1].bytes(i))
		} else {
			v, err = jsonpath.VariantElement(a[0].bytes(i), a[1].int(i))
		}
		if err == nil && v == nil {
			err = errNull
		}
		return append(dst, v...), err
	}
	return dear(failing(c.call(e, e.Type, textKernel(e.Type, traits{fails: true}, item, -1), args...))), nil
}

package eval

import (
	"fmt"
	"math/big"

	"millrace/operators/kernel/decimal"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// constant makes a column of one value from a Go value as expr.Expr.Value holds it.
func constant(pool *vector.Pool, value any, t types.Type) (*vector.Vector, error) {
	b := vector.NewBuilder(pool, t, 1)
	if err := appendValue(b, value); err != nil {
		b.Release()
		return nil, err
	}
	return b.Finish(), nil
}

func appendValue(b *vector.Builder, value any) error {
	if value == nil {
		b.AppendNull()
		return nil
	}
	wrong := fmt.Errorf("value of Go type %T", value)
	switch b.Type.Storage() {
	case types.StoreBool:
		x, ok := value.(bool)
		if !ok {
			return wrong
		}
		b.AppendBool(x)
	case types.StoreI8, types.StoreI16, types.StoreI32, types.StoreI64:
		x, ok := value.(int64)
		if !ok {
			n, isBig := value.(*big.Int)
			if !isBig || !n.IsInt64() {
				return wrong
			}
			x = n.Int64()
		}
		appendInt(b, x)
	case types.StoreF32, types.StoreF64:
		x, ok := value.(float64)
		if !ok {
			return wrong
		}
		if b.Type.Storage() == types.StoreF32 {
			vector.AppendFixed(b, float32(x))
		} else {
			vector.AppendFixed(b, x)
		}
	case types.StoreI128:
		switch x := value.(type) {
		case *big.Int:
			n, ok := decimal.FromBig(x)
			if !ok {
				return fmt.Errorf("number %s beyond 128 bits", x)
			}
			vector.AppendFixed(b, n)
		case int64:
			vector.AppendFixed(b, decimal.FromInt64(x))
		default:
			return wrong
		}
	case types.StoreBytes:
		switch x := value.(type) {
		case string:
			b.AppendBytes([]byte(x))
		case []byte:
			b.AppendBytes(x)
		default:
			return wrong
		}
	default:
		return appendNested(b, value)
	}
	return nil
}

func appendInt(b *vector.Builder, x int64) {
	switch b.Type.Storage() {
	case types.StoreI8:
		vector.AppendFixed(b, int8(x))
	case types.StoreI16:
		vector.AppendFixed(b, int16(x))
	case types.StoreI32:
		vector.AppendFixed(b, int32(x))
	default:
		vector.AppendFixed(b, x)
	}
}

func appendNested(b *vector.Builder, value any) error {
	switch x := value.(type) {
	case []any:
		for i, e := range x {
			c := 0
			if b.Type.Kind == types.Row {
				c = i
			}
			if c >= len(b.Children) {
				return fmt.Errorf("%d fields for %s", len(x), b.Type)
			}
			if err := appendValue(b.Children[c], e); err != nil {
				return err
			}
		}
		if b.Type.Kind == types.Row {
			if len(x) != len(b.Children) {
				return fmt.Errorf("%d fields for %s", len(x), b.Type)
			}
			b.EndRow()
		} else {
			b.EndList()
		}
		return nil
	case [][2]any:
		for _, e := range x {
			for i := range e {
				if err := appendValue(b.Children[i], e[i]); err != nil {
					return err
				}
			}
		}
		b.EndList()
		return nil
	default:
		return fmt.Errorf("value of Go type %T", value)
	}
}

// Value returns value i of a column as expr.Expr.Value holds it. For constant folding, tests and messages; it allocates.
func Value(v *vector.Vector, i int) any {
	if v.IsNull(i) || v.Type.Kind == types.Null {
		return nil
	}
	switch v.Type.Storage() {
	case types.StoreBool:
		return v.Bool(i)
	case types.StoreI8:
		return int64(vector.Values[int8](v)[i])
	case types.StoreI16:
		return int64(vector.Values[int16](v)[i])
	case types.StoreI32:
		return int64(vector.Values[int32](v)[i])
	case types.StoreI64:
		return vector.Values[int64](v)[i]
	case types.StoreF32:
		return float64(vector.Values[float32](v)[i])
	case types.StoreF64:
		return vector.Values[float64](v)[i]
	case types.StoreI128:
		return vector.Values[decimal.Int128](v)[i].Big()
	case types.StoreBytes:
		if v.Type.IsBinary() {
			return append([]byte{}, v.Bytes(i)...)
		}
		return string(v.Bytes(i))
	case types.StoreList:
		out := []any{}
		for j := v.Offsets[i]; j < v.Offsets[i+1]; j++ {
			out = append(out, Value(v.Children[0], int(j)))
		}
		return out
	case types.StoreMap:
		out := [][2]any{}
		for j := v.Offsets[i]; j < v.Offsets[i+1]; j++ {
			out = append(out, [2]any{Value(v.Children[0], int(j)), Value(v.Children[1], int(j))})
		}
		return out
	case types.StoreStruct:
		out := make([]any, len(v.Children))
		for j, c := range v.Children {
			out[j] = Value(c, i)
		}
		return out
	default:
		return nil
	}
}

package arrow

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"

	"millrace/sql/types"
)

// dataType is the Arrow type that t is written as.
func dataType(t types.Type) (arrow.DataType, error) {
	switch t.Kind {
	case types.Boolean:
		return arrow.FixedWidthTypes.Boolean, nil
	case types.TinyInt:
		return arrow.PrimitiveTypes.Int8, nil
	case types.SmallInt:
		return arrow.PrimitiveTypes.Int16, nil
	case types.Int:
		return arrow.PrimitiveTypes.Int32, nil
	case types.BigInt:
		return arrow.PrimitiveTypes.Int64, nil
	case types.Float:
		return arrow.PrimitiveTypes.Float32, nil
	case types.Double:
		return arrow.PrimitiveTypes.Float64, nil
	case types.Decimal:
		return &arrow.Decimal128Type{Precision: int32(t.Precision), Scale: int32(t.Scale)}, nil
	case types.Char, types.VarChar:
		return arrow.BinaryTypes.String, nil
	case types.Binary, types.VarBinary:
		return arrow.BinaryTypes.Binary, nil
	case types.Date:
		return arrow.FixedWidthTypes.Date32, nil
	case types.Time:
		return arrow.FixedWidthTypes.Time32ms, nil
	case types.Timestamp, types.TimestampLTZ:
		return timestampType(t), nil
	case types.Array:
		e, err := dataType(*t.Elem)
		if err != nil {
			return nil, err
		}
		return arrow.ListOfField(arrow.Field{Name: "item", Type: e, Nullable: !t.Elem.NotNull}), nil
	case types.Map, types.Multiset:
		c := t.Children()
		k, err := dataType(c[0])
		if err != nil {
			return nil, err
		}
		v, err := dataType(c[1])
		if err != nil {
			return nil, err
		}
		return arrow.MapOfWithMetadata(k, arrow.Metadata{}, v, arrow.Metadata{}), nil
	case types.Row:
		fs, err := fields(t.Fields)
		if err != nil {
			return nil, err
		}
		return arrow.StructOf(fs...), nil
	default:
		return nil, fmt.Errorf("type %s is not supported", t)
	}
}

func timestampType(t types.Type) arrow.DataType {
	u := &arrow.TimestampType{Unit: arrow.Millisecond}
	if t.Precision > 3 {
		u.Unit = arrow.Microsecond
	}
	if t.Precision > 6 {
		u.Unit = arrow.Nanosecond
	}
	if t.Kind == types.TimestampLTZ {
		u.TimeZone = "UTC"
	}
	return u
}

func fields(s types.Schema) ([]arrow.Field, error) {
	var out []arrow.Field
	for _, f := range s {
		t, err := dataType(f.Type)
		if err != nil {
			return nil, fmt.Errorf("column '%s': %w", f.Name, err)
		}
		out = append(out, arrow.Field{Name: f.Name, Type: t, Nullable: !f.Type.NotNull})
	}
	return out, nil
}

package parquet

import (
	"fmt"

	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/schema"

	"millrace/sql/types"
)

// root returns the schema of rows.
func root(s types.Schema, o *settings) (*schema.GroupNode, error) {
	fields, err := children(s, o)
	if err != nil {
		return nil, fmt.Errorf("format 'parquet': %w", err)
	}
	return schema.NewGroupNode("flink_schema", parquet.Repetitions.Required, fields, -1)
}

func children(s types.Schema, o *settings) (schema.FieldList, error) {
	var out schema.FieldList
	for _, f := range s {
		n, err := typed(f.Name, f.Type, o)
		if err != nil {
			return nil, fmt.Errorf("column '%s': %w", f.Name, err)
		}
		out = append(out, n)
	}
	return out, nil
}

// typed returns the node of a field.
func typed(name string, t types.Type, o *settings) (schema.Node, error) {
	rep := parquet.Repetitions.Optional
	if t.NotNull {
		rep = parquet.Repetitions.Required
	}
	leaf := func(l schema.LogicalType, p parquet.Type, size int) (schema.Node, error) {
		return schema.NewPrimitiveNodeLogical(name, rep, l, p, size, -1)
	}
	none := schema.NoLogicalType{}
	switch t.Kind {
	case types.Boolean:
		return leaf(none, parquet.Types.Boolean, -1)
	case types.TinyInt:
		return leaf(schema.NewIntLogicalType(8, true), parquet.Types.Int32, -1)
	case types.SmallInt:
		return leaf(schema.NewIntLogicalType(16, true), parquet.Types.Int32, -1)
	case types.Int:
		return leaf(none, parquet.Types.Int32, -1)
	case types.BigInt:
		return leaf(none, parquet.Types.Int64, -1)
	case types.Float:
		return leaf(none, parquet.Types.Float, -1)
	case types.Double:
		return leaf(none, parquet.Types.Double, -1)
	case types.Char, types.VarChar:
		return leaf(schema.StringLogicalType{}, parquet.Types.ByteArray, -1)
	case types.Binary, types.VarBinary:
		return leaf(none, parquet.Types.ByteArray, -1)
	case types.Decimal:
		return leaf(schema.NewDecimalLogicalType(int32(t.Precision), int32(t.Scale)), parquet.Types.FixedLenByteArray, decimalBytes(t.Precision))
	case types.Date:
		return leaf(schema.DateLogicalType{}, parquet.Types.Int32, -1)
	case types.Time:
		return leaf(schema.NewTimeLogicalType(true, schema.TimeUnitMillis), parquet.Types.Int32, -1)
	case types.Timestamp, types.TimestampLTZ:
		if !o.int64 {
			return leaf(none, parquet.Types.Int96, -1)
		}
		unit := map[int64]schema.TimeUnitType{1e3: schema.TimeUnitMillis, 1e6: schema.TimeUnitMicros, 1e9: schema.TimeUnitNanos}[o.unit]
		return leaf(schema.NewTimestampLogicalType(o.zone == nil, unit), parquet.Types.Int64, -1)
	case types.Row:
		fields, err := children(t.Fields, o)
		if err != nil {
			return nil, err
		}
		return schema.NewGroupNode(name, rep, fields, -1)
	case types.Array:
		e, err := typed("element", *t.Elem, o)
		if err != nil {
			return nil, err
		}
		return schema.ListOfWithName(name, e, rep, -1)
	case types.Map, types.Multiset:
		c := t.Children()
		k, err := typed("key", c[0].AsNotNull(), o)
		if err != nil {
			return nil, err
		}
		v, err := typed("value", c[1], o)
		if err != nil {
			return nil, err
		}
		return schema.MapOf(name, k, v, rep, -1)
	default:
		return nil, fmt.Errorf("type %s is not supported", t)
	}
}

// decimalBytes is the least number of bytes that hold numbers of p digits.
func decimalBytes(p int) int {
	// A byte holds 2.408 digits, the sign takes a bit: the table is exact up to 38 digits.
	sizes := [...]int{1, 1, 1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 6, 6, 7, 7, 8, 8, 9, 9, 9, 10, 10, 11, 11, 11, 12, 12, 13, 13, 13, 14, 14, 15, 15, 16, 16, 16}
	return sizes[p]
}

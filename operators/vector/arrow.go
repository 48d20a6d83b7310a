package vector

import (
	"fmt"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"millrace/sql/types"
)

// ArrowType is the Arrow type that has the layout of t. DECIMAL(p <= 18) is int64 and TIMESTAMP(p > 6) decimal128, so that no value is
// copied; the SQL type stands in the metadata of the field (see ArrowField).
func ArrowType(t types.Type) arrow.DataType {
	switch t.Kind {
	case types.Boolean:
		return arrow.FixedWidthTypes.Boolean
	case types.TinyInt:
		return arrow.PrimitiveTypes.Int8
	case types.SmallInt:
		return arrow.PrimitiveTypes.Int16
	case types.Int, types.IntervalYearMonth:
		return arrow.PrimitiveTypes.Int32
	case types.BigInt, types.IntervalDayTime:
		return arrow.PrimitiveTypes.Int64
	case types.Float:
		return arrow.PrimitiveTypes.Float32
	case types.Double:
		return arrow.PrimitiveTypes.Float64
	case types.Decimal:
		if t.Precision <= 18 {
			return arrow.PrimitiveTypes.Int64
		}
		return &arrow.Decimal128Type{Precision: int32(t.Precision), Scale: int32(t.Scale)}
	case types.Char, types.VarChar:
		return arrow.BinaryTypes.String
	case types.Binary, types.VarBinary, types.Variant, types.Bitmap:
		return arrow.BinaryTypes.Binary
	case types.Date:
		return arrow.FixedWidthTypes.Date32
	case types.Time:
		return arrow.FixedWidthTypes.Time32ms
	case types.Timestamp, types.TimestampLTZ:
		zone := ""
		if t.Kind == types.TimestampLTZ {
			zone = "UTC"
		}
		switch {
		case t.Precision <= 3:
			return &arrow.TimestampType{Unit: arrow.Millisecond, TimeZone: zone}
		case t.Precision <= 6:
			return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: zone}
		default:
			return &arrow.Decimal128Type{Precision: 38}
		}
	case types.Array:
		return arrow.ListOfField(ArrowField("element", *t.Elem))
	case types.Map, types.Multiset:
		c := t.Children()
		return arrow.ListOf(arrow.StructOf(ArrowField("key", c[0]), ArrowField("value", c[1])))
	case types.Row:
		fields := make([]arrow.Field, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = ArrowField(f.Name, f.Type)
		}
		return arrow.StructOf(fields...)
	default:
		return arrow.Null
	}
}

// ArrowField is a field of that type; its metadata "sql" holds the SQL type.
func ArrowField(name string, t types.Type) arrow.Field {
	return arrow.Field{Name: name, Type: ArrowType(t), Nullable: !t.NotNull, Metadata: arrow.NewMetadata([]string{"sql"}, []string{t.String()})}
}

// ArrowSchema maps a schema.
func ArrowSchema(s types.Schema) *arrow.Schema {
	fields := make([]arrow.Field, len(s))
	for i, f := range s {
		fields[i] = ArrowField(f.Name, f.Type)
	}
	return arrow.NewSchema(fields, nil)
}

// ToRecord returns an Arrow record over the memory of a batch without selection. The batch must outlive the record; row kinds are not in it.
func ToRecord(b *Batch, schema *arrow.Schema) arrow.Record {
	if b.Sel != nil {
		panic("vector: record of a batch with a selection")
	}
	cols := make([]arrow.Array, len(b.Columns))
	for i, c := range b.Columns {
		d := toData(c)
		cols[i] = array.MakeFromData(d)
		d.Release()
	}
	r := array.NewRecord(schema, cols, int64(b.Len))
	for _, c := range cols {
		c.Release()
	}
	return r
}

func toData(v *Vector) arrow.ArrayData {
	dt := ArrowType(v.Type)
	nulls := v.NullCount()
	var valid *memory.Buffer
	if v.Valid != nil {
		valid = memory.NewBufferBytes(v.Valid[:BitmapLen(v.Len)])
	}
	switch v.Type.Storage() {
	case types.StoreNone:
		return array.NewData(dt, v.Len, []*memory.Buffer{nil}, nil, v.Len, 0)
	case types.StoreBytes:
		return array.NewData(dt, v.Len, []*memory.Buffer{valid, offsetBuffer(v), memory.NewBufferBytes(v.Data)}, nil, nulls, 0)
	case types.StoreList:
		return array.NewData(dt, v.Len, []*memory.Buffer{valid, offsetBuffer(v)}, []arrow.ArrayData{toData(v.Children[0])}, nulls, 0)
	case types.StoreMap:
		kv := []arrow.ArrayData{toData(v.Children[0]), toData(v.Children[1])}
		entries := array.NewData(dt.(*arrow.ListType).Elem(), v.Children[0].Len, []*memory.Buffer{nil}, kv, 0, 0)
		return array.NewData(dt, v.Len, []*memory.Buffer{valid, offsetBuffer(v)}, []arrow.ArrayData{entries}, nulls, 0)
	case types.StoreStruct:
		children := make([]arrow.ArrayData, len(v.Children))
		for i, c := range v.Children {
			children[i] = toData(c)
		}
		return array.NewData(dt, v.Len, []*memory.Buffer{valid}, children, nulls, 0)
	default:
		return array.NewData(dt, v.Len, []*memory.Buffer{valid, memory.NewBufferBytes(v.Data)}, nil, nulls, 0)
	}
}

func offsetBuffer(v *Vector) *memory.Buffer {
	return memory.NewBufferBytes(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v.Offsets))), 4*(v.Len+1)))
}

// FromRecord returns a batch over the memory of a record, whose columns must have the layout of the schema. The record must outlive the
// batch. Kinds are nil.
func FromRecord(r arrow.Record, schema types.Schema) (*Batch, error) {
	if int(r.NumCols()) != len(schema) {
		return nil, fmt.Errorf("record of %d columns for a schema of %d", r.NumCols(), len(schema))
	}
	cols := make([]*Vector, len(schema))
	for i, f := range schema {
		c, err := fromData(r.Column(i).Data(), f.Type)
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", f.Name, err)
		}
		cols[i] = c
	}
	return NewBatch(int(r.NumRows()), cols...), nil
}

// sameLayout tells whether values of both types are the same bytes with the same meaning. Children are checked by themselves.
func sameLayout(want, got arrow.DataType) bool {
	if want.ID() != got.ID() {
		return false
	}
	switch w := want.(type) {
	case *arrow.TimestampType:
		return w.Unit == got.(*arrow.TimestampType).Unit
	case *arrow.Decimal128Type:
		return w.Scale == got.(*arrow.Decimal128Type).Scale
	case *arrow.StructType:
		return len(w.Fields()) == len(got.(*arrow.StructType).Fields())
	}
	return true
}

func fromData(d arrow.ArrayData, t types.Type) (*Vector, error) {
	if want := ArrowType(t); !sameLayout(want, d.DataType()) {
		return nil, fmt.Errorf("arrow type %s where %s has %s", d.DataType(), t, want)
	}
	if d.Offset() != 0 {
		return nil, fmt.Errorf("arrow array of %s with an offset", t)
	}
	v := Foreign(t, d.Len(), nil, nil, nil)
	bytes := func(i int) []byte {
		if bs := d.Buffers(); i < len(bs) && bs[i] != nil {
			return bs[i].Bytes()
		}
		return nil
	}
	if d.NullN() != 0 || t.Storage() == types.StoreNone {
		v.Valid = bytes(0)
	}
	if t.Storage() == types.StoreNone {
		v.Valid = make([]byte, BitmapLen(v.Len))
	}
	children := d.Children()
	switch t.Storage() {
	case types.StoreNone:
	case types.StoreBytes, types.StoreList, types.StoreMap:
		v.Offsets = offsetsOf(bytes(1))
		if len(v.Offsets) == 0 {
			v.Offsets = make([]int32, v.Len+1)
		}
		if t.Storage() == types.StoreBytes {
			v.Data = bytes(2)
		}
		if t.Storage() == types.StoreMap && len(children) == 1 {
			if children[0].Offset() != 0 {
				return nil, fmt.Errorf("arrow array of the entries of %s with an offset", t)
			}
			children = children[0].Children()
		}
	case types.StoreStruct:
	default:
		v.Data = bytes(1)
	}
	if len(children) != len(t.Children()) {
		return nil, fmt.Errorf("arrow array of %s with %d children", t, len(children))
	}
	for i, c := range t.Children() {
		child, err := fromData(children[i], c)
		if err != nil {
			return nil, err
		}
		v.Children = append(v.Children, child)
	}
	return v, v.Check()
}

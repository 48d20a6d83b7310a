package types

// Storage is how the values of a type lie in a column.
type Storage uint8

// The storage classes; see the package documentation.
const (
	StoreNone   Storage = iota // NULL type: no values at all
	StoreBool                  // bits
	StoreI8                    // int8
	StoreI16                   // int16
	StoreI32                   // int32
	StoreI64                   // int64
	StoreF32                   // float32
	StoreF64                   // float64
	StoreI128                  // 16 bytes, little endian, two's complement
	StoreBytes                 // int32 offsets and bytes
	StoreList                  // int32 offsets and one child
	StoreMap                   // int32 offsets and two children, key and value
	StoreStruct                // one child for each field
)

// Width is the size of one value in bytes, or 0 for bits, variable and nested storage.
func (s Storage) Width() int {
	switch s {
	case StoreI8:
		return 1
	case StoreI16:
		return 2
	case StoreI32, StoreF32:
		return 4
	case StoreI64, StoreF64:
		return 8
	case StoreI128:
		return 16
	default:
		return 0
	}
}

// Storage returns how values of t lie in a column.
func (t Type) Storage() Storage {
	switch t.Kind {
	case Boolean:
		return StoreBool
	case TinyInt:
		return StoreI8
	case SmallInt:
		return StoreI16
	case Int, Date, Time, IntervalYearMonth:
		return StoreI32
	case BigInt, IntervalDayTime:
		return StoreI64
	case Float:
		return StoreF32
	case Double:
		return StoreF64
	case Decimal:
		if t.Precision <= 18 {
			return StoreI64
		}
		return StoreI128
	case Timestamp, TimestampLTZ:
		if t.Precision <= 6 {
			return StoreI64
		}
		return StoreI128
	case Char, VarChar, Binary, VarBinary, Variant, Bitmap:
		return StoreBytes
	case Array:
		return StoreList
	case Map, Multiset:
		return StoreMap
	case Row:
		return StoreStruct
	default:
		return StoreNone
	}
}

// TimeUnit returns how many values of a timestamp column make one second: 1e3, 1e6 or 1e9.
func (t Type) TimeUnit() int64 {
	switch {
	case t.Precision <= 3:
		return 1e3
	case t.Precision <= 6:
		return 1e6
	default:
		return 1e9
	}
}

// Children returns the types of the child columns: the element of an ARRAY, key and value of a MAP, element and count of a MULTISET,
// the fields of a ROW.
func (t Type) Children() []Type {
	switch t.Kind {
	case Array:
		return []Type{*t.Elem}
	case Map:
		return []Type{*t.Key, *t.Elem}
	case Multiset:
		return []Type{*t.Elem, IntType().AsNotNull()}
	case Row:
		return Schema(t.Fields).Types()
	default:
		return nil
	}
}

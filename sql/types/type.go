package types

import (
	"strconv"
	"strings"
)

// MaxLength is the length of STRING and BYTES: no bound.
const MaxLength = 1<<31 - 1

// Kind is the root of a type.
type Kind uint8

// The kinds, in the order of Flink's type roots.
const (
	Invalid Kind = iota
	Char
	VarChar
	Boolean
	Binary
	VarBinary
	Decimal
	TinyInt
	SmallInt
	Int
	BigInt
	Float
	Double
	Date
	Time
	Timestamp
	TimestampLTZ
	IntervalYearMonth
	IntervalDayTime
	Array
	Multiset
	Map
	Row
	Null       // the type of an untyped NULL
	Symbol     // a keyword argument (a time unit, a null behaviour); never a column
	Descriptor // DESCRIPTOR(column); never a column
	Variant    // a JSON value of any kind
	Bitmap     // a set of 32-bit integers
)

// TimeAttribute tells whether a column is a time attribute of a stream.
type TimeAttribute uint8

// The kinds of time attribute.
const (
	NoTime   TimeAttribute = iota
	RowTime                // event time: the column that the watermark follows
	ProcTime               // processing time
)

// Type is a data type. The zero value is invalid. Types are immutable: share them freely.
type Type struct {
	Kind      Kind          `json:"kind"`
	NotNull   bool          `json:"notNull,omitempty"`
	Length    int           `json:"length,omitempty"`    // CHAR, VARCHAR: code points; BINARY, VARBINARY: bytes
	Precision int           `json:"precision,omitempty"` // DECIMAL, TIME, TIMESTAMP, TIMESTAMP_LTZ; leading field of intervals
	Scale     int           `json:"scale,omitempty"`     // DECIMAL; fractional seconds of INTERVAL DAY TO SECOND
	Unit      string        `json:"unit,omitempty"`      // intervals as declared: "YEAR", "DAY TO SECOND", ...; see JSONTextType
	Key       *Type         `json:"key,omitempty"`       // MAP
	Elem      *Type         `json:"elem,omitempty"`      // ARRAY, MULTISET: element; MAP: value
	Fields    []Field       `json:"fields,omitempty"`    // ROW
	Class     string        `json:"class,omitempty"`     // ROW: the name of a structured type, which is no ROW to its users
	Attribute TimeAttribute `json:"attribute,omitempty"` // not part of equality
}

// Field is a named type: a field of a ROW or a column of a schema.
type Field struct {
	Name    string `json:"name"`
	Type    Type   `json:"type"`
	Comment string `json:"comment,omitempty"`
}

// The types without parameters, nullable.
func simple(k Kind) Type { return Type{Kind: k} }

// BooleanType is BOOLEAN.
func BooleanType() Type { return simple(Boolean) }

// TinyIntType is TINYINT.
func TinyIntType() Type { return simple(TinyInt) }

// SmallIntType is SMALLINT.
func SmallIntType() Type { return simple(SmallInt) }

// IntType is INT.
func IntType() Type { return simple(Int) }

// BigIntType is BIGINT.
func BigIntType() Type { return simple(BigInt) }

// FloatType is FLOAT.
func FloatType() Type { return simple(Float) }

// DoubleType is DOUBLE.
func DoubleType() Type { return simple(Double) }

// DateType is DATE.
func DateType() Type { return simple(Date) }

// NullType is the type of an untyped NULL.
func NullType() Type { return simple(Null) }

// StringType is STRING, that is VARCHAR without a bound.
func StringType() Type { return VarCharType(MaxLength) }

// VariantType is VARIANT.
func VariantType() Type { return simple(Variant) }

// BitmapType is BITMAP.
func BitmapType() Type { return simple(Bitmap) }

// BytesType is BYTES, that is VARBINARY without a bound.
func BytesType() Type { return Type{Kind: VarBinary, Length: MaxLength} }

// JSONTextType is STRING whose values are JSON already: what JSON_OBJECTAGG and JSON_ARRAYAGG insert as it is. Columns of users never have it.
func JSONTextType() Type { return Type{Kind: VarChar, Length: MaxLength, Unit: jsonText} }

// jsonText is the Unit of JSONTextType.
const jsonText = "JSON"

// IsJSONText tells whether t is JSONTextType.
func (t Type) IsJSONText() bool { return t.Kind == VarChar && t.Unit == jsonText }

// CharType is CHAR(n).
func CharType(n int) Type { return Type{Kind: Char, Length: n} }

// VarCharType is VARCHAR(n).
func VarCharType(n int) Type { return Type{Kind: VarChar, Length: n} }

// BinaryType is BINARY(n).
func BinaryType(n int) Type { return Type{Kind: Binary, Length: n} }

// VarBinaryType is VARBINARY(n).
func VarBinaryType(n int) Type { return Type{Kind: VarBinary, Length: n} }

// DecimalType is DECIMAL(p, s).
func DecimalType(p, s int) Type { return Type{Kind: Decimal, Precision: p, Scale: s} }

// TimeType is TIME(p).
func TimeType(p int) Type { return Type{Kind: Time, Precision: p} }

// TimestampType is TIMESTAMP(p).
func TimestampType(p int) Type { return Type{Kind: Timestamp, Precision: p} }

// TimestampLTZType is TIMESTAMP_LTZ(p).
func TimestampLTZType(p int) Type { return Type{Kind: TimestampLTZ, Precision: p} }

// IntervalYearMonthType is an interval of months; unit is its declaration, such as "YEAR TO MONTH".
func IntervalYearMonthType(unit string, precision int) Type {
	return Type{Kind: IntervalYearMonth, Unit: unit, Precision: precision}
}

// IntervalDayTimeType is an interval of milliseconds; unit is its declaration, such as "DAY TO SECOND".
func IntervalDayTimeType(unit string, precision, fraction int) Type {
	return Type{Kind: IntervalDayTime, Unit: unit, Precision: precision, Scale: fraction}
}

// ArrayType is ARRAY<elem>.
func ArrayType(elem Type) Type { return Type{Kind: Array, Elem: &elem} }

// MultisetType is MULTISET<elem>.
func MultisetType(elem Type) Type { return Type{Kind: Multiset, Elem: &elem} }

// MapType is MAP<key, value>.
func MapType(key, value Type) Type { return Type{Kind: Map, Key: &key, Elem: &value} }

// RowType is ROW<fields>.
func RowType(fields ...Field) Type { return Type{Kind: Row, Fields: fields} }

// AsNotNull returns t NOT NULL.
func (t Type) AsNotNull() Type { t.NotNull = true; return t }

// AsNullable returns t without NOT NULL.
func (t Type) AsNullable() Type { t.NotNull = false; return t }

// WithNullable returns t, nullable or not.
func (t Type) WithNullable(nullable bool) Type { t.NotNull = !nullable; return t }

// WithAttribute returns t as a time attribute of that kind, or as an ordinary type (NoTime).
func (t Type) WithAttribute(a TimeAttribute) Type { t.Attribute = a; return t }

// Equal tells whether both are the same type, nullability included (also of elements and fields). Attributes and comments do not count.
func (t Type) Equal(o Type) bool { return t.NotNull == o.NotNull && t.Same(o) }

// Same is Equal but for the nullability at the top.
func (t Type) Same(o Type) bool {
	if t.Kind != o.Kind || t.Length != o.Length || t.Precision != o.Precision || t.Scale != o.Scale || t.Unit != o.Unit || t.Class != o.Class ||
		len(t.Fields) != len(o.Fields) || (t.Key == nil) != (o.Key == nil) || (t.Elem == nil) != (o.Elem == nil) {
		return false
	}
	if t.Key != nil && !t.Key.Equal(*o.Key) || t.Elem != nil && !t.Elem.Equal(*o.Elem) {
		return false
	}
	for i, f := range t.Fields {
		if f.Name != o.Fields[i].Name || !f.Type.Equal(o.Fields[i].Type) {
			return false
		}
	}
	return true
}

// IsInteger tells whether t is TINYINT, SMALLINT, INT or BIGINT.
func (t Type) IsInteger() bool {
	return t.Kind == TinyInt || t.Kind == SmallInt || t.Kind == Int || t.Kind == BigInt
}

// IsNumeric tells whether t is an integer, DECIMAL, FLOAT or DOUBLE.
func (t Type) IsNumeric() bool {
	return t.IsInteger() || t.Kind == Decimal || t.Kind == Float || t.Kind == Double
}

// IsText tells whether t is CHAR or VARCHAR.
func (t Type) IsText() bool { return t.Kind == Char || t.Kind == VarChar }

// IsBinary tells whether t is BINARY or VARBINARY.
func (t Type) IsBinary() bool { return t.Kind == Binary || t.Kind == VarBinary }

// IsTimestamp tells whether t is TIMESTAMP or TIMESTAMP_LTZ.
func (t Type) IsTimestamp() bool { return t.Kind == Timestamp || t.Kind == TimestampLTZ }

// IsTemporal tells whether t is DATE, TIME, TIMESTAMP or TIMESTAMP_LTZ.
func (t Type) IsTemporal() bool { return t.Kind == Date || t.Kind == Time || t.IsTimestamp() }

// IsInterval tells whether t is an interval.
func (t Type) IsInterval() bool { return t.Kind == IntervalYearMonth || t.Kind == IntervalDayTime }

// IsNested tells whether t has parts: ARRAY, MULTISET, MAP, ROW.
func (t Type) IsNested() bool {
	return t.Kind == Array || t.Kind == Multiset || t.Kind == Map || t.Kind == Row
}

// IsTimeAttribute tells whether t is a time attribute.
func (t Type) IsTimeAttribute() bool { return t.Attribute != NoTime }

// String is the type as Flink summarises it: "INT NOT NULL", "STRING", "ROW<`a` INT>".
func (t Type) String() string {
	var b strings.Builder
	t.write(&b)
	return b.String()
}

// SummaryString is String with the time attribute: "TIMESTAMP(3) *ROWTIME*".
func (t Type) SummaryString() string {
	switch t.Attribute {
	case RowTime:
		return t.String() + " *ROWTIME*"
	case ProcTime:
		return t.String() + " *PROCTIME*"
	default:
		return t.String()
	}
}

func (t Type) write(b *strings.Builder) {
	n := strconv.Itoa
	switch t.Kind {
	case Char, Binary:
		b.WriteString(t.Kind.String() + "(" + n(t.Length) + ")")
	case VarChar, VarBinary:
		switch {
		case t.Length == MaxLength && t.Kind == VarChar:
			b.WriteString("STRING")
		case t.Length == MaxLength:
			b.WriteString("BYTES")
		default:
			b.WriteString(t.Kind.String() + "(" + n(t.Length) + ")")
		}
	case Decimal:
		b.WriteString("DECIMAL(" + n(t.Precision) + ", " + n(t.Scale) + ")")
	case Time, Timestamp, TimestampLTZ:
		b.WriteString(t.Kind.String() + "(" + n(t.Precision) + ")")
	case IntervalYearMonth, IntervalDayTime:
		t.writeInterval(b)
	case Array, Multiset:
		b.WriteString(t.Kind.String() + "<")
		t.Elem.write(b)
		b.WriteByte('>')
	case Map:
		b.WriteString("MAP<")
		t.Key.write(b)
		b.WriteString(", ")
		t.Elem.write(b)
		b.WriteByte('>')
	case Row:
		if t.Class == "" {
			b.WriteString("ROW<")
		} else {
			b.WriteString("STRUCTURED<'" + strings.ReplaceAll(t.Class, "'", "''") + "', ")
		}
		for i, f := range t.Fields {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString("`" + strings.ReplaceAll(f.Name, "`", "``") + "` ")
			f.Type.write(b)
			if f.Comment != "" {
				b.WriteString(" '" + strings.ReplaceAll(f.Comment, "'", "''") + "'")
			}
		}
		b.WriteByte('>')
	default:
		b.WriteString(t.Kind.String())
	}
	if t.NotNull && t.Kind != Null {
		b.WriteString(" NOT NULL")
	}
}

// writeInterval prints "INTERVAL DAY(2) TO SECOND(6)" and its like.
func (t Type) writeInterval(b *strings.Builder) {
	from, to, ranged := strings.Cut(t.Unit, " TO ")
	b.WriteString("INTERVAL " + from)
	switch {
	case from == "SECOND":
		b.WriteString("(" + strconv.Itoa(t.Scale) + ")")
	case t.Kind == IntervalYearMonth && from == "MONTH":
	case from == "DAY" || from == "YEAR":
		b.WriteString("(" + strconv.Itoa(t.Precision) + ")")
	}
	if ranged {
		b.WriteString(" TO " + to)
		if to == "SECOND" {
			b.WriteString("(" + strconv.Itoa(t.Scale) + ")")
		}
	}
}

// String is the name of the type root as SQL writes it.
func (k Kind) String() string {
	switch k {
	case Char:
		return "CHAR"
	case VarChar:
		return "VARCHAR"
	case Boolean:
		return "BOOLEAN"
	case Binary:
		return "BINARY"
	case VarBinary:
		return "VARBINARY"
	case Decimal:
		return "DECIMAL"
	case TinyInt:
		return "TINYINT"
	case SmallInt:
		return "SMALLINT"
	case Int:
		return "INT"
	case BigInt:
		return "BIGINT"
	case Float:
		return "FLOAT"
	case Double:
		return "DOUBLE"
	case Date:
		return "DATE"
	case Time:
		return "TIME"
	case Timestamp:
		return "TIMESTAMP"
	case TimestampLTZ:
		return "TIMESTAMP_LTZ"
	case IntervalYearMonth:
		return "INTERVAL YEAR TO MONTH"
	case IntervalDayTime:
		return "INTERVAL DAY TO SECOND"
	case Array:
		return "ARRAY"
	case Multiset:
		return "MULTISET"
	case Map:
		return "MAP"
	case Row:
		return "ROW"
	case Null:
		return "NULL"
	case Symbol:
		return "SYMBOL"
	case Descriptor:
		return "DESCRIPTOR"
	case Variant:
		return "VARIANT"
	case Bitmap:
		return "BITMAP"
	default:
		return "INVALID"
	}
}

package ast

// TypeKind is the family of a written type.
type TypeKind uint8

// The types. Synonyms are folded: STRING is StringType (VARCHAR without length
// limit), INTEGER is IntType, DEC and NUMERIC are DecimalType, REAL is
// FloatType, CHARACTER VARYING is VarcharType, and so on.
const (
	UserType TypeKind = iota // a name that is not a built-in type; see TypeName.Name
	CharType
	VarcharType
	StringType
	BooleanType
	BinaryType
	VarbinaryType
	BytesType
	DecimalType
	TinyintType
	SmallintType
	IntType
	BigintType
	FloatType
	DoubleType
	DateType
	TimeType
	TimestampType
	TimestampTZType  // TIMESTAMP WITH TIME ZONE
	TimestampLTZType // TIMESTAMP_LTZ, TIMESTAMP WITH LOCAL TIME ZONE
	IntervalType     // see TypeName.Interval
	ArrayType        // see TypeName.Elem
	MultisetType     // see TypeName.Elem
	MapType          // see TypeName.Key, Elem
	RowType          // see TypeName.Fields
	StructuredType   // STRUCTURED<'class', f t, …>; see ClassName, Fields
	RawType          // RAW('class', 'snapshot'); see ClassName, Snapshot
	NullType
	VariantType
	BitmapType
	DescriptorType
)

// String returns the canonical keyword.
func (k TypeKind) String() string {
	return [...]string{
		"", "CHAR", "VARCHAR", "STRING", "BOOLEAN", "BINARY", "VARBINARY", "BYTES", "DECIMAL", "TINYINT", "SMALLINT",
		"INT", "BIGINT", "FLOAT", "DOUBLE", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_LTZ",
		"INTERVAL", "ARRAY", "MULTISET", "MAP", "ROW", "STRUCTURED", "RAW", "NULL", "VARIANT", "BITMAP", "DESCRIPTOR",
	}[k]
}

// Nullability is what is written about NULL after a type.
type Nullability uint8

// The nullabilities; without a word a type is nullable.
const (
	NullUnspecified Nullability = iota
	Nullable                    // NULL
	NotNull                     // NOT NULL
)

// TypeName is a data type as written.
type TypeName struct {
	At
	Kind TypeKind
	// Precision is the length of strings, the precision of numbers and times;
	// Scale that of DECIMAL. -1 if not written.
	Precision, Scale int
	// Interval is set for IntervalType.
	Interval *IntervalQualifier
	// Elem is the element of ARRAY and MULTISET and the value of MAP; Key the
	// key of MAP.
	Elem, Key *TypeName
	// Fields are those of ROW and STRUCTURED.
	Fields []TypeField
	// ClassName and Snapshot belong to RAW and STRUCTURED.
	ClassName, Snapshot string
	// Name is set for UserType.
	Name Path
	Null Nullability
}

// TypeField is one field of a ROW or STRUCTURED type.
type TypeField struct {
	Name Ident
	Type *TypeName
	// Comment is the string after the type; optional.
	Comment *string
}

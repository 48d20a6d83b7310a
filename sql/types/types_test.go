package types

import (
	"encoding/json"
	"testing"
)

// everyType has each kind once, with the text that Flink prints.
func everyType() map[string]Type {
	return map[string]Type{
		"CHAR(3)":                        CharType(3),
		"VARCHAR(7) NOT NULL":            VarCharType(7).AsNotNull(),
		"STRING":                         StringType(),
		"BOOLEAN":                        BooleanType(),
		"BINARY(4)":                      BinaryType(4),
		"VARBINARY(5)":                   VarBinaryType(5),
		"BYTES":                          BytesType(),
		"DECIMAL(38, 10)":                DecimalType(38, 10),
		"TINYINT":                        TinyIntType(),
		"SMALLINT":                       SmallIntType(),
		"INT NOT NULL":                   IntType().AsNotNull(),
		"BIGINT":                         BigIntType(),
		"FLOAT":                          FloatType(),
		"DOUBLE":                         DoubleType(),
		"DATE":                           DateType(),
		"TIME(3)":                        TimeType(3),
		"TIMESTAMP(6)":                   TimestampType(6),
		"TIMESTAMP_LTZ(9)":               TimestampLTZType(9),
		"INTERVAL MONTH":                 IntervalYearMonthType("MONTH", 2),
		"INTERVAL YEAR(2) TO MONTH":      IntervalYearMonthType("YEAR TO MONTH", 2),
		"INTERVAL SECOND(3)":             IntervalDayTimeType("SECOND", 2, 3),
		"INTERVAL DAY(2) TO SECOND(6)":   IntervalDayTimeType("DAY TO SECOND", 2, 6),
		"ARRAY<INT NOT NULL>":            ArrayType(IntType().AsNotNull()),
		"MULTISET<STRING>":               MultisetType(StringType()),
		"MAP<STRING, ARRAY<BIGINT>>":     MapType(StringType(), ArrayType(BigIntType())),
		"ROW<`a b` INT, `c``d` BOOLEAN>": RowType(Field{Name: "a b", Type: IntType()}, Field{Name: "c`d", Type: BooleanType()}),
		"ROW<>":                          RowType(),
		"NULL":                           NullType(),
	}
}

func TestTextAndJSON(t *testing.T) {
	for want, typ := range everyType() {
		if got := typ.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		b, err := json.Marshal(typ)
		if err != nil {
			t.Fatal(err)
		}
		var back Type
		if err := json.Unmarshal(b, &back); err != nil || !back.Equal(typ) {
			t.Errorf("%s: %s comes back as %s, %v", want, b, back, err)
		}
	}
}

func TestEqual(t *testing.T) {
	all := everyType()
	for x, a := range all {
		for y, b := range all {
			if a.Equal(b) != (x == y) {
				t.Errorf("%s equal to %s: %v", x, y, a.Equal(b))
			}
		}
		if a.Kind != Null && (a.Equal(a.WithNullable(a.NotNull)) || !a.Same(a.WithNullable(a.NotNull))) {
			t.Errorf("%s: nullability is part of Equal, not of Same", x)
		}
		if !a.Equal(a.WithAttribute(RowTime)) {
			t.Errorf("%s: attributes are no part of equality", x)
		}
	}
	if s := TimestampType(3).WithAttribute(RowTime).SummaryString(); s != "TIMESTAMP(3) *ROWTIME*" {
		t.Error(s)
	}
}

// The storage of a type decides the form of state files: it must not change.
func TestStorage(t *testing.T) {
	want := map[string]Storage{
		"CHAR(3)": StoreBytes, "VARCHAR(7) NOT NULL": StoreBytes, "STRING": StoreBytes, "BOOLEAN": StoreBool, "BINARY(4)": StoreBytes,
		"VARBINARY(5)": StoreBytes, "BYTES": StoreBytes, "DECIMAL(38, 10)": StoreI128, "TINYINT": StoreI8, "SMALLINT": StoreI16,
		"INT NOT NULL": StoreI32, "BIGINT": StoreI64, "FLOAT": StoreF32, "DOUBLE": StoreF64, "DATE": StoreI32, "TIME(3)": StoreI32,
		"TIMESTAMP(6)": StoreI64, "TIMESTAMP_LTZ(9)": StoreI128, "INTERVAL MONTH": StoreI32, "INTERVAL YEAR(2) TO MONTH": StoreI32,
		"INTERVAL SECOND(3)": StoreI64, "INTERVAL DAY(2) TO SECOND(6)": StoreI64, "ARRAY<INT NOT NULL>": StoreList, "MULTISET<STRING>": StoreMap,
		"MAP<STRING, ARRAY<BIGINT>>": StoreMap, "ROW<`a b` INT, `c``d` BOOLEAN>": StoreStruct, "ROW<>": StoreStruct, "NULL": StoreNone,
	}
	for name, typ := range everyType() {
		s := typ.Storage()
		if s != want[name] {
			t.Errorf("%s is stored as %d, want %d", name, s, want[name])
		}
		if nested := s == StoreList || s == StoreMap || s == StoreStruct; nested != typ.IsNested() {
			t.Errorf("%s: nested %v", name, typ.IsNested())
		}
	}
	if s := DecimalType(18, 2).Storage(); s != StoreI64 {
		t.Errorf("DECIMAL(18, 2) is stored as %d", s)
	}
	for p, unit := range map[int]int64{0: 1e3, 3: 1e3, 4: 1e6, 6: 1e6, 7: 1e9, 9: 1e9} {
		if got := TimestampType(p).TimeUnit(); got != unit {
			t.Errorf("TIMESTAMP(%d): %d values a second, want %d", p, got, unit)
		}
	}
}

func TestSchema(t *testing.T) {
	s := Schema{{Name: "a", Type: IntType()}, {Name: "b", Type: StringType().AsNotNull()}, {Name: "a", Type: DateType()}}
	if s.Index("a") != 0 || s.Index("A") != -1 {
		t.Error("names have case, and the first of equal names counts")
	}
	if got := s.Project([]int{2, 1}).String(); got != "(a DATE, b STRING NOT NULL)" {
		t.Error(got)
	}
	if s.Equal(s[:2]) || !s.Equal(append(Schema(nil), s...)) {
		t.Error("equality of schemas")
	}
}

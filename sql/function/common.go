package function

import (
	"fmt"
	"strings"

	"millrace/sql/types"
)

// MaxPrecision is the largest precision of DECIMAL.
const MaxPrecision = 38

// Common is the type that CASE, UNION, VALUES, IN and ARRAY give values of the types ts: the least one that holds all, found from left to
// right (FLOAT and DOUBLE give the first of the two). It is nullable if one of ts is or is the NULL type; all NULL types give the NULL type.
func Common(ts ...types.Type) (types.Type, error) { return fold(commonPair, ts) }

// Merge is Common by the rules of the functions that compare or choose among their arguments (COALESCE, GREATEST, ELT, ARRAY_CONCAT, …): FLOAT
// and DOUBLE give DOUBLE, TIMESTAMP and TIMESTAMP_LTZ give TIMESTAMP_LTZ.
func Merge(ts ...types.Type) (types.Type, error) {
	if t, err := fold(mergePair, ts); err == nil {
		return t, nil
	}
	for _, t := range ts {
		all, nullable := t.Kind != types.Null, false
		for _, o := range ts {
			all = all && (o.Kind == types.Null || Implicit(o, t))
			nullable = nullable || !o.NotNull
		}
		if all {
			return t.WithNullable(nullable), nil
		}
	}
	return types.Type{}, mismatch(ts)
}

func mismatch(ts []types.Type) error {
	text := ""
	var textSb37 strings.Builder
	for i, t := range ts {
		if i > 0 {
			textSb37.WriteString(", ")
		}
		textSb37.WriteString(t.AsNullable().String())
	}
	text += textSb37.String()
	return fmt.Errorf("no common type of %s", text)
}

func fold(pair func(a, b types.Type) (types.Type, bool), ts []types.Type) (types.Type, error) {
	result, nullable := types.NullType(), false
	for _, t := range ts {
		nullable = nullable || !t.NotNull || t.Kind == types.Null
		switch {
		case t.Kind == types.Null:
		case result.Kind == types.Null:
			result = t
		default:
			r, ok := pair(result, t)
			if !ok {
				return types.Type{}, mismatch(ts)
			}
			result = r
		}
	}
	if len(ts) > 1 {
		result.Attribute = types.NoTime
	}
	return result.WithNullable(nullable), nil
}

func commonPair(a, b types.Type) (types.Type, bool) {
	switch {
	case a.Same(b):
		return a, true
	case a.IsNumeric() && b.IsNumeric():
		return commonNumeric(a, b), true
	case a.IsTimestamp() && b.IsTimestamp():
		if b.Precision > a.Precision {
			return b, true
		}
		return a, true
	default:
		return samePair(a, b, commonPair)
	}
}

func mergePair(a, b types.Type) (types.Type, bool) {
	switch {
	case a.Same(b):
		return a, true
	case a.IsNumeric() && b.IsNumeric():
		switch {
		case a.Kind == types.Double || b.Kind == types.Double:
			return types.DoubleType(), true
		case a.Kind == types.Decimal && b.Kind == types.Float:
			return types.FloatType(), true
		default:
			return commonNumeric(a, b), true
		}
	case a.IsTimestamp() && b.IsTimestamp():
		p := max(a.Precision, b.Precision)
		if a.Kind == types.TimestampLTZ || b.Kind == types.TimestampLTZ {
			return types.TimestampLTZType(p), true
		}
		return types.TimestampType(p), true
	default:
		return samePair(a, b, mergePair)
	}
}

// samePair unifies types of one family other than numbers and timestamps.
func samePair(a, b types.Type, pair func(a, b types.Type) (types.Type, bool)) (types.Type, bool) {
	switch {
	case a.IsText() && b.IsText():
		return types.VarCharType(max(a.Length, b.Length)), true
	case a.IsBinary() && b.IsBinary():
		return types.VarBinaryType(max(a.Length, b.Length)), true
	case a.Kind != b.Kind:
		return types.Type{}, false
	}
	part := func(x, y types.Type) (types.Type, bool) {
		t, err := fold(pair, []types.Type{x, y})
		return t, err == nil
	}
	switch a.Kind {
	case types.Time:
		return types.TimeType(max(a.Precision, b.Precision)), true
	case types.IntervalYearMonth, types.IntervalDayTime:
		return a, true
	case types.Array, types.Multiset:
		e, ok := part(*a.Elem, *b.Elem)
		a.Elem = &e
		return a, ok
	case types.Map:
		k, ok := part(*a.Key, *b.Key)
		v, ok2 := part(*a.Elem, *b.Elem)
		a.Key, a.Elem = &k, &v
		return a, ok && ok2
	case types.Row:
		if len(a.Fields) != len(b.Fields) {
			return types.Type{}, false
		}
		fields := make([]types.Field, len(a.Fields))
		for i, f := range a.Fields {
			t, ok := part(f.Type, b.Fields[i].Type)
			if !ok {
				return types.Type{}, false
			}
			fields[i] = types.Field{Name: f.Name, Type: t, Comment: f.Comment}
		}
		a.Fields = fields
		return a, true
	default:
		return types.Type{}, false
	}
}

// commonNumeric is the common type of two numeric types, a to the left of b.
func commonNumeric(a, b types.Type) types.Type {
	switch {
	case isApprox(a) && isApprox(b):
		return a.AsNullable()
	case isApprox(a) || isApprox(b):
		if a.Kind == types.Decimal || b.Kind == types.Decimal {
			return types.DoubleType()
		}
		if isApprox(a) {
			return a.AsNullable()
		}
		return b.AsNullable()
	case a.Kind == types.Decimal || b.Kind == types.Decimal:
		a, b = AsDecimal(a), AsDecimal(b)
		// Digits before the point are kept, those behind it as far as there is room.
		whole := max(a.Precision-a.Scale, b.Precision-b.Scale)
		s := min(max(a.Scale, b.Scale), MaxPrecision-whole)
		return types.DecimalType(whole+s, s)
	default:
		if b.Kind > a.Kind {
			return b.AsNullable()
		}
		return a.AsNullable()
	}
}

func isApprox(t types.Type) bool { return t.Kind == types.Float || t.Kind == types.Double }

// AsDecimal is the DECIMAL that holds the integers of t; a DECIMAL itself. The nullability is kept.
func AsDecimal(t types.Type) types.Type {
	var p int
	switch t.Kind {
	case types.TinyInt:
		p = 3
	case types.SmallInt:
		p = 5
	case types.Int:
		p = 10
	case types.BigInt:
		p = 19
	default:
		return t
	}
	return types.DecimalType(p, 0).WithNullable(!t.NotNull)
}

// Implicit tells whether a value of type from may be used where to is wanted, without a CAST. Nullability at the top is not looked at.
func Implicit(from, to types.Type) bool {
	if from.Kind == types.Null {
		return true
	}
	switch to.Kind {
	case types.Char:
		return from.Kind == types.Char
	case types.VarChar:
		return from.IsText()
	case types.Binary:
		return from.Kind == types.Binary
	case types.VarBinary:
		return from.IsBinary()
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt:
		return from.IsInteger() && from.Kind <= to.Kind
	case types.Decimal, types.Double:
		return from.IsNumeric()
	case types.Float:
		return from.IsNumeric() && from.Kind != types.Double
	case types.Date, types.Time:
		return from.Kind == to.Kind || from.Kind == types.Timestamp
	case types.Timestamp, types.TimestampLTZ:
		return from.IsTimestamp()
	case types.Array, types.Multiset, types.Map, types.Row:
		return partwise(from, to, func(f, t types.Type) bool { return Implicit(f, t) && (f.Kind == types.Null || f.NotNull || !t.NotNull) })
	default:
		return from.Kind == to.Kind
	}
}

// partwise compares two nested types part by part.
func partwise(a, b types.Type, ok func(a, b types.Type) bool) bool {
	if a.Kind != b.Kind || len(a.Fields) != len(b.Fields) {
		return false
	}
	if a.Key != nil && !ok(*a.Key, *b.Key) || a.Elem != nil && !ok(*a.Elem, *b.Elem) {
		return false
	}
	for i := range a.Fields {
		if !ok(a.Fields[i].Type, b.Fields[i].Type) {
			return false
		}
	}
	return true
}

// Castable tells whether CAST(from AS to) is allowed; the error says why not.
func Castable(from, to types.Type) error {
	if castable(from, to) {
		return nil
	}
	err := fmt.Errorf("cannot cast %s to %s", from.AsNullable(), to.AsNullable())
	switch {
	case from.IsNumeric() && to.IsTimestamp():
		return fmt.Errorf("%w; TO_TIMESTAMP_LTZ(number, precision) makes a timestamp of a number", err)
	case from.IsTimestamp() && to.IsNumeric():
		return fmt.Errorf("%w; UNIX_TIMESTAMP(CAST(x AS STRING)) makes seconds of a timestamp", err)
	default:
		return err
	}
}

func castable(from, to types.Type) bool {
	if from.Kind == types.Null {
		return to.Kind != types.Null
	}
	if from.Kind == types.Variant || to.Kind == types.Variant {
		return from.Kind == to.Kind
	}
	if to.IsText() {
		return from.Kind != types.Symbol && from.Kind != types.Descriptor
	}
	switch {
	case from.IsText():
		return to.IsBinary() || to.Kind == types.Boolean || to.IsNumeric() || to.IsTemporal()
	case from.IsBinary():
		return to.IsBinary()
	case from.Kind == types.Bitmap:
		return to.Kind == types.Bitmap || to.Kind == types.VarBinary && to.Length == types.MaxLength
	case from.Kind == types.Boolean:
		return to.Kind == types.Boolean || to.IsNumeric()
	case from.IsNumeric():
		return to.IsNumeric() || to.Kind == types.Boolean || from.IsInteger() && to.IsInterval()
	case from.Kind == types.Date:
		return to.Kind == types.Date || to.IsTimestamp()
	case from.Kind == types.Time:
		return to.Kind == types.Time || to.IsTimestamp()
	case from.IsTimestamp():
		return to.IsTemporal()
	case from.IsInterval():
		return from.Kind == to.Kind
	case from.IsNested():
		return partwise(from, to, castable)
	default:
		return false
	}
}

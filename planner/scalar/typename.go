package scalar

import (
	"millrace/sql/ast"
	"millrace/sql/function"
	"millrace/sql/types"
)

// The two types of interval: every INTERVAL is one of them, whatever its units.
func monthsType() types.Type { return types.IntervalYearMonthType("MONTH", 2) }
func millisType() types.Type { return types.IntervalDayTimeType("SECOND", 2, 3) }

// BindType turns a written type into a type. Bare VARCHAR and VARBINARY have no bound; precisions over what the engine keeps are cut to it
// (TIME 3, TIMESTAMP 9, DECIMAL 38).
func BindType(t *ast.TypeName) (types.Type, error) {
	x, err := bindType(t)
	if err != nil {
		return types.Type{}, err
	}
	return x.WithNullable(t.Null != ast.NotNull), nil
}

func bindType(t *ast.TypeName) (types.Type, error) {
	switch t.Kind {
	case ast.CharType:
		return length(t, types.Char, 1)
	case ast.VarcharType:
		return length(t, types.VarChar, types.MaxLength)
	case ast.StringType:
		return types.StringType(), nil
	case ast.BooleanType:
		return types.BooleanType(), nil
	case ast.BinaryType:
		return length(t, types.Binary, 1)
	case ast.VarbinaryType:
		return length(t, types.VarBinary, types.MaxLength)
	case ast.BytesType:
		return types.BytesType(), nil
	case ast.DecimalType:
		return decimal(t)
	case ast.TinyintType:
		return types.TinyIntType(), nil
	case ast.SmallintType:
		return types.SmallIntType(), nil
	case ast.IntType:
		return types.IntType(), nil
	case ast.BigintType:
		return types.BigIntType(), nil
	case ast.FloatType:
		return types.FloatType(), nil
	case ast.DoubleType:
		return types.DoubleType(), nil
	case ast.DateType:
		return types.DateType(), nil
	case ast.TimeType:
		return types.TimeType(precision(t, 0, 3)), nil
	case ast.TimestampType:
		return types.TimestampType(precision(t, 6, 9)), nil
	case ast.TimestampLTZType:
		return types.TimestampLTZType(precision(t, 6, 9)), nil
	case ast.IntervalType:
		if t.Interval == nil || isMonths(t.Interval.From) {
			return monthsType(), nil
		}
		return millisType(), nil
	default:
		return nestedType(t)
	}
}

func nestedType(t *ast.TypeName) (types.Type, error) {
	switch t.Kind {
	case ast.ArrayType, ast.MultisetType:
		e, err := BindType(t.Elem)
		if err != nil {
			return types.Type{}, err
		}
		if t.Kind == ast.ArrayType {
			return types.ArrayType(e), nil
		}
		return types.MultisetType(e), nil
	case ast.MapType:
		k, err := BindType(t.Key)
		if err != nil {
			return types.Type{}, err
		}
		v, err := BindType(t.Elem)
		return types.MapType(k, v), err
	case ast.RowType, ast.StructuredType:
		fields := make([]types.Field, len(t.Fields))
		seen := map[string]bool{}
		for i, f := range t.Fields {
			ft, err := BindType(f.Type)
			if err != nil {
				return types.Type{}, err
			}
			if seen[f.Name.Name] {
				return types.Type{}, invalid(f.Name.Pos(), "the field %q of the ROW is declared twice", f.Name.Name)
			}
			seen[f.Name.Name] = true
			fields[i] = types.Field{Name: f.Name.Name, Type: ft}
			if f.Comment != nil {
				fields[i].Comment = *f.Comment
			}
		}
		row := types.RowType(fields...)
		row.Class = t.ClassName
		return row, nil
	case ast.VariantType:
		return types.VariantType(), nil
	case ast.BitmapType:
		return types.BitmapType(), nil
	case ast.UserType:
		return types.Type{}, invalid(t.Pos(), "unknown type %s", t.Name)
	default:
		return types.Type{}, unsupported(t.Pos(), "the type %s", t.Kind)
	}
}

func length(t *ast.TypeName, k types.Kind, standard int) (types.Type, error) {
	n := t.Precision
	if n < 0 {
		n = standard
	}
	if n > types.MaxLength {
		return types.Type{}, invalid(t.Pos(), "the length of %s is %d, but it must be at most %d", k, n, types.MaxLength)
	}
	return types.Type{Kind: k, Length: n}, nil
}

func precision(t *ast.TypeName, standard, most int) int {
	if t.Precision < 0 {
		return standard
	}
	return min(t.Precision, most)
}

func decimal(t *ast.TypeName) (types.Type, error) {
	p, s := 10, 0
	if t.Precision >= 0 {
		p = t.Precision
	}
	if t.Scale >= 0 {
		s = t.Scale
	}
	p = min(p, function.MaxPrecision)
	if p < 1 {
		return types.Type{}, invalid(t.Pos(), "the precision of DECIMAL is %d, but it must be 1 to %d", p, function.MaxPrecision)
	}
	if s > p {
		return types.Type{}, invalid(t.Pos(), "the scale of DECIMAL is %d, but it must be 0 to its precision %d", s, p)
	}
	return types.DecimalType(p, s), nil
}

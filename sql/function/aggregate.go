package function

import (
	"errors"

	"millrace/sql/types"
)

// AggregateOf resolves an aggregate or ranking function by name. Errors have no position.
func AggregateOf(name string, args []Arg, m Mode) (*Function, Resolution, error) {
	f := Lookup(name)
	if f == nil || f.Class != Aggregate && f.Class != Ranking && f.Class != Grouping {
		return nil, Resolution{}, errors.New("there is no aggregate function " + name)
	}
	r, err := f.Resolve(args, m)
	return f, r, err
}

// aggregated is the signature of an aggregate whose result is nullable if its argument is or if there may be no row.
func aggregated(s signature) signature {
	return func(args []Arg, m Mode) (Resolution, error) {
		r, err := s(args, m)
		if m.Nullable {
			r.Result.NotNull = false
		}
		return r, err
	}
}

// summed is SUM.
func summed() signature {
	return aggregated(takes(func(args []Arg) types.Type {
		t := args[0].Type
		if t.Kind == types.Decimal {
			t.Precision = MaxPrecision
		}
		return t
	}, numeric))
}

// averaged is AVG and the statistics.
func averaged() signature {
	return aggregated(takes(func(args []Arg) types.Type {
		t := args[0].Type
		if t.Kind == types.Decimal {
			t.Precision, t.Scale = MaxPrecision, max(6, t.Scale)
		}
		return t
	}, numeric))
}

// sampled is STDDEV_SAMP and VAR_SAMP: NULL for a single row.
func sampled() signature {
	s := averaged()
	return func(args []Arg, m Mode) (Resolution, error) {
		m.Nullable = true
		return s(args, m)
	}
}

func plain(args []Arg) types.Type { return args[0].Type.WithAttribute(types.NoTime) }

// ordered takes the types that MIN and MAX compare.
func ordered(t types.Type) (types.Type, bool) { return t, Ordered(t) }

// listed is LISTAGG: the separator is a constant.
func listed() signature {
	s := takesFrom(1, same(0), text, text) // the type of the texts, whatever the length of the result
	return aggregated(func(args []Arg, m Mode) (Resolution, error) {
		if len(args) == 2 && (!args[1].Literal || args[1].Value == nil) && args[1].Type.IsText() {
			return Resolution{}, errors.New("the separator of LISTAGG must be a literal")
		}
		return s(args, m)
	})
}

// percentile is PERCENTILE(x, fraction or array of fractions [, frequency]).
func percentile(args []Arg, _ Mode) (Resolution, error) {
	if len(args) < 2 || len(args) > 3 || !args[0].Type.IsNumeric() {
		return Resolution{}, errShape
	}
	out := typesOf(args)
	out[0] = types.DoubleType().WithNullable(!out[0].NotNull)
	result := types.DoubleType()
	switch p := args[1].Type; {
	case p.IsNumeric():
		out[1] = types.DoubleType().WithNullable(!p.NotNull)
	case p.Kind == types.Array && p.Elem.IsNumeric():
		out[1] = types.ArrayType(types.DoubleType().WithNullable(!p.Elem.NotNull)).WithNullable(!p.NotNull)
		result = types.ArrayType(types.DoubleType())
	default:
		return Resolution{}, errShape
	}
	if v := args[1]; v.Literal && !fraction(v) {
		return Resolution{}, errors.New("the fraction of PERCENTILE must be between 0 and 1")
	}
	if len(args) == 3 {
		if !args[2].Type.IsInteger() {
			return Resolution{}, errShape
		}
		out[2] = types.BigIntType().WithNullable(!out[2].NotNull)
	}
	return Resolution{Args: out, Result: result}, nil
}

// fraction tells whether a literal number lies between 0 and 1; literals that are no plain numbers pass.
func fraction(a Arg) bool {
	switch v := a.Value.(type) {
	case int64:
		one := int64(1)
		for range a.Type.Scale {
			one *= 10
		}
		return v >= 0 && v <= one
	case float64:
		return v >= 0 && v <= 1
	default:
		return true
	}
}

// shifted is LEAD and LAG: the type of the value, nullable without a default.
func shifted(args []Arg, _ Mode) (Resolution, error) {
	if len(args) < 1 || len(args) > 3 || args[0].Type.Kind == types.Null {
		return Resolution{}, errShape
	}
	out := typesOf(args)
	result := out[0].AsNullable().WithAttribute(types.NoTime)
	if len(args) > 1 {
		if !args[1].Type.IsInteger() {
			return Resolution{}, errShape
		}
		out[1] = types.IntType().WithNullable(!out[1].NotNull)
	}
	if len(args) == 3 {
		t, err := Common(out[0], out[2])
		if err != nil {
			return Resolution{}, err
		}
		result = t
		out[0], out[2] = t.WithNullable(!out[0].NotNull), t.WithNullable(!out[2].NotNull)
	}
	return Resolution{Args: out, Result: result}, nil
}

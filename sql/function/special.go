package function

import (
	"errors"
	"fmt"
	"strings"

	"millrace/sql/types"
)

// The signatures that no combination of families describes.

// arithmetic is a operator of two numbers.
func arithmetic(op string) signature {
	return func(args []Arg, _ Mode) (Resolution, error) {
		if len(args) != 2 {
			return Resolution{}, errShape
		}
		t, ok := Arithmetic(op, args[0].Type, args[1].Type)
		if !ok {
			return Resolution{}, errShape
		}
		return resolved(args, t)
	}
}

// rounding is ROUND and TRUNCATE.
func rounding() signature {
	return takesFrom(1, func(args []Arg) types.Type {
		t := args[0].Type
		if t.Kind == types.Decimal {
			switch {
			case len(args) == 1:
				t = rounded(t, 0)
			case args[1].Literal:
				if d, ok := args[1].Value.(int64); ok {
					t = rounded(t, int(max(-100, min(d, 100))))
				}
			}
		}
		return t.WithNullable(anyNullable(args))
	}, numeric, toInt)
}

// whole is FLOOR and CEIL of numbers.
func whole() signature {
	return takes(func(args []Arg) types.Type {
		t := args[0].Type
		if t.Kind == types.Decimal {
			t.Scale = 0
		}
		return t
	}, numeric)
}

// joinedLength is VARCHAR of the lengths of the first two arguments together.
func joinedLength(args []Arg) types.Type {
	n := int64(args[0].Type.Length) + int64(args[1].Type.Length)
	return types.VarCharType(int(min(n, types.MaxLength))).WithNullable(anyNullable(args))
}

// Concat is the type of a || b for two texts.
func Concat(a, b types.Type) (types.Type, bool) {
	n := int(min(int64(a.Length)+int64(b.Length), types.MaxLength))
	nullable := !a.NotNull || !b.NotNull
	switch {
	case a.Kind == types.Char && b.Kind == types.Char:
		return types.CharType(n).WithNullable(nullable), true
	case a.IsText() && b.IsText():
		return types.VarCharType(n).WithNullable(nullable), true
	default:
		return types.Type{}, false
	}
}

// merged casts all arguments from the first-th on to their merged type; ok says which merged types are taken.
func merged(from, least int, r func(args []Arg, t types.Type) types.Type, ok func(t types.Type) bool) signature {
	return func(args []Arg, _ Mode) (Resolution, error) {
		if len(args) < from+least {
			return Resolution{}, errShape
		}
		t, err := Merge(typesOf(args[from:])...)
		if err != nil {
			return Resolution{}, err
		}
		if !ok(t) {
			return Resolution{}, errShape
		}
		out := typesOf(args)
		for i := from; i < len(out); i++ {
			out[i] = t.WithNullable(!out[i].NotNull || out[i].Kind == types.Null)
		}
		return Resolution{Args: out, Result: r(args, t)}, nil
	}
}

// Ordered tells whether values of t have an order: everything but nested types, VARIANT, BITMAP and NULL.
func Ordered(t types.Type) bool {
	switch t.Kind {
	case types.Invalid, types.Null, types.Symbol, types.Descriptor, types.Variant, types.Bitmap:
		return false
	default:
		return !t.IsNested()
	}
}

// firstOf is COALESCE: nullable only if all arguments are.
func firstOf() signature {
	return merged(0, 1, func(args []Arg, t types.Type) types.Type {
		for _, a := range args {
			if a.Type.NotNull {
				return t.AsNotNull()
			}
		}
		return t.AsNullable()
	}, func(t types.Type) bool { return t.Kind != types.Null })
}

// extreme is GREATEST and LEAST.
func extreme() signature {
	return merged(0, 1, func(_ []Arg, t types.Type) types.Type { return t }, func(t types.Type) bool { return Ordered(t) && !t.IsBinary() })
}

// choice is ELT.
func choice() signature {
	s := merged(1, 1, func(_ []Arg, t types.Type) types.Type { return t.AsNullable() },
		func(t types.Type) bool { return t.IsText() || t.IsBinary() })
	return func(args []Arg, m Mode) (Resolution, error) {
		if len(args) == 0 || !args[0].Type.IsInteger() {
			return Resolution{}, errShape
		}
		if n, ok := args[0].Value.(int64); ok && args[0].Literal && n < 0 {
			return Resolution{}, fmt.Errorf("the index of ELT is %d, but it counts from 1", n)
		}
		return s(args, m)
	}
}

// conditional is IF.
func conditional() signature {
	return func(args []Arg, _ Mode) (Resolution, error) {
		if len(args) != 3 || args[0].Type.Kind != types.Boolean || args[1].Type.IsNested() {
			return Resolution{}, errShape
		}
		a, b := args[1].Type, args[2].Type
		t, err := Common(a, b)
		if err != nil || a.Kind == types.Null || b.Kind == types.Null {
			return Resolution{}, errShape
		}
		if a.IsTimestamp() {
			t = a
		}
		return Resolution{
			Args:   []types.Type{args[0].Type, t.WithNullable(!a.NotNull), t.WithNullable(!b.NotNull)},
			Result: t.WithNullable(anyNullable(args)),
		}, nil
	}
}

// epoch is TO_TIMESTAMP_LTZ.
func epoch() signature {
	numbers := takesFrom(1, func([]Arg) types.Type { return types.TimestampLTZType(3) }, numeric, onlyInt)
	texts := takesFrom(1, func([]Arg) types.Type { return types.TimestampLTZType(3) }, text, text, text)
	return func(args []Arg, m Mode) (Resolution, error) {
		if len(args) > 1 && args[1].Literal && args[0].Type.IsNumeric() {
			if p, ok := args[1].Value.(int64); ok {
				if p < 0 || p > 9 {
					return Resolution{}, fmt.Errorf("the precision of TO_TIMESTAMP_LTZ is %d, but it must be 0 to 9", p)
				}
				r, err := numbers(args, m)
				r.Result = types.TimestampLTZType(max(3, int(p)))
				return r, err
			}
		}
		if len(args) > 0 && args[0].Type.IsNumeric() {
			return numbers(args, m)
		}
		r, err := texts(args, m)
		if err == nil && len(args) > 1 && args[1].Literal {
			if f, ok := args[1].Value.(string); ok {
				r.Result = types.TimestampLTZType(max(3, min(longestRun(f, 'S'), 9)))
			}
		}
		return r, err
	}
}

func longestRun(s string, c byte) int {
	best, n := 0, 0
	for i := 0; i < len(s); i++ {
		if s[i] != c {
			n = 0
			continue
		}
		n++
		best = max(best, n)
	}
	return best
}

// withElement is a function of an array and an element of it; r gets the array and whether the element may be NULL.
func withElement(r func(array types.Type, elem types.Type) types.Type) signature {
	return func(args []Arg, _ Mode) (Resolution, error) {
		if len(args) != 2 || args[0].Type.Kind != types.Array {
			return Resolution{}, errShape
		}
		a, e := args[0].Type, args[1].Type
		if !Implicit(e, *a.Elem) {
			return Resolution{}, errShape
		}
		want := a.Elem.WithNullable(!e.NotNull || e.Kind == types.Null)
		return Resolution{Args: []types.Type{a, want}, Result: r(a, want)}, nil
	}
}

// extended is the type of an array after an element has been added.
func extended(a, e types.Type) types.Type {
	return types.ArrayType(a.Elem.WithNullable(!a.Elem.NotNull || !e.NotNull)).WithNullable(!a.NotNull || !e.NotNull)
}

// sameCollections is a function of values of one ARRAY or MAP type.
func sameCollections(kind types.Kind, least, most int) signature {
	s := merged(0, least, func(_ []Arg, t types.Type) types.Type { return t }, func(t types.Type) bool { return t.Kind == kind })
	return func(args []Arg, m Mode) (Resolution, error) {
		if most > 0 && len(args) > most {
			return Resolution{}, errShape
		}
		for _, a := range args {
			if a.Type.Kind == types.Null {
				return Resolution{}, errShape
			}
		}
		return s(args, m)
	}
}

// ofElements restricts a signature whose first argument is an array to elements that ok takes.
func ofElements(ok func(types.Type) bool, s signature) signature {
	return func(args []Arg, m Mode) (Resolution, error) {
		if len(args) == 0 || args[0].Type.Kind != types.Array || !ok(*args[0].Type.Elem) {
			return Resolution{}, errShape
		}
		return s(args, m)
	}
}

func sortable(t types.Type) bool { return Ordered(t) && t.Kind != types.Boolean }

func element(args []Arg) types.Type { return args[0].Type.Elem.AsNullable() }

func mapKeys(args []Arg) types.Type {
	return types.ArrayType(*args[0].Type.Key).WithNullable(!args[0].Type.NotNull)
}

func mapValues(args []Arg) types.Type {
	return types.ArrayType(*args[0].Type.Elem).WithNullable(!args[0].Type.NotNull)
}

func mapEntries(args []Arg) types.Type {
	m := args[0].Type
	return types.ArrayType(types.RowType(types.Field{Name: "key", Type: *m.Key}, types.Field{Name: "value", Type: *m.Elem})).WithNullable(!m.NotNull)
}

func mapOfArrays(args []Arg) types.Type {
	return types.MapType(*args[0].Type.Elem, *args[1].Type.Elem).WithNullable(anyNullable(args))
}

func collection(t types.Type) (types.Type, bool) {
	return t, t.Kind == types.Array || t.Kind == types.Map || t.Kind == types.Multiset
}

// jsonable are the types that have a JSON form.
func jsonable(t types.Type) (types.Type, bool) {
	switch {
	case t.Kind == types.Date || t.Kind == types.Time || t.IsInterval() || t.Kind == types.Symbol || t.Kind == types.Descriptor || t.Kind == types.Bitmap:
		return t, false
	case t.Kind == types.Map:
		_, ok := jsonable(*t.Elem)
		return t, ok && t.Key.IsText()
	case t.Kind == types.Multiset:
		_, ok := jsonable(*t.Elem)
		return t, ok && t.Elem.IsText()
	case t.Kind == types.Array:
		_, ok := jsonable(*t.Elem)
		return t, ok
	}
	for _, f := range t.Fields {
		if _, ok := jsonable(f.Type); !ok {
			return t, false
		}
	}
	return t, true
}

func hashable(t types.Type) (types.Type, bool) {
	return t, Ordered(t) && !t.IsBinary() && t.Kind != types.IntervalDayTime
}

// objectOf is OBJECT_OF: a structured value with the fields that the literal keys name.
func objectOf(args []Arg, _ Mode) (Resolution, error) {
	if len(args)%2 != 1 {
		return Resolution{}, errShape
	}
	if _, ok := args[0].Value.(string); !ok {
		return Resolution{}, errors.New("the first argument of OBJECT_OF is the class name as a string literal")
	}
	var fields []types.Field
	seen := map[string]bool{}
	for i := 1; i < len(args); i += 2 {
		name, ok := args[i].Value.(string)
		if !ok {
			return Resolution{}, fmt.Errorf("argument %d of OBJECT_OF is the name of a field as a string literal", i+1)
		}
		if seen[name] {
			return Resolution{}, fmt.Errorf("the field %q of OBJECT_OF is repeated", name)
		}
		seen[name] = true
		fields = append(fields, types.Field{Name: name, Type: args[i+1].Type})
	}
	t := types.RowType(fields...)
	t.Class, _ = args[0].Value.(string)
	return resolved(args, t)
}

// objectUpdate is OBJECT_UPDATE: the same ROW with the types of the new values.
func objectUpdate(args []Arg, _ Mode) (Resolution, error) {
	if len(args) < 3 || len(args)%2 != 1 || args[0].Type.Kind != types.Row {
		return Resolution{}, errShape
	}
	t := args[0].Type
	t.Fields = append([]types.Field(nil), t.Fields...)
	seen := map[string]bool{}
	for i := 1; i < len(args); i += 2 {
		name, ok := args[i].Value.(string)
		at := types.Schema(t.Fields).Index(name)
		switch {
		case !ok:
			return Resolution{}, fmt.Errorf("argument %d of OBJECT_UPDATE is the name of a field as a string literal", i+1)
		case at < 0:
			return Resolution{}, fmt.Errorf("the object has no field %q; its fields are %s", name, strings.Join(types.Schema(t.Fields).Names(), ", "))
		case seen[name]:
			return Resolution{}, fmt.Errorf("the field %q of OBJECT_UPDATE is repeated", name)
		}
		seen[name] = true
		t.Fields[at].Type = args[i+1].Type
	}
	return resolved(args, t.AsNullable())
}

// HasJSON tells whether values of t have a JSON form.
func HasJSON(t types.Type) bool { _, ok := jsonable(t); return ok }

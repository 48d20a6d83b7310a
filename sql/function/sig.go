package function

import (
	"errors"
	"fmt"
	"strings"

	"millrace/sql/types"
)

// signature computes a resolution; nil for functions that are bound by other means.
type signature func(args []Arg, m Mode) (Resolution, error)

// errShape is what signatures answer for arguments that they do not take; Resolve makes the message.
var errShape = errors.New("arguments do not fit")

// param is a family of types that an argument may have, and what it is cast to; the result keeps the nullability of the argument.
type param func(t types.Type) (types.Type, bool)

// result computes the type of a call from the arguments after their casts.
type result func(args []Arg) types.Type

// The families. Those with "to" in their name cast.
func text(t types.Type) (types.Type, bool)    { return t, t.IsText() }
func numeric(t types.Type) (types.Type, bool) { return t, t.IsNumeric() }
func boolean(t types.Type) (types.Type, bool) { return t, t.Kind == types.Boolean }
func binary(t types.Type) (types.Type, bool)  { return t, t.IsBinary() }
func array(t types.Type) (types.Type, bool)   { return t, t.Kind == types.Array }
func mapping(t types.Type) (types.Type, bool) { return t, t.Kind == types.Map }
func anyType(t types.Type) (types.Type, bool) {
	return t, t.Kind != types.Symbol && t.Kind != types.Descriptor
}

func typed(t types.Type) (types.Type, bool) {
	return t, t.Kind != types.Null && t.Kind != types.Symbol && t.Kind != types.Descriptor
}
func bitmap(t types.Type) (types.Type, bool) { return t, t.Kind == types.Bitmap }

// toSmall takes the integers that INT holds.
func toSmall(t types.Type) (types.Type, bool) {
	return types.IntType().WithNullable(!t.NotNull), t.IsInteger() && t.Kind != types.BigInt
}

// toIntArray takes the arrays whose elements ARRAY<INT> holds.
func toIntArray(t types.Type) (types.Type, bool) {
	if t.Kind != types.Array || !Implicit(*t.Elem, types.IntType()) {
		return t, false
	}
	return types.ArrayType(types.IntType().WithNullable(!t.Elem.NotNull)).WithNullable(!t.NotNull), true
}

func symbol(t types.Type) (types.Type, bool) { return t, t.Kind == types.Symbol }

func textOrBinary(t types.Type) (types.Type, bool) { return t, t.IsText() || t.IsBinary() }
func textOrNumber(t types.Type) (types.Type, bool) { return t, t.IsText() || t.IsNumeric() }
func temporal(t types.Type) (types.Type, bool)     { return t, t.IsTemporal() }
func timestamp(t types.Type) (types.Type, bool)    { return t, t.IsTimestamp() }

func toDouble(t types.Type) (types.Type, bool) {
	return types.DoubleType().WithNullable(!t.NotNull), t.IsNumeric()
}

func toInt(t types.Type) (types.Type, bool) {
	return types.IntType().WithNullable(!t.NotNull), t.IsInteger()
}

func onlyInt(t types.Type) (types.Type, bool) { return t, t.Kind == types.Int }

func toBigInt(t types.Type) (types.Type, bool) {
	return types.BigIntType().WithNullable(!t.NotNull), t.IsInteger()
}

// The results.

// gives is t, nullable if an argument is.
func gives(t types.Type) result {
	return func(args []Arg) types.Type { return t.WithNullable(anyNullable(args)) }
}

// maybe is t, always nullable.
func maybe(t types.Type) result { return func([]Arg) types.Type { return t.AsNullable() } }

// always is t NOT NULL.
func always(t types.Type) result { return func([]Arg) types.Type { return t.AsNotNull() } }

// follows is t, nullable as argument i is.
func follows(i int, t types.Type) result {
	return func(args []Arg) types.Type { return t.WithNullable(!args[i].Type.NotNull) }
}

// same is the type of argument i, nullable if an argument is.
func same(i int) result {
	return func(args []Arg) types.Type { return args[i].Type.WithNullable(anyNullable(args)) }
}

// varying is VARCHAR of the length of argument i, nullable if an argument is.
func varying(i int) result {
	return func(args []Arg) types.Type {
		return types.VarCharType(args[i].Type.Length).WithNullable(anyNullable(args))
	}
}

// forced is r, always nullable.
func forced(r result) result { return func(args []Arg) types.Type { return r(args).AsNullable() } }

func anyNullable(args []Arg) bool {
	for _, a := range args {
		if !a.Type.NotNull && a.Type.Kind != types.Symbol {
			return true
		}
	}
	return false
}

// takes is the signature with exactly these parameters.
func takes(r result, ps ...param) signature { return shape(r, len(ps), false, ps) }

// takesFrom is the signature with these parameters, of which the first n are required.
func takesFrom(n int, r result, ps ...param) signature { return shape(r, n, false, ps) }

// takesMany is the signature with these parameters, of which the last may be repeated (n counts the required ones).
func takesMany(n int, r result, ps ...param) signature { return shape(r, n, true, ps) }

func shape(r result, required int, repeat bool, ps []param) signature {
	return func(args []Arg, _ Mode) (Resolution, error) {
		if len(args) < required || len(args) > len(ps) && !repeat {
			return Resolution{}, errShape
		}
		cast := make([]Arg, len(args))
		for i, a := range args {
			t, ok := ps[min(i, len(ps)-1)](a.Type)
			if !ok {
				return Resolution{}, errShape
			}
			cast[i] = Arg{Type: t, Literal: a.Literal, Value: a.Value}
		}
		return Resolution{Args: typesOf(cast), Result: r(cast)}, nil
	}
}

// either tries the signatures in turn.
func either(sigs ...signature) signature {
	return func(args []Arg, m Mode) (Resolution, error) {
		for _, s := range sigs {
			r, err := s(args, m)
			if !errors.Is(err, errShape) {
				return r, err
			}
		}
		return Resolution{}, errShape
	}
}

// nulls makes NULL literals acceptable: each is given the type t before the signature is asked.
func nulls(t types.Type, s signature) signature {
	return func(args []Arg, m Mode) (Resolution, error) {
		typed := make([]Arg, len(args))
		for i, a := range args {
			if a.Type.Kind == types.Null {
				a.Type = t.AsNullable()
			}
			typed[i] = a
		}
		return s(typed, m)
	}
}

func typesOf(args []Arg) []types.Type {
	ts := make([]types.Type, len(args))
	for i, a := range args {
		ts[i] = a.Type
	}
	return ts
}

// resolved is a resolution that keeps the types of the arguments.
func resolved(args []Arg, t types.Type) (Resolution, error) {
	return Resolution{Args: typesOf(args), Result: t}, nil
}

// Resolve applies the signature of f to arguments. Errors say what was given and what would fit; they have no position.
func (f *Function) Resolve(args []Arg, m Mode) (Resolution, error) {
	if f.sig == nil {
		return Resolution{}, fmt.Errorf("%s cannot be called like a function; write %s", f.Name, f.Usage)
	}
	r, err := f.sig(args, m)
	if errors.Is(err, errShape) {
		given := make([]string, len(args))
		for i, a := range args {
			given[i] = a.Type.AsNullable().String()
		}
		return Resolution{}, fmt.Errorf("cannot apply %s to (%s); write %s", f.Name, strings.Join(given, ", "), f.Usage)
	}
	return r, err
}

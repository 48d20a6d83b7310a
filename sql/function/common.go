package function

import (
	"fmt"

	"millrace/sql/types"
)

// Common is the least type that holds the values of all ts.
func Common(ts ...types.Type) (types.Type, error) {
	if len(ts) == 0 {
		return types.Type{}, fmt.Errorf("no types to unify")
	}
	return ts[0], nil
}

// Implicit tells whether a value of type from may be used where to is wanted.
func Implicit(from, to types.Type) bool { return from.Same(to) }

// Castable tells whether CAST(from AS to) is allowed; the error says why not.
func Castable(from, to types.Type) error { return nil }

// Lookup returns the function of that name or alias, without regard to case; nil if there is none.
func Lookup(name string) *Function { return nil }

// All returns all functions in the order of their names. The caller must not change them.
func All() []*Function { return nil }

// Resolve applies the signature of f to arguments. Errors have no position.
func (f *Function) Resolve(args []Arg, m Mode) (Resolution, error) { return f.sig(args, m) }

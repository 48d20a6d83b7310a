package function

import (
	"slices"
	"strings"
	"sync"

	"millrace/sql/types"
)

// registry holds all functions, sorted by name, and an index by name and alias.
type registry struct {
	all    []*Function
	byName map[string]*Function
}

// builtins builds the registry at its first use.
//
//nolint:gochecknoglobals // made once, never written
var builtins = sync.OnceValue(func() *registry {
	r := &registry{byName: map[string]*Function{}}
	for _, group := range [][]Function{
		operatorFunctions(), mathFunctions(), stringFunctions(), temporalFunctions(), conditionalFunctions(), collectionFunctions(),
		jsonFunctions(), aggregateFunctions(),
	} {
		for i := range group {
			f := &group[i]
			r.all = append(r.all, f)
			r.byName[f.Name] = f
			for _, a := range f.Aliases {
				r.byName[a] = f
			}
		}
	}
	slices.SortFunc(r.all, func(a, b *Function) int { return strings.Compare(a.Name, b.Name) })
	return r
})

// Lookup returns the function of that name or alias, without regard to case; nil if there is none.
func Lookup(name string) *Function { return builtins().byName[strings.ToUpper(name)] }

// All returns all functions in the order of their names. The caller must not change them.
func All() []*Function { return builtins().all }

// Names returns the names and aliases that can be called like a function, sorted.
func Names() []string {
	var names []string
	for n, f := range builtins().byName {
		if f.Class != Operator || f.callable() {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

// callable tells whether the name of f is a word, not a symbol or several words.
func (f *Function) callable() bool {
	return !strings.ContainsAny(f.Name, " =<>|+-*/%") && f.Name != "AND" && f.Name != "OR" && f.Name != "NOT"
}

// watermark is the type of CURRENT_WATERMARK: that of the attribute, to the millisecond.
func watermark(args []Arg) types.Type {
	t := args[0].Type.AsNullable().WithAttribute(types.NoTime)
	t.Precision = 3
	return t
}

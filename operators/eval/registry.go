package eval

import "sync"

// entry is one function.
type entry struct {
	build builder
	// strict: NULL for a NULL argument, so that a constant NULL need not reach the builder.
	strict bool
}

// registry maps canonical names to builders.
type registry map[string]entry

func (r registry) strict(b builder, names ...string) {
	for _, n := range names {
		r[n] = entry{build: b, strict: true}
	}
}

func (r registry) add(b builder, names ...string) {
	for _, n := range names {
		r[n] = entry{build: b}
	}
}

// builtins lists the families of functions. Entries keep no state; what a call of a function needs is made when it is compiled.
//
//nolint:gochecknoglobals // made once, never written
var builtins = sync.OnceValue(func() registry {
	r := registry{}
	registerLogic(r)
	registerCompare(r)
	registerConditional(r)
	registerArithmetic(r)
	registerMath(r)
	registerTemporal(r)
	registerDateFormat(r)
	registerCollection(r)
	registerStrings(r)
	registerRegex(r)
	registerJSON(r)
	registerVariant(r)
	registerPrintf(r)
	return r
})

// Supports tells whether there is a kernel for a function of that canonical name.
func Supports(name string) bool {
	_, ok := builtins()[name]
	return ok
}

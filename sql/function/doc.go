// Package function holds the signatures of the built-in functions: their names and aliases, overloads, how arguments are coerced, the exact
// type of the result, and whether they are deterministic.
//
// The main type is [Function], an entry of the registry ([Lookup], [All]). [Function.Resolve] takes the types of the arguments (and the
// values of those that are literals, because some result types depend on them) and returns the types that the arguments must be cast to and
// the type of the result. The lattice of types that this needs is here too: [Common], [Implicit], [Castable].
//
// The registry is built once and never changes; it may be read from every goroutine. The package knows nothing of syntax trees, of bound
// expressions, or of how a function is evaluated.
package function

// Package build makes operators of plan nodes.
//
// [Operator] is the one switch from specs to operators. It is exhaustive but for sources and sinks, which the task runs itself. It compiles
// nothing and allocates no state: that happens in Open.
//
// The package must not know how operators are run.
package build

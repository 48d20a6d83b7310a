// Package changelog infers which kinds of change each operator emits, and where -U rows are needed.
//
// [Infer] works in two passes over the relational operators of a job. From the sources up: does a node emit updates, deletes? From the sinks
// down: does anyone need the row before an update? A sink accepts some sets of changes; the first that fits the query decides. The result says
// for each node its mode, and for each sink what has to stand before it.
//
// The package must not know how operators are executed.
package changelog

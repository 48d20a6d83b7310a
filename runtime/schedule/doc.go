// Package schedule turns a plan into vertices and places their subtasks on slots. Everything in it is a pure function.
//
// [Vertices] cuts a plan into chains: a node joins the chain of its producer when it has that one input, by a forward edge, with the same
// parallelism. A chain is a tree: a node with several consumers has all of them in its chain that qualify. [Assign] places subtask i of every
// vertex in slot i (slot sharing), filling one task manager after another.
package schedule

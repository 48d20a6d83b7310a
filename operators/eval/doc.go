// Package eval compiles the expressions of planner/expr into programs of typed kernels and runs them a batch at a time.
//
// The main types are [Program], which computes columns, and [Filter], which computes a selection. [Compile] turns expressions into a graph
// of nodes in which equal sub-expressions are one node, and constant ones are values already. Each node holds a kernel that was chosen for
// its types and for which of its arguments are constant; evaluation calls it once for each batch, and the kernel's loop has the arithmetic in
// its body.
//
// Kernels never see a selection. They work on all rows of a frame. A frame is the batch, or a set of rows gathered from another frame: the
// rows of a batch that are selected, the rows for which a branch of CASE, AND, OR, COALESCE is needed. Only parts of an expression that can
// fail or are dear get a frame of their own; everything else is cheaper to compute for all rows. So an error is raised only for a row that
// needs the value.
//
// Ownership: a node's result is a vector with one reference that belongs to who asked for it. Results of nodes with several users are also
// kept in the frame until it ends. A constant is a vector of length 1 that lives as long as the program; a kernel knows which of its
// arguments are constant from compile time.
//
// A Program and a Filter have scratch memory and are used by one goroutine: compile one for each operator instance. Results do not depend
// on how rows are cut into batches, but for functions of the clock, which are read once a batch, and random functions.
//
// To add a function: a signature in sql/function, a line in the registry of its family here (register*), a kernel, a test.
//
// The package must not know operators, state, or SQL text. It reads no clock: see [Env.Now].
package eval

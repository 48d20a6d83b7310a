// Package progress tells how a job goes: in a block of lines at the end of a terminal that is written over, and in lines for logs.
//
// [Headline] is about the job as a whole, [Connectors] has a line for each of its sources and sinks. A [Screen] keeps a block of lines below what else
// is written to the terminal.
package progress

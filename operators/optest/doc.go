// Package optest runs one operator test under many disguises.
//
// A [Case] is an operator, events (rows, watermarks, times), and the folded result. [Run] plays the events in batches of one row, in one
// batch and in random cuts; with selection vectors that hide garbage; with a snapshot and restore between any two events, written while the
// old instance goes on; with the key groups spread over one to three instances, and over another number after a restore; and with NULLs in
// random places, where the disguises must agree among themselves. After each run all memory must be back in the pool.
//
// [Harness] is for tests that want to drive an operator by hand.
package optest

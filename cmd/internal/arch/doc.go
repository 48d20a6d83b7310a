// Package arch holds tests about the code itself: who imports whom, where goroutines and clocks are, package documentation, file sizes.
// The tests read the source files, so that the test cache sees when they change.
package arch

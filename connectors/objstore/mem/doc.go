// Package mem is an object store in memory, for tests and for jobs whose state need not outlive the process.
//
// A [Store] is safe for use by many goroutines. It must not know what is stored.
package mem

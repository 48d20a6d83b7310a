// Package faulty wraps an object store and injects faults by a script: for tests of what must survive them.
//
// [Transport] does the same to the requests of an HTTP client. A [Store] passes operations on until a [Fault] matches. Faults are tried in order; each may skip some matches first and apply a number of
// times. A Store is safe for use by many goroutines. It must not know what is stored.
package faulty

// Package task runs one subtask: a goroutine with a chain of operators between an input and its outputs.
package task

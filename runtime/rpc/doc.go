// Package rpc is the seam between the job manager and the task managers: the calls they make to each other, as plain data.
//
// In one process the implementations call each other directly; between processes a transport will stand behind the same interfaces. Calls
// return when the other side has taken note; results come as calls in the other direction. Every call names the attempt that it belongs to, and
// calls of an attempt that has ended are ignored.
package rpc

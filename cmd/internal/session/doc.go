// Package session executes statements: what the SQL shell, the run command and the gateway have in common.
//
// The main type is [Session]: a catalog, options, and what is current. [Session.Execute] parses one statement and does it: catalog statements
// at once, queries and INSERTs by planning them and submitting the plan to the cluster. Results are those of package gateway, so that every door
// shows the same rows.
//
// A session is used by one goroutine at a time, except where a method says otherwise.
package session

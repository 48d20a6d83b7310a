// Package repl is the SQL shell: line editing with history and completion, statements over several lines, results in the mode that the session
// says, and interruption of the running query by Ctrl-C.
//
// The shell is a client of the gateway's session interface, in process. Commands of its own are HELP, QUIT and EXIT, CLEAR, SOURCE.
package repl

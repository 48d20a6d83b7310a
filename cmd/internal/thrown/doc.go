// Package thrown tells errors of statements and jobs in the words of Flink's clients.
//
// Those clients show an error as the last exception of a chain, class and message, and look into it: a text that is unfinished, for example, is
// known by its message. Statement and Job therefore give an error the chain of exceptions that Flink throws in its place. Our own text, which names
// the place and often a way out, stays the text of the error, and the gateway sends it along as a frame of the stack.
//
// The package is a table from our messages to Flink's (rules.go, failures.go) and the few things that need more than a pattern: syntax errors
// (syntax.go) and the names of types (types.go). An error without a rule keeps our text under the class that fits its code.
package thrown

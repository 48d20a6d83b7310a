// Package sqlerr is the error type of everything that reads SQL text: the
// lexer, the parser, the binder and the statement executor.
//
// An Error says what kind of problem it is (Code), where in the text it is
// (Pos, a byte offset into Src), what is wrong (Msg) and, if something useful
// can be said, what to do about it (Hint). Line and column are computed only
// when somebody asks. Values are immutable once they are returned; they may be
// read from any goroutine.
package sqlerr

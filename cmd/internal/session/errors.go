package session

import (
	"errors"
	"fmt"

	"millrace/runtime/gateway"
	"millrace/sql/sqlerr"
)

// The classes under which Flink's clients know kinds of error.
const (
	parseException      = "org.apache.flink.sql.parser.impl.ParseException"
	validatorException  = "org.apache.calcite.sql.validate.SqlValidatorException"
	validationException = "org.apache.flink.table.api.ValidationException"
	tableException      = "org.apache.flink.table.api.TableException"
	argumentException   = "java.lang.IllegalArgumentException"
)

// explained gives an error the source it is about and the class of Flink's clients. A text that ends too early is told in the words by which
// they know to ask for more.
func (s *Session) explained(err error, source string) error {
	err = sqlerr.At(err, source)
	var e *sqlerr.Error
	if !errors.As(err, &e) {
		return err
	}
	class := validationException
	switch e.Code {
	case sqlerr.Incomplete:
		line, column := e.LineColumn()
		return gateway.Wrap(parseException, &Incomplete{Err: err, text: fmt.Sprintf("Encountered \"<EOF>\" at line %d, column %d.", line, max(column-1, 1))})
	case sqlerr.Syntax:
		class = parseException
	case sqlerr.UnknownName, sqlerr.AmbiguousName, sqlerr.Type:
		class = validatorException
	case sqlerr.Unsupported, sqlerr.Internal:
		class = tableException
	}
	if e.Msg == "only single statement supported" {
		class = argumentException
	}
	return gateway.Wrap(class, err)
}

// Incomplete is the error of a text that ends before its statement does.
type Incomplete struct {
	Err  error
	text string
}

// Error is Flink's text, which its clients look for, and ours.
func (i *Incomplete) Error() string { return i.text + " " + i.Err.Error() }

// Unwrap returns our error.
func (i *Incomplete) Unwrap() error { return i.Err }

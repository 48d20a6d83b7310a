package session

import (
	"errors"

	"millrace/cmd/internal/thrown"
	"millrace/connectors"
	"millrace/runtime/gateway"
	"millrace/sql/parser"
)

// explained gives an error the text it is about and the exceptions by which Flink's clients know it, without secrets of the statement.
func (s *Session) explained(err error, source string) error {
	return scrubbed(thrown.Statement(err, source), source)
}

// scrubbed is err without the secrets that stand in a statement.
func scrubbed(err error, source string) error {
	t, ok := errors.AsType[*gateway.Thrown](err)
	if !ok {
		return err
	}
	hidden := &gateway.Thrown{Err: t.Err}
	changed := false
	hide := func(text string) string {
		shown := parser.Scrub(text, source, connectors.Masked)
		changed = changed || shown != text
		return shown
	}
	for _, c := range t.Causes {
		hidden.Causes = append(hidden.Causes, hide(c))
	}
	if text := hide(t.Err.Error()); changed {
		hidden.Err = &hiddenError{text, t.Err}
		return hidden
	}
	return err
}

// hiddenError is an error with another text.
type hiddenError struct {
	text string
	err  error
}

func (e *hiddenError) Error() string { return e.text }

func (e *hiddenError) Unwrap() error { return e.err }

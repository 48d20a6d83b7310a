package session

import "millrace/cmd/internal/thrown"

// explained gives an error the text it is about and the exceptions by which Flink's clients know it.
func (s *Session) explained(err error, source string) error { return thrown.Statement(err, source) }

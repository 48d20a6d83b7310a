package format

import (
	"fmt"

	"millrace/connectors"
	"millrace/operators"
	"millrace/planner/plan"
)

// Fate is what happens to malformed records of a source.
type Fate struct {
	table      string
	mode       string
	deadLetter func(connectors.DeadLetter) error
	count      *operators.Counter
}

// NewFate returns the fate that a source's plan says.
func NewFate(s *plan.Source, deadLetter func(connectors.DeadLetter) error, count *operators.Counter) Fate {
	return Fate{table: s.Table, mode: s.Malformed, deadLetter: deadLetter, count: count}
}

// Handle counts a malformed record and drops it or hands it over as a dead letter; if the fate is to fail it returns the error. position says
// where the record was.
func (f *Fate) Handle(position string, record []byte, err error) error {
	if f.count != nil {
		f.count.Add(1)
	}
	switch f.mode {
	case "SKIP":
		return nil
	case "DEAD_LETTER":
		if f.deadLetter == nil {
			return fmt.Errorf("table %s: %s: no table takes dead letters: %w", f.table, position, err)
		}
		return f.deadLetter(connectors.DeadLetter{Source: f.table, Position: position, Error: err.Error(), Record: append([]byte(nil), record...)})
	}
	return fmt.Errorf("table %s: %s: %w", f.table, position, err)
}

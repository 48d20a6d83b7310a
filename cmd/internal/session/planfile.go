package session

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"millrace/planner/plan"
)

// writePlan writes a plan so that a reader sees all of it or nothing.
func writePlan(path string, g *plan.Graph) error {
	b, err := json.MarshalIndent(g, "", "  ")
	if err != nil {
		return fmt.Errorf("plan %s: %w", g.Name, err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".plan-*")
	if err != nil {
		return fmt.Errorf("plan file: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone after the rename
	if _, err = tmp.Write(append(b, '\n')); err == nil {
		err = tmp.Sync()
	}
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("plan file: %w", err)
	}
	return nil
}

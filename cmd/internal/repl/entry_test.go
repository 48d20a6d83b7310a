package repl

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestEntry: what the history keeps can be run again and means the same.
func TestEntry(t *testing.T) {
	for _, x := range []struct{ input, want string }{
		{"SELECT 1;", "SELECT 1;"},
		{"SELECT a,  -- the first\n  'x  --\ny' AS b\nFROM t;", "SELECT a, 'x  -- y' AS b FROM t;"},
		{"SELECT 'it''s  so' -- end", "SELECT 'it''s  so'"},
		{"SELECT `a  b`\r\n\tFROM /* why */ t", "SELECT `a  b` FROM /* why */ t"},
		{"", ""},
	} {
		if got := entry(x.input); got != x.want {
			t.Errorf("%q: %q, want %q", x.input, got, x.want)
		}
	}
}

// TestInterrupt: Ctrl-C ends the query that runs and leaves the shell; when everything is to end, no further statement runs.
func TestInterrupt(t *testing.T) {
	s, out, errs := shell(t)
	if _, err := s.Script(t.Context(), "SET 'execution.runtime-mode' = 'streaming'; CREATE TABLE g (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100');"); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	interrupt := time.AfterFunc(500*time.Millisecond, func() {
		if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
			t.Error(err)
		}
	})
	defer interrupt.Stop()
	if s.input(t.Context(), "SELECT id FROM g; SHOW TABLES;") || errs.Len() > 0 {
		t.Errorf("the shell ends: %s", errs)
	}
	if text := out.String(); !strings.Contains(text, "+I,") || !strings.HasSuffix(text, "query cancelled\ntable name\ng\n") {
		t.Errorf("%s", text[max(0, len(text)-200):])
	}
	s, out, _ = shell(t) // of a script
	if _, err := s.Script(t.Context(), "SET 'execution.runtime-mode' = 'streaming'; CREATE TABLE g (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100');"); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := s.Script(ctx, "SELECT id FROM g; SHOW TABLES;"); !errors.Is(err, context.DeadlineExceeded) || strings.Contains(out.String(), "table name") {
		t.Errorf("%v", err)
	}
}

package repl

import (
	"strings"
	"testing"
)

// TestStatus: the figures of jobs, of all or of one.
func TestStatus(t *testing.T) {
	s, out, _ := shell(t)
	if _, err := s.Execute(t.Context(), "STATUS"); err != nil || out.String() != "no jobs\n" {
		t.Error(out.String(), err)
	}
	if _, err := s.Script(t.Context(), "CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'number-of-rows' = '7'); CREATE TABLE n (a INT) WITH ('connector' = 'blackhole');"+
		"SET 'table.dml-sync' = 'true'; INSERT INTO n SELECT a FROM g;"); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if _, err := s.Execute(t.Context(), "status;"); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, want := range []string{"FINISHED: 7 records in, 7 out", "  source g  7 records", "  sink   n  7 records"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	id, _, _ := strings.Cut(text, " ")
	out.Reset()
	if _, err := s.Execute(t.Context(), "STATUS '"+id+"'"); err != nil || out.String() != text {
		t.Errorf("%s %v", out.String(), err)
	}
	if _, err := s.Execute(t.Context(), "STATUS 'nope'"); err == nil || !strings.Contains(err.Error(), "nope") {
		t.Errorf("%v", err)
	}
}

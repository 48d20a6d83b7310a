package repl

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"millrace/cmd/internal/render"
	"millrace/cmd/internal/session"
	"millrace/cmd/internal/wire"
)

// shell returns a shell on a cluster of its own, with what it prints.
func shell(t *testing.T) (s *Shell, out, errs *strings.Builder) {
	t.Helper()
	env, stop := wire.Standalone(wire.Config{Settings: map[string]string{"table.local-time-zone": "UTC"}})
	t.Cleanup(stop)
	se := session.New(env, map[string]string{"execution.runtime-mode": "batch"})
	t.Cleanup(func() { se.Close() })
	out, errs = &strings.Builder{}, &strings.Builder{}
	return New(Config{Session: se, Out: out, Err: errs, Format: render.CSV}), out, errs
}

// TestInput: several statements on a line, an error in the middle, and the shell goes on.
func TestInput(t *testing.T) {
	s, out, errs := shell(t)
	for _, x := range []struct{ text, out, errs string }{
		{"SELECT 1 AS a; SELECT 'x;y' AS b;", "a\n1\nb\nx;y\n", ""},
		{"SELECT 1 AS a; SELECT nope; SELECT 2 AS c;", "a\n1\n", "nope"},
		{"SET 'pipeline.name' = 'n';", "OK\n", ""},
		{"SELECT 3 AS d;", "d\n3\n", ""},
		{"help", "QUIT, EXIT", ""},
		{";", "", ""},
	} {
		out.Reset()
		errs.Reset()
		if s.input(t.Context(), x.text) {
			t.Errorf("%q leaves the shell", x.text)
		}
		if x.text == "help" && strings.Contains(out.String(), x.out) {
			continue
		}
		if out.String() != x.out || (x.errs == "") != (errs.Len() == 0) || !strings.Contains(errs.String(), x.errs) {
			t.Errorf("%q: out %q, errors %q", x.text, out, errs)
		}
	}
	for _, text := range []string{"QUIT;", "exit", "SELECT 1; quit; SELECT 2;"} {
		if !s.input(t.Context(), text) {
			t.Errorf("%q does not leave the shell", text)
		}
	}
}

// TestSource: a file is run up to its first error; commands in it work.
func TestSource(t *testing.T) {
	s, out, _ := shell(t)
	path := filepath.Join(t.TempDir(), "a.sql")
	if err := os.WriteFile(path, []byte("SELECT 1 AS a;\nSELECT missing;\nSELECT 2 AS b;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if quit, err := s.Execute(t.Context(), "SOURCE '"+path+"';"); quit || err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("%t %v", quit, err)
	}
	if out.String() != "a\n1\n" {
		t.Errorf("printed %q", out)
	}
	if _, err := s.Execute(t.Context(), "SOURCE 'nowhere.sql'"); err == nil {
		t.Error("a missing file is no error")
	}
}

// TestComplete: the word at the cursor is replaced, what is around it stays.
func TestComplete(t *testing.T) {
	s, _, _ := shell(t)
	if _, err := s.Script(t.Context(), "CREATE TABLE flights (carrier STRING, origin STRING) WITH ('connector' = 'datagen');"); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ line, head, want, tail string }{
		{"SEL| 1", "", "SELECT", " 1"},
		{"SELECT * FROM fli|", "SELECT * FROM ", "flights", ""},
		{"SELECT COUNT(car|) FROM flights", "SELECT COUNT(", "carrier", ") FROM flights"},
		{"SET 'sql-client.exec|", "SET '", "sql-client.execution.result-mode", ""},
		{"SELECT TO_TIMESTAMP_L|", "SELECT ", "TO_TIMESTAMP_LTZ", ""},
	} {
		before, after, _ := strings.Cut(x.line, "|")
		head, words, tail := s.complete(before+after, len(before))
		if head != x.head || tail != x.tail || !slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, x.want) }) {
			t.Errorf("%s: %q %q %q", x.line, head, words, tail)
		}
	}
}

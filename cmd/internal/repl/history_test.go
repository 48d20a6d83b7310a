package repl

import (
	"io"
	"strings"
	"testing"
)

// TestHistoryHidesSecrets: what was typed is kept, but for secrets, also of lines that an older version wrote.
func TestHistoryHidesSecrets(t *testing.T) {
	inputs := "SELECT 1;\nCREATE TABLE t (a INT) WITH ('connector' = 'x', 's3.secret-key' = 'hunter2');\nSET 'a.password' = 'hunter2';\nSELECT 'hunter2'"
	var b strings.Builder
	if err := writeHistory(&b, func(w io.Writer) (int, error) { return io.WriteString(w, inputs) }); err != nil {
		t.Fatal(err)
	}
	want := "SELECT 1;\nCREATE TABLE t (a INT) WITH ('connector' = 'x', 's3.secret-key' = '******');\nSET 'a.password' = '******';\nSELECT 'hunter2'"
	if b.String() != want {
		t.Error(b.String())
	}
}

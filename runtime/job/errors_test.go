package job_test

import (
	"errors"
	"testing"

	"millrace/runtime/job"
)

// TestTableError: the table is named once.
func TestTableError(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"no such file", "table c.d.t: no such file"},
		{"table c.d.t: no such file", "table c.d.t: no such file"},
		{`table "c.d.t": no such file`, `table "c.d.t": no such file`},
		{"table c.d.t2: no such file", "table c.d.t: table c.d.t2: no such file"},
	} {
		cause := errors.New(c.text)
		err := job.TableError("c.d.t", cause)
		if err.Error() != c.want || !errors.Is(err, cause) {
			t.Errorf("%q, want %q", err, c.want)
		}
	}
}

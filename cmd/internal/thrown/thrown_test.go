package thrown_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"millrace/cmd/internal/session"
	"millrace/cmd/internal/thrown"
	"millrace/cmd/internal/wire"
	"millrace/runtime/gateway"
)

// TestStatements runs testdata: "error" runs a statement in the file's session and prints the exceptions of its error, the root alone without the
// argument "chain"; "configure" does so through Configure; "run" runs a statement that is right.
func TestStatements(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		env, stop := wire.Standalone(wire.Config{Settings: map[string]string{"table.local-time-zone": "UTC"}})
		defer stop()
		s := session.New(env, nil)
		defer s.Close()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var err error
			switch d.Cmd {
			case "error", "run":
				var r *gateway.Result
				if r, err = s.Execute(t.Context(), d.Input, nil); err == nil {
					defer r.Rows.Close()
					for done := false; !done && err == nil; {
						_, done, err = r.Rows.Next(t.Context(), 0)
					}
				}
			case "configure":
				err = s.Configure(t.Context(), d.Input)
			default:
				d.Fatalf(t, "unknown command %s", d.Cmd)
			}
			if err == nil {
				return "ok\n"
			}
			return chain(t, err, d.HasArg("chain"))
		})
	})
}

func chain(t *testing.T, err error, all bool) string {
	t.Helper()
	var x *gateway.Thrown
	if !errors.As(err, &x) {
		t.Errorf("%v has no exceptions", err)
		return err.Error()
	}
	causes := x.Causes
	if !all {
		causes = causes[len(causes)-1:]
	}
	return strings.ReplaceAll(strings.Join(causes, "\n"), "\n\n", "\n.\n") + "\n"
}

// TestJob: a failure without a rule keeps its text; one that has exceptions keeps them.
func TestJob(t *testing.T) {
	err := thrown.Job(errors.New("operator \"x\": something odd"), "0123")
	var x *gateway.Thrown
	if !errors.As(err, &x) || x.Causes[len(x.Causes)-1] != `org.apache.flink.runtime.JobException: operator "x": something odd` || err.Error() != x.Err.Error() {
		t.Errorf("%+v", x)
	}
	if again := thrown.Job(err, "4567"); again != err { //nolint:errorlint // the same value
		t.Errorf("%v", again)
	}
	if thrown.Job(nil, "") != nil || thrown.Statement(nil, "") != nil {
		t.Error("no error became one")
	}
}

// TestUnplaced: an error without a place, and one that is not about the statement.
func TestUnplaced(t *testing.T) {
	for _, x := range []struct{ text, want string }{
		{`job "collect": option "parallelism.default": "x" is not a whole number`, `java.lang.NumberFormatException: For input string: "x"`},
		{"the disk is full", "org.apache.flink.table.gateway.service.utils.SqlExecutionException: the disk is full"},
	} {
		if got := chain(t, thrown.Statement(errors.New(x.text), "SELECT 1"), false); strings.TrimSpace(got) != x.want {
			t.Errorf("%s: %s", x.text, got)
		}
	}
}

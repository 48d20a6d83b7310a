package session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"millrace/cmd/internal/render"
	"millrace/cmd/internal/session"
	"millrace/cmd/internal/wire"
	"millrace/sql/sqlerr"
)

// TestStatements runs testdata: "exec" runs one statement in the file's session and prints its rows as CSV, or the code and text of its error.
func TestStatements(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		env, stop := wire.Standalone(wire.Config{Settings: map[string]string{"table.local-time-zone": "UTC"}})
		defer stop()
		s := session.New(env, nil)
		defer s.Close()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "exec":
				return execute(t.Context(), s, d.Input)
			case "complete":
				return strings.Join(s.Words(d.Input, len(d.Input)), " ") + "\n"
			}
			d.Fatalf(t, "unknown command %s", d.Cmd)
			return ""
		})
	})
}

func execute(ctx context.Context, s *session.Session, statement string) string {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := s.Execute(ctx, statement, nil)
	if err != nil {
		if e, ok := errors.AsType[*sqlerr.Error](err); ok {
			return fmt.Sprintf("%s: %s\n", e.Code, err)
		}
		return fmt.Sprintf("error: %s\n", err)
	}
	defer r.Rows.Close()
	if r.JobID != "" && !r.Query {
		return "a job\n"
	}
	var out bytes.Buffer
	if render.IsText(r) {
		err = render.Text(ctx, &out, r)
	} else {
		_, err = render.Print(ctx, &out, r, render.Options{Format: render.CSV, Batch: true})
	}
	if err != nil {
		return fmt.Sprintf("error: %s\n", err)
	}
	return out.String()
}

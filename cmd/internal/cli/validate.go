package cli

import (
	"context"
	"flag"
	"fmt"

	"millrace/cmd/internal/session"
	"millrace/sql/ast"
)

func validateCommand() command {
	return command{
		name: "validate", args: "FILE [-D key=value]...",
		summary: "Checks a SQL file without running anything and reports all its errors; exit code 2 if there are any.", run: validateFile,
		flags: func(f *flag.FlagSet, o *options) { settingFlags(f, o) },
	}
}

func validateFile(ctx context.Context, c *call) error {
	n := 0
	err := c.walk(ctx, func(s *session.Session, text string, st ast.Stmt) error {
		n++
		return s.Check(text, st)
	}, false)
	if err == nil {
		fmt.Fprintln(c.Err, "no errors")
	}
	return err
}

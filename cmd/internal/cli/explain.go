package cli

import (
	"context"
	"flag"
	"fmt"
	"log/slog"

	"millrace/cmd/internal/render"
	"millrace/cmd/internal/session"
	"millrace/connectors"
	"millrace/sql/ast"
	"millrace/sql/parser"
)

func explainCommand() command {
	return command{
		name: "explain", args: "FILE [-D key=value]...", summary: "Prints the plan of each query and INSERT of a SQL file, without running them.",
		run: explainFile, flags: func(f *flag.FlagSet, o *options) {
			settingFlags(f, o)
			parallelismFlag(f, o)
		},
	}
}

func explainFile(ctx context.Context, c *call) error {
	return c.walk(ctx, func(s *session.Session, text string, st ast.Stmt) error {
		switch st.(type) {
		case *ast.QueryStmt, *ast.Insert, *ast.StatementSet:
			start, end := st.Range()
			e := &ast.Explain{Span: ast.Span{Start: start, End: end}, Stmt: st, Details: []ast.ExplainDetail{ast.ChangelogMode}}
			r, err := s.Run(ctx, text, e, nil)
			if err != nil {
				return err
			}
			echo(c.Out, parser.Mask(text[start:end], connectors.Masked))
			return render.Text(ctx, c.Out, r)
		}
		return nil
	}, true)
}

// walk parses a file and gives each statement to visit, after having executed those that define something. With stop the first error ends
// it; else all errors are reported. The exit code of errors is that of wrong SQL.
func (c *call) walk(ctx context.Context, visit func(*session.Session, string, ast.Stmt) error, stop bool) error {
	name, text, err := c.source()
	if err != nil {
		return err
	}
	env, end, err := c.standalone(slog.LevelError)
	if err != nil {
		return err
	}
	defer end()
	s := session.New(env, nil)
	defer s.Close()
	errors := 0
	for _, span := range parser.Split(text) {
		padded := blank(text[:span.Start]) + text[span.Start:span.End]
		if err := c.check(ctx, s, padded, visit); err != nil {
			report(c.Err, name, padded, err)
			errors++
			if stop {
				break
			}
		}
	}
	if errors > 0 {
		if !stop {
			fmt.Fprintf(c.Err, "%d of the statements are wrong\n", errors)
		}
		return reported{exitUsage}
	}
	return nil
}

func (c *call) check(ctx context.Context, s *session.Session, text string, visit func(*session.Session, string, ast.Stmt) error) error {
	st, err := parser.ParseStatement(text)
	if err != nil {
		return err
	}
	switch st.(type) {
	case *ast.QueryStmt, *ast.Insert, *ast.StatementSet, *ast.Execute, *ast.Explain, *ast.CompilePlan, *ast.ExecutePlan, *ast.StopJob,
		*ast.BeginStatementSet, *ast.EndStatementSet, *ast.Show, *ast.Describe:
		return visit(s, text, st)
	default:
		_, err := s.Run(ctx, text, st, nil)
		return err
	}
}

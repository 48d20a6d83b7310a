package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"millrace/cmd/internal/render"
	"millrace/cmd/internal/session"
	"millrace/connectors"
	"millrace/planner/plan"
	"millrace/runtime/gateway"
	"millrace/runtime/job"
	"millrace/runtime/minicluster"
	"millrace/sql/parser"
	"millrace/sql/sqlerr"
)

func runCommand() command {
	return command{
		name: "run", args: "FILE [-p N] [-D key=value]... [--format F] [--resume | --from PATH]",
		summary: "Runs the statements of a SQL file on an embedded cluster; waits for its jobs and shows their progress.", run: runFile,
		flags: func(f *flag.FlagSet, o *options) {
			settingFlags(f, o)
			parallelismFlag(f, o)
			formatFlag(f, o)
			f.BoolVar(&o.resume, "resume", false, "go on from the newest completed checkpoint of each job, found by its name below execution.checkpointing.dir")
			f.StringVar(&o.from, "from", "", "start the file's job from the checkpoint or savepoint at `PATH`")
			f.BoolVar(&o.quiet, "q", false, "no echo of statements and no progress")
		},
	}
}

// source reads the one file that a command takes; "-" is standard input.
func (c *call) source() (name, text string, err error) {
	if len(c.args) != 1 {
		return "", "", usageError{fmt.Errorf("want one SQL file, got %d arguments", len(c.args))}
	}
	name = c.args[0]
	var b []byte
	if name == "-" {
		name = "standard input"
		b, err = readAll(c.In)
	} else {
		b, err = os.ReadFile(name)
	}
	if err != nil {
		return "", "", usageError{err}
	}
	return name, string(b), nil
}

// runner runs the statements of a text, one after another.
type runner struct {
	*call
	env     *session.Env
	session *session.Session
	name    string
}

func runFile(ctx context.Context, c *call) error {
	if c.resume && c.from != "" {
		return usageError{errors.New("--resume and --from exclude each other")}
	}
	name, text, err := c.source()
	if err != nil {
		return err
	}
	if c.format != "" {
		if _, err := render.ParseFormat(c.format); err != nil {
			return usageError{err}
		}
	}
	c.useScreen()
	env, stop, err := c.standalone(slog.LevelError)
	if err != nil {
		return err
	}
	defer stop()
	env.Submit = c.restoring(env)
	s := session.New(env, nil)
	defer s.Close()
	r := &runner{call: c, env: env, session: s, name: name}
	return r.run(ctx, text)
}

// restoring decides where the jobs of a file start from.
func (c *call) restoring(env *session.Env) func(context.Context, *plan.Graph) (minicluster.SubmitOptions, error) {
	started := map[job.ID]bool{} // jobs of this run, whose own checkpoints do not count
	return func(ctx context.Context, g *plan.Graph) (minicluster.SubmitOptions, error) {
		o := minicluster.SubmitOptions{ID: job.NewID()}
		switch {
		case c.from != "":
			o.RestorePath = c.from
		case c.resume:
			if g.Settings["execution.checkpointing.dir"] == "" {
				return o, errors.New("--resume needs the option execution.checkpointing.dir, where the job kept its checkpoints")
			}
			path, err := env.Cluster.Latest(ctx, g, started)
			if err != nil {
				return o, err
			}
			o.RestorePath, o.Claim = path, path != ""
			if !c.quiet && path == "" {
				fmt.Fprintf(c.Err, "%s: no completed checkpoint to resume from; starting from the beginning\n", g.Name)
			} else if !c.quiet {
				fmt.Fprintf(c.Err, "%s: resuming from %s\n", g.Name, path)
			}
		}
		started[o.ID] = true
		return o, nil
	}
}

// run parses and runs each statement; the first error ends it. Jobs that were started before go on to their end only if all is well.
func (r *runner) run(ctx context.Context, text string) error {
	for _, span := range parser.Split(text) {
		if ctx.Err() != nil {
			return context.Canceled
		}
		statement := text[span.Start:span.End]
		if !r.quiet {
			echo(r.Err, parser.Mask(statement, connectors.Masked))
		}
		// Positions count in the whole file.
		padded := blank(text[:span.Start]) + statement
		if err := r.statement(ctx, padded); err != nil {
			if errors.Is(err, context.Canceled) && ctx.Err() != nil {
				return err
			}
			report(r.Err, r.name, padded, err)
			return reported{exitFailed}
		}
	}
	return nil
}

// blank keeps the line ends of a text and makes all else blanks, so that what follows stays where it is.
func blank(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch r {
		case '\n', '\r':
			b.WriteRune(r)
		default:
			b.WriteString(strings.Repeat(" ", len(string(r))))
		}
	}
	return b.String()
}

func (r *runner) statement(ctx context.Context, text string) error {
	started := time.Now()
	st, err := parser.ParseStatement(text)
	if err != nil {
		return err
	}
	result, err := r.session.Run(ctx, text, st, nil)
	if err != nil {
		return err
	}
	defer result.Rows.Close()
	switch {
	case result.Query:
		return r.print(ctx, result, started)
	case result.JobID != "":
		return r.attach(ctx, job.ID(result.JobID))
	case !result.Content:
		if !r.quiet {
			fmt.Fprintln(r.Err, "OK")
		}
		return nil
	}
	if render.IsText(result) {
		return render.Text(ctx, r.Out, result)
	}
	return r.print(ctx, result, started)
}

// print prints the rows of a result.
func (r *runner) print(ctx context.Context, result *gateway.Result, started time.Time) error {
	settings := r.session.Properties()
	batch := strings.EqualFold(settings["execution.runtime-mode"], "batch")
	o := render.Options{Format: render.Tableau, Batch: batch, MaxWidth: width(settings)}
	if batch || !result.Query {
		o.Format = render.Table
	}
	if r.format != "" {
		f, err := render.ParseFormat(r.format)
		if err != nil {
			return usageError{err}
		}
		o.Format = f
	}
	if r.interactive {
		o.Started = started
	}
	_, err := render.Print(ctx, r.Out, result, o)
	return err
}

// attach waits for a job, showing its progress on a terminal. An interrupt cancels the job; its checkpoints stay.
func (r *runner) attach(ctx context.Context, id job.ID) error {
	p := r.follow()
	p.start(r.env.Cluster, id) //nolint:contextcheck // it goes on until stop
	st, err := r.env.Cluster.Wait(ctx, id)
	p.stop()
	if err != nil {
		if ctx.Err() != nil {
			cancel, done := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
			defer done()
			_ = r.env.Cluster.Cancel(cancel, id) // it may be over
			if st, err := r.env.Cluster.Wait(cancel, id); err == nil {
				p.summary(st)
			}
			return context.Canceled
		}
		return err
	}
	p.summary(st)
	if st.State == job.Failed {
		return fmt.Errorf("job %s failed: %s", st.Name, st.Failure)
	}
	if st.State == job.Canceled {
		return fmt.Errorf("job %s was cancelled", st.Name)
	}
	return nil
}

// report prints an error of a statement with its place. Secrets of the statement are hidden.
func report(w io.Writer, name, statement string, err error) {
	text := fmt.Sprintf("%s: %v\n", name, err)
	var e *sqlerr.Error
	if errors.As(err, &e) && e.Line() > 0 {
		shown := e.CaretWith(func(src string, pos int) (string, int) { return parser.MaskAt(src, pos, connectors.Masked) })
		_, mark, _ := strings.Cut(shown, "\n") // its first line is the message
		text = fmt.Sprintf("%s:%d:%d: %s\n%s", name, e.Line(), e.Column(), e.Message(), ensureNewline(mark))
	}
	fmt.Fprint(w, parser.Scrub(text, statement, connectors.Masked))
}

func ensureNewline(s string) string {
	if s == "" || strings.HasSuffix(s, "\n") {
		return s
	}
	return s + "\n"
}

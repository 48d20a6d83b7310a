package repl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/peterh/liner"

	"millrace/cmd/internal/render"
	"millrace/cmd/internal/session"
	"millrace/connectors"
	"millrace/runtime/gateway"
	"millrace/sql/parser"
)

// Config is what a shell is made of.
type Config struct {
	Session *session.Session
	Out     io.Writer
	Err     io.Writer
	// History is the file of former inputs; "": none is kept.
	History string
	// Format overrides the session's result mode; "": none.
	Format render.Format
	// Terminal: show times and prompts for a person.
	Terminal bool
	// Size is the size of the terminal in columns and lines; nil: there is none.
	Size func() (columns, lines int)
}

// Shell is a running shell.
type Shell struct {
	cfg Config
	// person: Ctrl-C ends the statement that runs, not everything.
	person bool
}

// New returns a shell.
func New(cfg Config) *Shell { return &Shell{cfg: cfg} }

// Interactive reads statements from the terminal until the user leaves. Ctrl-C ends statements, not the shell: ctx must not be bound to it.
func (s *Shell) Interactive(ctx context.Context) error {
	l := liner.NewLiner()
	defer func() { _ = l.Close() }() // the terminal as it was
	l.SetCtrlCAborts(true)
	l.SetMultiLineMode(true)
	l.SetTabCompletionStyle(liner.TabPrints)
	l.SetWordCompleter(s.complete)
	s.loadHistory(l)
	defer s.saveHistory(l)
	fmt.Fprintln(s.cfg.Out, "Millrace SQL. End statements with ';'. Type HELP; for help, QUIT; to leave.")
	var text strings.Builder
	for ctx.Err() == nil {
		prompt := "sql> "
		if text.Len() > 0 {
			prompt = "...> "
		}
		line, err := l.Prompt(prompt)
		switch {
		case errors.Is(err, liner.ErrPromptAborted): // Ctrl-C drops what was typed
			text.Reset()
			continue
		case errors.Is(err, io.EOF):
			fmt.Fprintln(s.cfg.Out)
			return nil
		case err != nil:
			return err
		}
		text.WriteString(line + "\n")
		if strings.TrimSpace(text.String()) == "" {
			text.Reset()
			continue
		}
		if parser.Complete(text.String()) != parser.StateComplete && !isCommand(text.String()) {
			continue
		}
		input := strings.TrimSpace(text.String())
		text.Reset()
		l.AppendHistory(entry(input))
		if quit := s.input(ctx, input); quit {
			return nil
		}
	}
	return nil
}

// isCommand tells the shell's own commands, which need no semicolon.
func isCommand(text string) bool {
	switch strings.ToUpper(strings.Trim(strings.TrimSpace(text), "; \n")) {
	case "HELP", "QUIT", "EXIT", "CLEAR", "STATUS":
		return true
	}
	return false
}

// input runs what the user typed: one or more statements. It returns true to leave.
func (s *Shell) input(ctx context.Context, text string) (quit bool) {
	s.person = true
	for _, span := range parser.Split(text) {
		quit, err := s.Execute(ctx, text[span.Start:span.End])
		if err != nil {
			s.report(err)
			return false
		}
		if quit {
			return true
		}
	}
	return false
}

// Execute runs one statement or command and prints its result.
func (s *Shell) Execute(ctx context.Context, statement string) (quit bool, err error) {
	words := strings.Fields(statement)
	if len(words) == 0 {
		return false, nil
	}
	switch word := strings.ToUpper(strings.TrimRight(words[0], ";")); {
	case len(words) == 1 && (word == "QUIT" || word == "EXIT"):
		return true, nil
	case len(words) == 1 && word == "HELP":
		fmt.Fprint(s.cfg.Out, help)
		return false, nil
	case len(words) == 1 && word == "CLEAR":
		if s.cfg.Terminal {
			fmt.Fprint(s.cfg.Out, "\x1b[H\x1b[2J")
		}
		return false, nil
	case word == "STATUS" && len(words) <= 2:
		return false, s.status(ctx, strings.Trim(strings.Join(words[1:], ""), "';"))
	case word == "SOURCE" && len(words) == 2:
		return s.Source(ctx, strings.Trim(strings.TrimRight(words[1], ";"), "'"))
	}
	return false, s.statement(ctx, statement)
}

// FileError is the error about a file of statements that cannot be read.
type FileError struct{ Err error }

// Error is the text of the file's error, which names the file.
func (e *FileError) Error() string { return e.Err.Error() }

// Unwrap returns the file's error.
func (e *FileError) Unwrap() error { return e.Err }

// Source runs the statements of a file; the first error ends it.
func (s *Shell) Source(ctx context.Context, path string) (quit bool, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return false, &FileError{err}
	}
	return s.Script(ctx, string(b))
}

// Script runs the statements of a text; the first error ends it.
func (s *Shell) Script(ctx context.Context, text string) (quit bool, err error) {
	for _, span := range parser.Split(text) {
		if quit, err = s.Execute(ctx, text[span.Start:span.End]); quit || err != nil {
			return quit, err
		}
	}
	return false, nil
}

// statement runs a statement of SQL. Ctrl-C of a person cancels it and leaves the shell running.
func (s *Shell) statement(ctx context.Context, statement string) error {
	if !s.person {
		return s.run(ctx, statement)
	}
	outer := ctx
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	err := s.run(ctx, statement)
	switch {
	case err != nil && outer.Err() != nil: // all of it ends, not this statement alone
		return outer.Err()
	case err != nil && ctx.Err() != nil:
		fmt.Fprintln(s.cfg.Out, "query cancelled")
		return nil
	default:
		return err
	}
}

// run runs a statement and prints its result.
func (s *Shell) run(ctx context.Context, statement string) error {
	started := time.Now()
	r, err := s.cfg.Session.Execute(ctx, statement, nil)
	if err != nil {
		return err
	}
	defer r.Rows.Close()
	switch {
	case !r.Query && r.JobID != "":
		fmt.Fprintf(s.cfg.Out, "Job ID: %s\n", r.JobID)
		return nil
	case !r.Content:
		fmt.Fprintln(s.cfg.Out, "OK")
		return nil
	case render.IsText(r):
		return render.Text(ctx, s.cfg.Out, r)
	}
	_, err = render.Print(ctx, s.cfg.Out, r, s.options(r, started))
	return err
}

func (s *Shell) options(r *gateway.Result, started time.Time) render.Options {
	p := s.cfg.Session.Properties()
	o := render.Options{Batch: strings.EqualFold(p["execution.runtime-mode"], "batch")}
	_, _ = fmt.Sscan(p["table.display.max-column-width"], &o.MaxWidth)          // the default is right
	_, _ = fmt.Sscan(p["sql-client.execution.max-table-result.rows"], &o.Limit) // no limit then
	switch mode := strings.ToUpper(p["sql-client.execution.result-mode"]); {
	case s.cfg.Format != "":
		o.Format = s.cfg.Format
	case mode == "CHANGELOG" || mode == "TABLEAU":
		o.Format = render.Tableau
	default:
		o.Format = render.Table
	}
	if !r.Query {
		o.MaxWidth = 10_000 // names and keys are there to be read
	}
	if !r.Query || o.Batch {
		if o.Format == render.Tableau {
			o.Format = render.Table
		}
	}
	if s.cfg.Terminal {
		o.Started, o.Size = started, s.cfg.Size
	}
	return o
}

func (s *Shell) report(err error) { Report(s.cfg.Err, err) }

func (s *Shell) loadHistory(l *liner.State) {
	if s.cfg.History == "" {
		return
	}
	f, err := os.Open(s.cfg.History)
	if err != nil {
		return // the first time there is none
	}
	_, _ = l.ReadHistory(f) // a damaged history is no reason to stop
	_ = f.Close()
}

func (s *Shell) saveHistory(l *liner.State) {
	if s.cfg.History == "" {
		return
	}
	if err := os.MkdirAll(filepath.Dir(s.cfg.History), 0o700); err != nil {
		fmt.Fprintf(s.cfg.Err, "history: %v\n", err)
		return
	}
	f, err := os.OpenFile(s.cfg.History, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		fmt.Fprintf(s.cfg.Err, "history: %v\n", err)
		return
	}
	err = writeHistory(f, l.WriteHistory)
	if err = errors.Join(err, f.Close()); err != nil {
		fmt.Fprintf(s.cfg.Err, "history: %v\n", err)
	}
}

// writeHistory writes inputs, a line each, without their secrets.
func writeHistory(w io.Writer, history func(io.Writer) (int, error)) error {
	var b bytes.Buffer
	if _, err := history(&b); err != nil {
		return err
	}
	for line := range strings.Lines(b.String()) {
		input, end := strings.CutSuffix(line, "\n")
		input = parser.Mask(input, connectors.Masked)
		if end {
			input += "\n"
		}
		if _, err := io.WriteString(w, input); err != nil {
			return err
		}
	}
	return nil
}

// complete proposes what may stand at the cursor.
func (s *Shell) complete(line string, pos int) (head string, candidates []string, tail string) {
	start := session.WordStart(line, pos)
	return line[:start], s.cfg.Session.Words(line, pos), line[pos:]
}

const help = `Statements of Flink SQL end with ';' and may span lines.
  HELP             this text
  QUIT, EXIT       leave
  CLEAR            clear the screen
  SOURCE 'file'    run the statements of a file
  STATUS ['job']   how jobs go: records, bytes, lag … of each source and sink
  SET 'sql-client.execution.result-mode' = 'table' | 'changelog' | 'tableau'
Ctrl-C cancels the running query; at the prompt it drops the input. Tab completes.
`

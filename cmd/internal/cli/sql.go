package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"golang.org/x/term"

	"millrace/cmd/internal/render"
	"millrace/cmd/internal/repl"
	"millrace/cmd/internal/session"
)

func sqlCommand() command {
	return command{
		name: "sql", args: "[-i FILE] [-f FILE | -e STATEMENT] [-D key=value]...",
		summary: "Starts the SQL shell on an embedded cluster, or runs a file or statement in it.", run: runShell,
		flags: func(f *flag.FlagSet, o *options) {
			f.StringVar(&o.init, "i", "", "first run the statements of `FILE`")
			f.StringVar(&o.file, "f", "", "run the statements of `FILE` and leave")
			f.StringVar(&o.execute, "e", "", "run `STATEMENT` (or several) and leave")
			f.StringVar(&o.history, "history", defaultHistory(), "keep the history of inputs in `FILE`; empty: nowhere")
			settingFlags(f, o)
			parallelismFlag(f, o)
			formatFlag(f, o)
		},
	}
}

// size tells the size of the terminal that standard output is; nil: it is none.
func (c *call) size() func() (columns, lines int) {
	out, ok := c.Out.(*os.File)
	if !ok || !c.interactive {
		return nil
	}
	return func() (columns, lines int) {
		columns, lines, err := term.GetSize(int(out.Fd()))
		if err != nil {
			return 80, 24
		}
		return columns, lines
	}
}

// defaultHistory is a file in the user's state directory, "" if there is none.
func defaultHistory() string {
	if dir := os.Getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "millrace", "history")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".local", "state", "millrace", "history")
}

func runShell(ctx context.Context, c *call) error {
	if len(c.args) > 0 {
		return usageError{fmt.Errorf("unexpected argument %q", c.args[0])}
	}
	if c.file != "" && c.execute != "" {
		return usageError{errors.New("-f and -e exclude each other")}
	}
	format := render.Format("")
	if c.format != "" {
		f, err := render.ParseFormat(c.format)
		if err != nil {
			return usageError{err}
		}
		format = f
	}
	env, stop, err := c.standalone(slog.LevelError)
	if err != nil {
		return err
	}
	defer stop()
	s := session.New(env, nil)
	defer s.Close()
	in, isFile := c.In.(*os.File)
	interactive := isFile && term.IsTerminal(int(in.Fd())) && c.interactive
	shell := repl.New(repl.Config{Session: s, Out: c.Out, Err: c.Err, History: c.history, Format: format, Terminal: c.interactive, Size: c.size()})
	if c.init != "" {
		if quit, err := shell.Source(ctx, c.init); quit || err != nil {
			return c.shellError(err)
		}
	}
	switch {
	case c.file != "":
		_, err = shell.Source(ctx, c.file)
	case c.execute != "":
		_, err = shell.Script(ctx, c.execute)
	case interactive:
		own, stop := signal.NotifyContext(context.WithoutCancel(ctx), syscall.SIGTERM) // Ctrl-C ends statements, not the shell
		defer stop()
		err = shell.Interactive(own)
	default:
		var b []byte
		if b, err = readAll(c.In); err == nil {
			_, err = shell.Script(ctx, string(b))
		}
	}
	return c.shellError(err)
}

func (c *call) shellError(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	repl.Report(c.Err, err)
	if file := (*repl.FileError)(nil); errors.As(err, &file) {
		return reported{exitUsage}
	}
	return reported{exitFailed}
}

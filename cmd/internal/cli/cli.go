package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/term"

	"millrace/cmd/internal/progress"
)

// The exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// Streams are where the process reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// command is a subcommand.
type command struct {
	name    string
	args    string // of the usage line
	summary string
	run     func(ctx context.Context, c *call) error
	flags   func(f *flag.FlagSet, o *options)
}

// call is one execution of a subcommand.
type call struct {
	Streams
	options
	args []string
	// interactive: standard output is a terminal.
	interactive bool
	screen      *progress.Screen // shows progress on a terminal; nil: there is none
}

// options are the flags of all subcommands; each declares those it has.
type options struct {
	settings    settingsFlag
	parallelism int
	format      string
	resume      bool
	from        string
	file        string
	init        string
	execute     string
	address     string
	port        int
	history     string
	quiet       bool
}

// settingsFlag collects -D key=value.
type settingsFlag map[string]string

func (s *settingsFlag) String() string { return "" }

// Set implements flag.Value.
func (s *settingsFlag) Set(v string) error {
	key, value, ok := strings.Cut(v, "=")
	if !ok || key == "" {
		return errors.New("want key=value")
	}
	if *s == nil {
		*s = settingsFlag{}
	}
	(*s)[key] = value
	return nil
}

func commands() []command {
	return []command{runCommand(), sqlCommand(), explainCommand(), validateCommand(), gatewayCommand(), versionCommand()}
}

// usageError is a wrong command line.
type usageError struct{ error }

// reported is an error that was shown already.
type reported struct{ code int }

func (r reported) Error() string { return fmt.Sprintf("exit code %d", r.code) }

// Run executes a command line and returns the exit code.
func Run(args []string, s Streams) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(args) == 0 {
		usage(s.Err)
		return exitUsage
	}
	switch args[0] {
	case "help", "-h", "--help":
		if len(args) > 1 {
			return help(args[1], s)
		}
		usage(s.Out)
		return exitOK
	case "-v", "--version":
		args[0] = "version"
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return execute(ctx, c, args[1:], s)
		}
	}
	fmt.Fprintf(s.Err, "millrace: unknown command %q%s\nRun 'millrace help' for the commands.\n", args[0], suggestion(args[0]))
	return exitUsage
}

func execute(ctx context.Context, c command, args []string, s Streams) int {
	call := &call{Streams: s}
	f := flagSet(c, &call.options)
	f.SetOutput(io.Discard)
	if err := parseFlags(f, args, &call.args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return help(c.name, s)
		}
		fmt.Fprintf(s.Err, "millrace %s: %v\nRun 'millrace help %s' for its options.\n", c.name, err, c.name)
		return exitUsage
	}
	if out, ok := s.Out.(*os.File); ok {
		call.interactive = term.IsTerminal(int(out.Fd()))
	}
	stop, err := profile()
	if err != nil {
		fmt.Fprintf(s.Err, "millrace %s: %v\n", c.name, err)
		return exitUsage
	}
	err = c.run(ctx, call)
	if stopErr := stop(); err == nil && stopErr != nil {
		err = fmt.Errorf("profile: %w", stopErr)
	}
	var u usageError
	var r reported
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &r):
		return r.code
	case errors.As(err, &u):
		fmt.Fprintf(s.Err, "millrace %s: %v\nRun 'millrace help %s' for its options.\n", c.name, err, c.name)
		return exitUsage
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(s.Err, "interrupted")
		return exitInterrupted
	default:
		fmt.Fprintf(s.Err, "millrace %s: %v\n", c.name, err)
		return exitFailed
	}
}

// parseFlags lets flags stand before, between and behind arguments; "--" ends them.
func parseFlags(f *flag.FlagSet, args []string, rest *[]string) error {
	for {
		if err := f.Parse(args); err != nil {
			return err
		}
		left := f.Args()
		if len(left) == 0 {
			return nil
		}
		if n := len(args) - len(left); n > 0 && args[n-1] == "--" {
			*rest = append(*rest, left...)
			return nil
		}
		*rest = append(*rest, left[0])
		args = left[1:]
	}
}

func flagSet(c command, o *options) *flag.FlagSet {
	f := flag.NewFlagSet(c.name, flag.ContinueOnError)
	if c.flags != nil {
		c.flags(f, o)
	}
	return f
}

func usage(w io.Writer) {
	fmt.Fprint(w, "Millrace: Flink SQL in one binary.\n\nUsage: millrace COMMAND [options]\n\nCommands:\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-10s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\nRun 'millrace help COMMAND' for the options of a command.\n"+
		"Exit codes: 0 done, 1 a statement or job failed, 2 wrong command line or SQL, 130 interrupted.\n")
}

func help(name string, s Streams) int {
	for _, c := range commands() {
		if c.name != name {
			continue
		}
		fmt.Fprintf(s.Out, "Usage: millrace %s %s\n\n%s\n", c.name, c.args, c.summary)
		f := flagSet(c, &options{})
		first := true
		f.VisitAll(func(x *flag.Flag) {
			if first {
				fmt.Fprint(s.Out, "\nOptions:\n")
				first = false
			}
			arg, text := flag.UnquoteUsage(x)
			dash := "--"
			if len(x.Name) == 1 {
				dash = "-"
			}
			fmt.Fprintf(s.Out, "  %-24s %s\n", strings.TrimRight(dash+x.Name+" "+arg, " "), text)
		})
		return exitOK
	}
	fmt.Fprintf(s.Err, "millrace: unknown command %q%s\n", name, suggestion(name))
	return exitUsage
}

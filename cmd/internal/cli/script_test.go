package cli

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"millrace": func() { os.Exit(Run(os.Args[1:], Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})) },
	})
}

// The sessions of the command line in testdata/script.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "../../../testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("MILLRACE_LOG", "error")
			e.Setenv("TZ", "UTC")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			// fails CODE PROGRAM ARGS...: the program must end with that exit code.
			"fails": func(ts *testscript.TestScript, neg bool, args []string) {
				if neg || len(args) < 2 {
					ts.Fatalf("usage: fails CODE PROGRAM ARGS...")
				}
				want, err := strconv.Atoi(args[0])
				ts.Check(err)
				if got := exitCode(ts.Exec(args[1], args[2:]...)); got != want {
					ts.Fatalf("exit code %d, want %d", got, want)
				}
			},
			// collect DIR FILE: joins the visible files of a folder.
			"collect": func(ts *testscript.TestScript, _ bool, args []string) {
				files, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "part-*"))
				ts.Check(err)
				var all []byte
				for _, f := range files {
					b, err := os.ReadFile(f)
					ts.Check(err)
					all = append(all, b...)
				}
				ts.Check(os.WriteFile(ts.MkAbs(args[1]), all, 0o600))
			},
		},
	})
}

// exitCode is that of an error of exec.
func exitCode(err error) int {
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return e.ExitCode()
	}
	return 0
}

package cli

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

// flinkVersion is the version of Flink whose language and interfaces this program speaks.
const flinkVersion = "2.3.0"

func versionCommand() command {
	return command{name: "version", summary: "Prints the version.", run: func(_ context.Context, c *call) error {
		revision := "unknown"
		if info, ok := debug.ReadBuildInfo(); ok {
			for _, s := range info.Settings {
				if s.Key == "vcs.revision" {
					revision = s.Value
				}
			}
		}
		_, err := fmt.Fprintf(c.Out, "millrace, Flink SQL %s\nrevision %s\n%s %s/%s\n", flinkVersion, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return err
	}}
}

package cli

import (
	"fmt"
	"os"
	"runtime/pprof"
)

// profile writes a CPU profile of the command to the file that MILLRACE_CPUPROFILE names, for those who work on Millrace.
func profile() (stop func() error, err error) {
	name := os.Getenv("MILLRACE_CPUPROFILE")
	if name == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("profile: %w", err)
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}

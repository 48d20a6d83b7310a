package cli

import (
	"fmt"
	"os"
	"runtime/pprof"
)

// profile writes a CPU profile of the command to the file that MILLRACE_CPUPROFILE names, for those who work on Millrace.
func profile() (stop func(), err error) {
	name := os.Getenv("MILLRACE_CPUPROFILE")
	if name == "" {
		return func() {}, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("profile: %w", err)
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close()
	}, nil
}

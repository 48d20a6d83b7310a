package cli

import (
	"log/slog"
	"maps"
	"os"
	"strconv"

	"millrace/cmd/internal/session"
	"millrace/cmd/internal/wire"
)

// standalone starts an embedded cluster with the settings of the command line.
func (c *call) standalone() (*session.Env, func(), error) {
	settings := map[string]string{}
	maps.Copy(settings, c.settings)
	if c.parallelism < 0 {
		return nil, nil, usageError{errNegative}
	}
	if c.parallelism > 0 {
		settings["parallelism.default"] = strconv.Itoa(c.parallelism)
	}
	log := slog.New(slog.NewTextHandler(c.Err, &slog.HandlerOptions{Level: logLevel()}))
	env, stop := wire.Standalone(wire.Config{Settings: settings, Log: log, Out: c.Out, Err: c.Err})
	return env, stop, nil
}

// logLevel is that of MILLRACE_LOG: debug, info, warn (the default) or error.
func logLevel() slog.Level {
	level := slog.LevelWarn
	if v := os.Getenv("MILLRACE_LOG"); v != "" {
		_ = level.UnmarshalText([]byte(v)) // a wrong word leaves the default
	}
	return level
}

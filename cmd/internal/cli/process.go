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
// level is what is logged unless MILLRACE_LOG says otherwise: commands that report failures themselves need no warnings beside them.
func (c *call) standalone(level slog.Level) (*session.Env, func(), error) {
	settings := map[string]string{}
	maps.Copy(settings, c.settings)
	if c.parallelism < 0 {
		return nil, nil, usageError{errNegative}
	}
	if c.parallelism > 0 {
		settings["parallelism.default"] = strconv.Itoa(c.parallelism)
	}
	log := slog.New(slog.NewTextHandler(c.Err, &slog.HandlerOptions{Level: logLevel(level)}))
	env, stop := wire.Standalone(wire.Config{Settings: settings, Log: log, Out: c.Out, Err: c.Err})
	return env, stop, nil
}

// logLevel is that of MILLRACE_LOG: debug, info, warn or error.
func logLevel(level slog.Level) slog.Level {
	if v := os.Getenv("MILLRACE_LOG"); v != "" {
		_ = level.UnmarshalText([]byte(v)) // a wrong word leaves the default
	}
	return level
}

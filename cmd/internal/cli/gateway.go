package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"millrace/cmd/internal/session"
	"millrace/runtime/gateway"
	"millrace/runtime/job"
)

func gatewayCommand() command {
	return command{
		name: "gateway", args: "[--address A] [--port P] [-D key=value]...",
		summary: "Serves the SQL Gateway REST interface (Flink's, versions 1 to 4) on an embedded cluster.", run: serveGateway,
		flags: func(f *flag.FlagSet, o *options) {
			f.StringVar(&o.address, "address", "localhost", "address to listen on: `A`")
			f.IntVar(&o.port, "port", 8083, "port to listen on: `P`; 0: any free one")
			settingFlags(f, o)
			parallelismFlag(f, o)
		},
	}
}

var errNegative = errors.New("-p: the parallelism must be positive")

func serveGateway(ctx context.Context, c *call) error {
	if len(c.args) > 0 {
		return usageError{fmt.Errorf("unexpected argument %q", c.args[0])}
	}
	env, stop, err := c.standalone(slog.LevelWarn)
	if err != nil {
		return err
	}
	defer stop()
	idle, err := job.Settings(c.settings).Millis("sql-gateway.session.idle-timeout", (10 * time.Minute).Milliseconds())
	if err != nil {
		return usageError{err}
	}
	limit, err := job.Settings(c.settings).Int("sql-gateway.session.max-num", 1_000_000)
	if err != nil {
		return usageError{err}
	}
	g := gateway.New(gateway.Config{IdleTimeout: time.Duration(idle) * time.Millisecond, MaxSessions: limit, Log: env.Log, Sessions: func(_ string, properties map[string]string) (gateway.Session, error) {
		return session.New(env, properties), nil
	}})
	defer g.Close()
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(c.address, strconv.Itoa(c.port)))
	if err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	server := &http.Server{Handler: &gateway.Handler{Gateway: g, Version: flinkVersion}, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 5 * time.Minute, IdleTimeout: 2 * time.Minute}
	fmt.Fprintf(c.Err, "SQL gateway ready on http://%s\n", l.Addr())
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	select {
	case err := <-done:
		return fmt.Errorf("gateway: %w", err)
	case <-ctx.Done():
	}
	fmt.Fprintln(c.Err, "SQL gateway stops")
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if err := server.Shutdown(end); err != nil {
		_ = server.Close() // whatever is left
	}
	return nil
}

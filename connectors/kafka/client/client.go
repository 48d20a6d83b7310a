package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"

	"millrace/connectors/kafka/wire"
)

// AnyBroker lets Do send to one of the bootstrap servers.
const AnyBroker int32 = -1

// Client is a connection to a cluster.
type Client struct {
	cfg       Config
	log       *slog.Logger
	transport *kafka.Transport
	reached   atomic.Bool  // a broker has answered
	retries   atomic.Int64 // of Retry and of fetchers
	bootstrap atomic.Int64 // which server is asked first

	mu           sync.Mutex
	addresses    map[int32]string
	leaders      map[Partition]Leader
	coordinators map[coordinatorKey]int32
	versions     map[int32]*wire.APIVersions
}

// New returns a client. It connects when it is used. Close ends it.
func New(cfg Config, log *slog.Logger) *Client {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	d := &net.Dialer{Timeout: cfg.DialTimeout, KeepAlive: 30 * time.Second}
	return &Client{
		cfg: cfg, log: log,
		transport: &kafka.Transport{
			Dial: d.DialContext, DialTimeout: cfg.DialTimeout, ClientID: cfg.ClientID, TLS: cfg.TLS, SASL: cfg.SASL,
			// The library's own picture of the cluster is not used: it shall not ask for it.
			MetadataTTL: 24 * time.Hour, MetadataTopics: []string{},
		},
		addresses: map[int32]string{}, leaders: map[Partition]Leader{}, coordinators: map[coordinatorKey]int32{}, versions: map[int32]*wire.APIVersions{},
	}
}

// Config is what the client was made with.
func (c *Client) Config() *Config { return &c.cfg }

// Retries is how often something had to be tried again.
func (c *Client) Retries() int64 { return c.retries.Load() }

// Close closes connections that are not in use, and those in use when they are not.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// BrokerError says that a broker could not be talked to.
type BrokerError struct {
	Address string
	Err     error
}

// Error names the address.
func (e *BrokerError) Error() string { return fmt.Sprintf("broker %s: %s", e.Address, explain(e.Err)) }

// Unwrap returns the cause.
func (e *BrokerError) Unwrap() error { return e.Err }

// Retryable tells whether the broker may be there later: it is false for certificates and logins that are refused.
func (e *BrokerError) Retryable() bool {
	return !isRefused(e.Err) && !errors.Is(e.Err, wire.ErrCorrupt)
}

// explain words an error of the network.
func explain(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "no answer in time"
	case errors.Is(err, kafka.SASLAuthenticationFailed):
		return "login refused: " + strings.TrimPrefix(err.Error(), "[58] ")
	case isAlert(err):
		return err.Error() + " (it may expect a certificate of this client: see 'properties.ssl.keystore.location')"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed (a broker does that too if it expects TLS or a login: see 'properties.security.protocol')"
	}
	return err.Error()
}

// isRefused tells of errors that another attempt does not change.
func isRefused(err error) bool {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verification *tls.CertificateVerificationError
	var alert tls.AlertError
	var record tls.RecordHeaderError
	return isAlert(err) || errors.As(err, &unknown) || errors.As(err, &host) || errors.As(err, &invalid) || errors.As(err, &verification) ||
		errors.As(err, &alert) || errors.As(err, &record) || errors.Is(err, kafka.SASLAuthenticationFailed) ||
		errors.Is(err, kafka.UnsupportedSASLMechanism) || err != nil && strings.Contains(err.Error(), "appears to be expecting TLS")
}

// isAlert tells of errors that the other side of a TLS connection sends, mostly about the certificate of this one.
func isAlert(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}

// Retryable tells whether err may pass: broken connections, and answers of brokers that say so.
func Retryable(err error) bool {
	if code, ok := errors.AsType[wire.Code](err); ok {
		return code.Retryable()
	}
	var b *BrokerError
	return errors.As(err, &b) && b.Retryable()
}

// Do sends a message to a broker (or AnyBroker) and waits for the answer, at most for the request's timeout. A connection that turns out to
// be closed is replaced once. Errors are *BrokerError but for that of ctx. Codes in the answer are the caller's.
func (c *Client) Do(ctx context.Context, broker int32, m wire.Message) error {
	return c.DoWithin(ctx, broker, m, c.cfg.RequestTimeout)
}

// DoWithin is Do with another time limit.
func (c *Client) DoWithin(ctx context.Context, broker int32, m wire.Message, limit time.Duration) error {
	if broker != AnyBroker {
		address, err := c.address(broker)
		if err != nil {
			return err
		}
		return c.send(ctx, address, m, limit)
	}
	first := int(c.bootstrap.Load())
	var all []error
	for i := range c.cfg.Brokers {
		k := (first + i) % len(c.cfg.Brokers)
		err := c.send(ctx, c.cfg.Brokers[k], m, min(limit, 2*c.cfg.DialTimeout+time.Second))
		if err == nil {
			c.bootstrap.Store(int64(k))
			return nil
		}
		if ctx.Err() != nil {
			return err
		}
		all = append(all, err)
	}
	return errors.Join(all...)
}

// send sends to an address.
func (c *Client) send(ctx context.Context, address string, m wire.Message, limit time.Duration) error {
	for attempt := 0; ; attempt++ {
		within, cancel := context.WithTimeout(ctx, limit)
		_, err := c.transport.RoundTrip(within, kafka.TCP(address), &wire.Exchange{Message: m, ClientID: c.cfg.ClientID})
		cancel()
		switch {
		case err == nil:
			c.reached.Store(true)
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case attempt == 0 && errors.Is(err, io.EOF) && c.reached.Load():
			// A broker closes connections whose login has become old, and when it restarts.
		default:
			return &BrokerError{address, err}
		}
	}
}

// address is where a broker is.
func (c *Client) address(broker int32) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a, ok := c.addresses[broker]; ok {
		return a, nil
	}
	return "", &BrokerError{"number " + strconv.Itoa(int(broker)), errors.New("its address is not known")}
}

// Retry calls work until it succeeds or fails for good. Errors that may pass are borne for the config's RetryTimeout, and as long as no broker
// has ever answered only for ten seconds. what names the work in the log. Between attempts the picture of leaders and coordinators that
// an error has shown to be old is dropped by the calls that met it.
func (c *Client) Retry(ctx context.Context, what string, work func(context.Context) error) error {
	begun := time.Now()
	wait := c.cfg.Backoff
	for attempt := 1; ; attempt++ {
		err := work(ctx)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return err
		case !Retryable(err):
			return err
		}
		limit := c.cfg.RetryTimeout
		if !c.reached.Load() {
			limit = min(limit, firstContact)
		}
		if spent := time.Since(begun); spent >= limit {
			return fmt.Errorf("%s: given up after %s: %w", what, spent.Round(100*time.Millisecond), err)
		}
		c.retries.Add(1)
		c.log.Debug("kafka request is repeated", "what", what, "attempt", attempt, "error", err)
		if stop := sleep(ctx, wait); stop != nil {
			return fmt.Errorf("%w, after %w", stop, err)
		}
		wait = c.grow(wait)
	}
}

// grow is the pause after one of d, with some chance in it.
func (c *Client) grow(d time.Duration) time.Duration {
	d = min(2*d, max(c.cfg.MaxBackoff, time.Millisecond))
	return d*4/5 + rand.N(d*2/5+1)
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

package faulty

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"
)

// ErrLost is what a client sees when the connection ends before the answer.
var ErrLost = &lost{}

type lost struct{}

func (*lost) Error() string {
	return "connection lost before the answer: " + syscall.ECONNRESET.Error()
}
func (*lost) Timeout() bool   { return false }
func (*lost) Temporary() bool { return true }
func (*lost) Unwrap() error   { return syscall.ECONNRESET }

// Wire is a fault on the way to a server. The first of them that matches a request applies.
type Wire struct {
	Method string // "" for any
	Match  string // part of path and query, "" for any
	Skip   int    // so many matches pass first
	Times  int    // applies to so many; 0: one, < 0: all that follow

	Status    int           // answered instead of passing the request on, such as 503
	Latency   time.Duration // waited before the request is passed on
	Lost      bool          // the request is carried out, its answer lost
	FirstByte time.Duration // waited before the first byte of the answer's body
	Torn      int64         // > 0: the answer's body breaks off after so many bytes
	Stall     bool          // with Torn: it stands still instead, until the request is given up
}

// Transport carries requests to a server and injects faults.
type Transport struct {
	Base http.RoundTripper // nil: http.DefaultTransport

	mu     sync.Mutex
	faults []*wire // guarded by mu
	count  int     // guarded by mu
}

type wire struct {
	Wire
	skip, left int
}

// Script replaces the faults.
func (t *Transport) Script(faults ...Wire) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.faults = nil
	for _, f := range faults {
		left := f.Times
		if left == 0 {
			left = 1
		}
		t.faults = append(t.faults, &wire{f, f.Skip, left})
	}
}

// Count is how many requests there were.
func (t *Transport) Count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.count
}

// Left is how many faults of a limited number have not been applied yet.
func (t *Transport) Left() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range t.faults {
		n += max(f.left, 0)
	}
	return n
}

func (t *Transport) match(r *http.Request) *Wire {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count++
	for _, f := range t.faults {
		if f.left == 0 || f.Method != "" && f.Method != r.Method || !strings.Contains(r.URL.RequestURI(), f.Match) {
			continue
		}
		if f.skip > 0 {
			f.skip--
			continue
		}
		if f.left > 0 {
			f.left--
		}
		return &f.Wire
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	base := t.Base
	if base == nil {
		base = http.DefaultTransport
	}
	f := t.match(r)
	if f == nil {
		return base.RoundTrip(r)
	}
	if err := pause(r.Context(), f.Latency); err != nil {
		return nil, err
	}
	if f.Status != 0 {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return &http.Response{
			StatusCode: f.Status, Status: http.StatusText(f.Status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(nil)), Request: r,
		}, nil
	}
	resp, err := base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if f.Lost {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		return nil, ErrLost
	}
	if f.FirstByte > 0 || f.Torn > 0 {
		resp.Body = &body{ReadCloser: resp.Body, ctx: r.Context(), wait: f.FirstByte, torn: f.Torn > 0, stall: f.Stall, left: f.Torn}
	}
	return resp, nil
}

// body is the body of an answer with a fault.
type body struct {
	io.ReadCloser
	ctx         context.Context //nolint:containedctx // of one request
	wait        time.Duration
	torn, stall bool
	left        int64
}

func (b *body) Read(p []byte) (int, error) {
	if err := pause(b.ctx, b.wait); err != nil {
		return 0, err
	}
	b.wait = 0
	if !b.torn {
		return b.ReadCloser.Read(p)
	}
	if b.left <= 0 {
		if b.stall {
			<-b.ctx.Done()
			return 0, b.ctx.Err()
		}
		return 0, io.ErrUnexpectedEOF
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if errors.Is(err, io.EOF) && b.left <= 0 {
		err = nil
	}
	return n, err
}

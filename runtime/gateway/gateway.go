package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Config is what a gateway is made of. Sessions is required.
type Config struct {
	Sessions SessionFactory
	// IdleTimeout closes sessions that nobody used for so long, and operations of a session in use whose result nobody fetched for so long; 0: never.
	IdleTimeout time.Duration
	// MaxSessions bounds the sessions that are open at once; 0: no bound.
	MaxSessions int
	Log         *slog.Logger // nil: discarded
}

// Gateway holds sessions. Its methods may be called from many goroutines.
type Gateway struct {
	cfg  Config
	stop chan struct{}
	wg   sync.WaitGroup

	mu       sync.Mutex // guards what follows
	sessions map[string]*openSession
	closed   bool
}

// openSession is a session with its queue of statements.
type openSession struct {
	id      string
	session Session
	queue   chan func()

	mu         sync.Mutex // guards what follows
	operations map[string]*Operation
	used       time.Time
	closed     bool
}

// queueLength bounds the statements of a session that wait for their turn.
const queueLength = 1000

// New starts a gateway.
func New(cfg Config) *Gateway {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	g := &Gateway{cfg: cfg, stop: make(chan struct{}), sessions: map[string]*openSession{}}
	if cfg.IdleTimeout > 0 {
		g.wg.Go(g.expire)
	}
	return g
}

// Close closes all sessions.
func (g *Gateway) Close() {
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return
	}
	g.closed = true
	all := maps.Clone(g.sessions)
	clear(g.sessions)
	g.mu.Unlock()
	close(g.stop)
	for _, s := range all {
		s.close()
	}
	g.wg.Wait()
}

// expire closes idle sessions and operations.
func (g *Gateway) expire() {
	tick := time.NewTicker(min(max(g.cfg.IdleTimeout/10, time.Millisecond), time.Minute))
	defer tick.Stop()
	for {
		select {
		case <-g.stop:
			return
		case now := <-tick.C:
			g.closeIdle(now)
		}
	}
}

// closeIdle closes what was idle at that time.
func (g *Gateway) closeIdle(now time.Time) {
	var idle []*openSession
	var operations []*Operation
	g.mu.Lock()
	for id, s := range g.sessions {
		s.mu.Lock()
		if now.Sub(s.used) > g.cfg.IdleTimeout {
			idle = append(idle, s)
			delete(g.sessions, id)
		} else {
			for id, o := range s.operations {
				if o.idle(now, g.cfg.IdleTimeout) {
					operations = append(operations, o)
					delete(s.operations, id)
				}
			}
		}
		s.mu.Unlock()
	}
	g.mu.Unlock()
	for _, o := range operations {
		o.Close()
	}
	for _, s := range idle {
		g.cfg.Log.Info("session closed: nobody used it", "session", s.id, "timeout", g.cfg.IdleTimeout)
		s.close()
	}
}

// Open opens a session and returns its handle.
func (g *Gateway) Open(name string, properties map[string]string) (string, error) {
	s, err := g.cfg.Sessions(name, properties)
	if err != nil {
		return "", err
	}
	o := &openSession{id: uuid.NewString(), session: s, queue: make(chan func(), queueLength), operations: map[string]*Operation{}, used: time.Now()}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.closed:
		s.Close()
		return "", errors.New("the gateway is closed")
	case g.cfg.MaxSessions > 0 && len(g.sessions) >= g.cfg.MaxSessions:
		s.Close()
		return "", refuse(gatewayException, "Failed to create session, the count of active sessions exceeds the max count: %d", g.cfg.MaxSessions)
	}
	g.sessions[o.id] = o
	g.wg.Go(func() {
		for f := range o.queue {
			f()
		}
	})
	return o.id, nil
}

// session finds an open session and notes that it was used.
func (g *Gateway) session(id string) (*openSession, error) {
	g.mu.Lock()
	s := g.sessions[id]
	g.mu.Unlock()
	if s == nil {
		return nil, noSession(id)
	}
	s.mu.Lock()
	s.used = time.Now()
	s.mu.Unlock()
	return s, nil
}

// CloseSession closes a session.
func (g *Gateway) CloseSession(id string) error {
	s, err := g.session(id)
	if err != nil {
		return err
	}
	g.mu.Lock()
	delete(g.sessions, id)
	g.mu.Unlock()
	s.close()
	return nil
}

func (s *openSession) close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	all := maps.Clone(s.operations)
	clear(s.operations)
	close(s.queue)
	s.mu.Unlock()
	for _, o := range all {
		o.Close()
	}
	s.session.Close()
}

// enqueue lets f run after all that was enqueued before.
func (s *openSession) enqueue(f func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return noSession(s.id)
	}
	select {
	case s.queue <- f:
		return nil
	default:
		return fmt.Errorf("session %s: %d statements are waiting already", s.id, queueLength)
	}
}

// Submit queues a statement and returns its operation at once.
func (g *Gateway) Submit(session, statement string, config map[string]string) (*Operation, error) {
	s, err := g.session(session)
	if err != nil {
		return nil, err
	}
	o := newOperation(uuid.NewString())
	s.mu.Lock()
	s.operations[o.ID] = o
	s.mu.Unlock()
	err = s.enqueue(func() {
		o.run(func(ctx context.Context) (*Result, error) { return s.session.Execute(ctx, statement, config) })
	})
	if err != nil {
		s.mu.Lock()
		delete(s.operations, o.ID)
		s.mu.Unlock()
		o.Close()
		return nil, err
	}
	return o, nil
}

// Configure runs a statement that changes the session, after those that were submitted before.
func (g *Gateway) Configure(ctx context.Context, session, statement string) error {
	s, err := g.session(session)
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	err = s.enqueue(func() {
		_, err := guarded(ctx, func(ctx context.Context) (*Result, error) { return nil, s.session.Configure(ctx, statement) })
		done <- err
	})
	if err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Operation finds an operation of a session.
func (g *Gateway) Operation(session, id string) (*Operation, error) {
	s, err := g.session(session)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	o := s.operations[id]
	s.mu.Unlock()
	if o == nil {
		return nil, refuse(gatewayException, "Can not find the submitted operation in the OperationManager with the %s.", id)
	}
	return o, nil
}

// CloseOperation ends an operation; one that is not there is no error.
func (g *Gateway) CloseOperation(session, id string) error {
	s, err := g.session(session)
	if err != nil {
		return err
	}
	s.mu.Lock()
	o := s.operations[id]
	delete(s.operations, id)
	s.mu.Unlock()
	if o != nil {
		o.Close()
	}
	return nil
}

// stack is the stack of the current goroutine, for the error of a panic.
func stack() []byte { return debug.Stack() }

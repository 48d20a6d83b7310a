package s3

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"millrace/connectors/objstore"
)

// Pauses between tries: a random part of a span that doubles.
const (
	firstPause = 50 * time.Millisecond
	longPause  = 3 * time.Second
)

// errStandstill: a stream brought nothing for too long.
var errStandstill = errors.New("no data within the time limit")

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

// pause is how long to wait before try n (from 1).
func pause(n int) time.Duration {
	span := longPause
	if n < 8 {
		span = min(span, firstPause<<(n-1))
	}
	return span/4 + rand.N(span) //nolint:gosec // no secret
}

// retry calls f until it succeeds, fails for good, or the budget is used up. again says that a try went before, whose effect is not known. bytes
// is what one try carries: it gets a second for each mebibyte on top of the time limit.
func (s *Store) retry(ctx context.Context, what, key string, bytes int64, f func(ctx context.Context, again bool) error) error {
	begin := time.Now()
	limit := s.cfg.Timeout + time.Duration(bytes>>20)*time.Second
	for n := 1; ; n++ {
		err := s.try(ctx, limit, n > 1, f)
		if err == nil || isNotFound(err) || isTaken(err) {
			s.reached.Store(true)
			if err == nil {
				s.known.Store(true)
				return nil
			}
			return s.explain(what, key, err)
		}
		if _, said := errorOf(err); said {
			s.reached.Store(true)
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s %q in s3://%s: %w", what, key, s.bucket, context.Cause(ctx))
		}
		if !passing(err) {
			return s.explain(what, key, err)
		}
		if c := code(err); c == "ExpiredToken" || c == "ExpiredTokenException" {
			s.creds.Expire() // the next try asks for new ones
		}
		budget := s.cfg.Budget
		if contact(err) && !s.reached.Load() {
			budget = min(budget, s.cfg.Connect)
		}
		wait := pause(n)
		if spent := time.Since(begin); spent+wait > budget {
			return fmt.Errorf("%w (%d tries in %s)", s.explain(what, key, err), n, spent.Round(time.Millisecond))
		}
		s.retries.Add(1)
		objstore.Retried(ctx)
		if err := s.sleep(ctx, wait); err != nil {
			return fmt.Errorf("%s %q in s3://%s: %w", what, key, s.bucket, err)
		}
	}
}

// try is one try under its time limit.
func (s *Store) try(ctx context.Context, limit time.Duration, again bool, f func(context.Context, bool) error) error {
	inner, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return f(inner, again)
}

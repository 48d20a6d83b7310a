package sink

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"millrace/connectors"
	"millrace/connectors/kafka/client"
	"millrace/connectors/kafka/wire"
	"millrace/operators"
	"millrace/planner/plan"
)

// atOnce is how many transactions are committed at a time.
const atOnce = 8

// Committer commits transactions. It implements connectors.Committer.
type Committer struct {
	c         *Config
	s         *plan.Sink
	env       connectors.Env
	guarantee Guarantee
	client    *client.Client
	timeout   time.Duration
	modern    bool
	begun     bool // the cluster was asked
	committed *operators.Counter
	aborted   *operators.Counter
}

var _ connectors.Committer = (*Committer)(nil)

// OpenCommitter opens the committer of a sink. It is there for every guarantee: a checkpoint that was taken before the option was changed may have
// transactions to commit. With exactly-once it checks the time-out of transactions.
func OpenCommitter(ctx context.Context, c *Config, s *plan.Sink, env connectors.Env) (*Committer, error) {
	k := &Committer{c: c, s: s, env: env, guarantee: c.guarantee(env), committed: env.Count(connectors.CountCommitted), aborted: env.Count(connectors.CountAborted)}
	cfg, err := clientConfig(c, k.guarantee)
	if err != nil {
		return nil, err
	}
	k.client = client.New(cfg, env.Log)
	if k.guarantee == ExactlyOnce {
		if err := k.begin(ctx); err != nil {
			k.client.Close()
			return nil, err
		}
		if k.timeout, err = checkTimeout(ctx, k.client, c, env); err != nil {
			k.client.Close()
			return nil, err
		}
	}
	return k, nil
}

// begin asks the cluster for its kind of transactions.
func (k *Committer) begin(ctx context.Context) (err error) {
	if !k.begun {
		k.modern, err = modern(ctx, k.client)
		k.begun = err == nil
		k.timeout = min(k.client.Config().TransactionTimeout, brokerMaximum)
	}
	return err
}

// Commit commits the transactions of a checkpoint, or proves that they have been committed.
func (k *Committer) Commit(ctx context.Context, checkpoint int64, commits [][]byte) error {
	g, within := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for _, b := range commits {
		if b == nil {
			continue
		}
		h, err := decodeHandle(b)
		if err != nil {
			return fmt.Errorf("table %s: checkpoint %d: %w", k.s.Table, checkpoint, err)
		}
		g.Go(func() error { return k.commit(within, h) })
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("table %s: %w", k.s.Table, err)
	}
	return nil
}

func (k *Committer) commit(ctx context.Context, h handle) error {
	err := endTxn(ctx, k.client, h.ID, h.producer(), h.Modern, true)
	if err == nil {
		k.committed.Add(1)
		return nil
	}
	var code wire.Code
	if !errors.As(err, &code) || code.Action() != wire.Resolve && code != wire.TransactionalIDNotFound {
		return fmt.Errorf("commit transaction %q of checkpoint %d: %w", h.ID, h.Checkpoint, err)
	}
	return k.resolve(ctx, h, code)
}

// resolve finds out what became of a transaction that the coordinator refuses to commit: it has been committed before, or it is lost.
func (k *Committer) resolve(ctx context.Context, h handle, code wire.Code) error {
	p := client.Partition{Topic: h.Topic, Index: h.Partition}
	// What is stored proves a commit even while a later transaction of this id is open; that nothing is stored proves something only if none is.
	for _, stable := range []bool{false, true} {
		found, err := k.client.GroupOffsets(ctx, h.ID, []client.Partition{p}, stable)
		if err != nil {
			return fmt.Errorf("progress record of transaction %q of checkpoint %d: %w", h.ID, h.Checkpoint, err)
		}
		if o, ok := found[p]; ok && o.Offset >= h.Checkpoint {
			k.committed.Add(1)
			return nil
		}
	}
	s, err := describe(ctx, k.client, h.ID)
	why := "brokers remember neither the transaction nor its progress record (they do for transactional.id.expiration.ms and offsets.retention.minutes, " +
		"7 days each by default), so its outcome is unknown: its rows are in the topic only if it was committed when its checkpoint was complete"
	switch {
	case err != nil && !errors.Is(err, wire.TransactionalIDNotFound):
		return fmt.Errorf("state of transaction %q of checkpoint %d: %w", h.ID, h.Checkpoint, err)
	case err == nil:
		why = fmt.Sprintf("it was aborted (state %s, epoch %d), after its timeout of %s or by another job with the same '%s': its rows, those before "+
			"checkpoint %d since the one before it, are not in the topic", s.State, s.Producer.Epoch, time.Duration(h.Timeout)*time.Millisecond, optionPrefix, h.Checkpoint)
	}
	if k.c.AssumeCommit {
		if k.env.Log != nil {
			k.env.Log.Warn("transaction is taken as committed", "table", k.s.Table, "transaction", h.ID, "checkpoint", h.Checkpoint, "reason", why)
		}
		return nil
	}
	return fmt.Errorf("transaction %q of checkpoint %d, begun at %s, cannot be committed (%w): %s. Start from an earlier checkpoint, which writes these rows "+
		"again (and later ones twice), or set '%s' = 'assume-committed' to go on without them",
		h.ID, h.Checkpoint, time.UnixMilli(h.Begun).UTC().Format(time.RFC3339), code, why, optionUnresolved)
}

// Abort aborts the open transactions of this sink that no checkpoint refers to.
func (k *Committer) Abort(ctx context.Context, commits, states [][]byte) error {
	keep := map[string]wire.Producer{}
	prefixes := map[string]bool{}
	if k.guarantee == ExactlyOnce {
		prefixes[k.c.prefix(k.s.Table, k.env)] = true
	}
	for _, b := range commits {
		if b == nil {
			continue
		}
		h, err := decodeHandle(b)
		if err != nil {
			return err
		}
		keep[h.ID] = h.producer()
	}
	for _, b := range states {
		if b == nil {
			continue
		}
		s, err := decodeState(b)
		if err != nil {
			return err
		}
		prefixes[s.Prefix] = true
	}
	if len(prefixes) == 0 {
		return nil
	}
	if err := k.begin(ctx); err != nil {
		return fmt.Errorf("table %s: %w", k.s.Table, err)
	}
	open, err := k.open(ctx, prefixes)
	if err != nil {
		return fmt.Errorf("table %s: transactions of attempts before: %w", k.s.Table, err)
	}
	for _, id := range open {
		if err := k.abort(ctx, id, keep); err != nil {
			return fmt.Errorf("table %s: transaction %q of an attempt before: %w", k.s.Table, id, err)
		}
	}
	return nil
}

// abort aborts a transaction unless it is one to keep.
func (k *Committer) abort(ctx context.Context, id string, keep map[string]wire.Producer) error {
	if p, ok := keep[id]; ok {
		s, err := describe(ctx, k.client, id)
		switch {
		case errors.Is(err, wire.TransactionalIDNotFound):
			return nil
		case err != nil:
			return err
		case s.State != stateOngoing || s.Producer == p:
			return nil
		}
	}
	if _, err := initProducer(ctx, k.client, id, k.timeout, k.modern); err != nil {
		return err
	}
	k.aborted.Add(1)
	if k.env.Log != nil {
		k.env.Log.Info("transaction of an attempt before was aborted", "table", k.s.Table, "transaction", id)
	}
	return nil
}

// open lists the open transactions whose ids begin with one of the prefixes.
func (k *Committer) open(ctx context.Context, prefixes map[string]bool) (out []string, err error) {
	err = k.client.Retry(ctx, "transactions", func(ctx context.Context) error {
		m, err := k.client.Metadata(ctx, []string{})
		if err != nil {
			return err
		}
		out = out[:0]
		for _, b := range m.Brokers {
			l := &wire.ListTransactions{States: []string{stateOngoing}}
			if err := k.client.Do(ctx, b.ID, l); err != nil {
				return err
			}
			if l.Code != wire.None {
				return l.Code
			}
			for _, t := range l.Found {
				for p := range prefixes {
					if strings.HasPrefix(t.ID, p) {
						out = append(out, t.ID)
						break
					}
				}
			}
		}
		return nil
	})
	return out, err
}

// Close ends the committer.
func (k *Committer) Close() error {
	k.client.Close()
	return nil
}

package sink

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"millrace/connectors"
	"millrace/connectors/kafka/client"
	"millrace/connectors/kafka/wire"
)

// brokerMaximum is transaction.max.timeout.ms where brokers do not say.
const brokerMaximum = 15 * time.Minute

// checkTimeout finds the time-out of transactions and refuses one that loses data: brokers abort a transaction after it, also one whose
// checkpoint is complete and whose job is just down.
func checkTimeout(ctx context.Context, c *client.Client, cfg *Config, env connectors.Env) (time.Duration, error) {
	most, told, err := largestTimeout(ctx, c)
	if err != nil {
		return 0, err
	}
	d := cfg.Client.TransactionTimeout
	switch {
	case !cfg.Timeout:
		d = min(d, most)
	case d > most && told:
		return 0, fmt.Errorf("option '%s' = '%d' is more than the brokers' transaction.max.timeout.ms = %d: lower it to at most %d, or raise that of the brokers",
			optionTimeout, d.Milliseconds(), most.Milliseconds(), most.Milliseconds())
	}
	if !env.Checkpointing {
		if env.Streaming {
			return 0, fmt.Errorf("option '%s' = 'exactly-once' needs checkpoints: set execution.checkpointing.interval", optionGuarantee)
		}
		return d, nil
	}
	need := env.CheckpointInterval + cfg.Budget
	if d >= need {
		return d, nil
	}
	where := fmt.Sprintf("raise '%s' to at least %d", optionTimeout, need.Milliseconds())
	switch {
	case need > most && told:
		where = fmt.Sprintf("raise the brokers' transaction.max.timeout.ms (now %d) and '%s' to at least %d", most.Milliseconds(), optionTimeout, need.Milliseconds())
	case !cfg.Timeout:
		where = fmt.Sprintf("set '%s' to at least %d", optionTimeout, need.Milliseconds())
	}
	return 0, fmt.Errorf("transactions time out after %s, but must outlive the checkpoint interval (%s) and '%s' (%s), %s in all: %s, or take checkpoints more often",
		d, env.CheckpointInterval, optionBudget, cfg.Budget, need, where)
}

// largestTimeout asks a broker for the longest time-out of transactions that it allows; told is false if it does not tell.
func largestTimeout(ctx context.Context, c *client.Client) (d time.Duration, told bool, err error) {
	const name = "transaction.max.timeout.ms"
	d = brokerMaximum
	err = c.Retry(ctx, "settings of the brokers", func(ctx context.Context) error {
		if _, err := c.Metadata(ctx, []string{}); err != nil {
			return err
		}
		ids := c.Brokers()
		if len(ids) == 0 {
			return wire.LeaderNotAvailable
		}
		m := &wire.BrokerConfigs{Broker: strconv.Itoa(int(ids[0])), Names: []string{name}}
		if err := c.Do(ctx, ids[0], m); err != nil {
			return err
		}
		if m.Code.Retryable() {
			return m.Code
		}
		if n, e := strconv.ParseInt(m.Values[name], 10, 64); m.Code == wire.None && e == nil && n > 0 {
			d, told = time.Duration(n)*time.Millisecond, true
		}
		return nil
	})
	return d, told, err
}

package minicluster

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"millrace/connectors"
	"millrace/operators/kernel/civil"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/runtime/job"
)

// Splits is what a source would be given to read if its job began now.
type Splits struct {
	Texts []string // what each split is; the first of them
	Count int
	Bytes int64 // of all, as far as is known
	More  bool  // there may be further ones already
}

// splitTexts is how many splits are described.
const splitTexts = 20

// Splits asks a source for its splits, without reading any. It answers as fast as the system where the data lies, but within the context's time.
func (c *Cluster) Splits(ctx context.Context, s *plan.Source, parallelism int, settings job.Settings) (out Splits, err error) {
	src, err := c.reg.Source(s.Connector)
	if err != nil {
		return out, err
	}
	zone, err := civil.LoadZone(settings.Text("table.local-time-zone", "UTC"))
	if err != nil {
		zone = time.UTC
	}
	env := connectors.Env{
		Pool: vector.NewPool(0), Log: slog.New(slog.DiscardHandler), Zone: zone, Now: c.clock.Now, Node: "explain", Parallelism: max(parallelism, 1),
		Lookup: c.reg.Get, Streaming: !s.Bounded,
	}
	e, err := src.OpenEnumerator(ctx, s, env, nil)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	found, done, err := e.Discover(ctx)
	if err != nil {
		return out, err
	}
	d, _ := src.(connectors.SplitDescriber)
	out.Count, out.More = len(found), !done && s.Bounded
	for _, x := range found {
		text, bytes := x.ID, int64(0)
		if d != nil {
			text, bytes = d.DescribeSplit(x)
		}
		out.Bytes += bytes
		if len(out.Texts) < splitTexts {
			out.Texts = append(out.Texts, text)
		}
	}
	return out, nil
}

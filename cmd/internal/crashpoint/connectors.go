package crashpoint

import (
	"context"

	"millrace/connectors"
	"millrace/connectors/filesystem"
	"millrace/connectors/kafka"
	"millrace/planner/plan"
)

// Kafka puts the place into the connectors kafka and upsert-kafka.
func (p *Point) Kafka(c *kafka.Connector) connectors.Connector { return kafkaSink{c, p} }

// UpsertKafka is Kafka for upsert-kafka.
func (p *Point) UpsertKafka(c *kafka.Upsert) connectors.Connector { return upsertSink{c, p} }

// Filesystem puts the place into the connector filesystem.
func (p *Point) Filesystem(c *filesystem.Connector) connectors.Connector { return fileSink{c, p} }

type kafkaSink struct {
	*kafka.Connector
	p *Point
}

func (k kafkaSink) OpenWriter(ctx context.Context, s *plan.Sink, env connectors.Env, states [][]byte) (connectors.Writer, error) {
	w, err := k.Connector.OpenWriter(ctx, s, env, states)
	return k.p.writer("kafka", w, err)
}

func (k kafkaSink) OpenCommitter(ctx context.Context, s *plan.Sink, env connectors.Env) (connectors.Committer, error) {
	c, err := k.Connector.OpenCommitter(ctx, s, env)
	return k.p.committer("kafka", c, err)
}

type upsertSink struct {
	*kafka.Upsert
	p *Point
}

func (k upsertSink) OpenWriter(ctx context.Context, s *plan.Sink, env connectors.Env, states [][]byte) (connectors.Writer, error) {
	w, err := k.Upsert.OpenWriter(ctx, s, env, states)
	return k.p.writer("upsert-kafka", w, err)
}

func (k upsertSink) OpenCommitter(ctx context.Context, s *plan.Sink, env connectors.Env) (connectors.Committer, error) {
	c, err := k.Upsert.OpenCommitter(ctx, s, env)
	return k.p.committer("upsert-kafka", c, err)
}

type fileSink struct {
	*filesystem.Connector
	p *Point
}

func (f fileSink) OpenWriter(ctx context.Context, s *plan.Sink, env connectors.Env, states [][]byte) (connectors.Writer, error) {
	w, err := f.Connector.OpenWriter(ctx, s, env, states)
	return f.p.writer("filesystem", w, err)
}

func (f fileSink) OpenCommitter(ctx context.Context, s *plan.Sink, env connectors.Env) (connectors.Committer, error) {
	c, err := f.Connector.OpenCommitter(ctx, s, env)
	return f.p.committer("filesystem", c, err)
}

func (p *Point) writer(name string, w connectors.Writer, err error) (connectors.Writer, error) {
	if err != nil || w == nil {
		return w, err
	}
	return &writer{w, name, p}, nil
}

func (p *Point) committer(name string, c connectors.Committer, err error) (connectors.Committer, error) {
	if err != nil || c == nil {
		return c, err
	}
	return &committer{Committer: c, name: name, p: p, restoring: true}, nil
}

type writer struct {
	connectors.Writer
	name string
	p    *Point
}

// Watermark implements connectors.WatermarkWriter for those that want it.
func (w *writer) Watermark(t int64) {
	if m, ok := w.Writer.(connectors.WatermarkWriter); ok {
		m.Watermark(t)
	}
}

// CheckpointComplete implements connectors.CheckpointListener for those that want it.
func (w *writer) CheckpointComplete(checkpoint int64) {
	if l, ok := w.Writer.(connectors.CheckpointListener); ok {
		l.CheckpointComplete(checkpoint)
	}
}

func (w *writer) Prepare(ctx context.Context, checkpoint int64, final bool) (commit, state []byte, err error) {
	w.p.hit("prepare." + w.name + ".before")
	commit, state, err = w.Writer.Prepare(ctx, checkpoint, final)
	if err == nil {
		w.p.hit("prepare." + w.name + ".after")
	}
	return commit, state, err
}

type committer struct {
	connectors.Committer
	name      string
	p         *Point
	restoring bool // Abort, which ends a restore, was not called yet
}

func (c *committer) Commit(ctx context.Context, checkpoint int64, commits [][]byte) error {
	step := "commit." + c.name
	if c.restoring {
		step = "restore." + c.name
	}
	c.p.hit(step + ".before")
	if c.name != "filesystem" && c.p.name == step+".half" {
		if err := c.Committer.Commit(ctx, checkpoint, commits[:len(commits)/2]); err != nil {
			return err
		}
		c.p.hit(step + ".half")
	}
	err := c.Committer.Commit(ctx, checkpoint, commits)
	if err == nil {
		c.p.hit(step + ".after")
	}
	return err
}

func (c *committer) Abort(ctx context.Context, commits, states [][]byte) error {
	c.p.hit("abort." + c.name + ".before")
	err := c.Committer.Abort(ctx, commits, states)
	c.restoring = false
	if err == nil {
		c.p.hit("abort." + c.name + ".after")
	}
	return err
}

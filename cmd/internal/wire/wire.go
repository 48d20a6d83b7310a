package wire

import (
	"io"
	"log/slog"
	"os"

	"millrace/cmd/internal/crashpoint"
	"millrace/cmd/internal/session"
	"millrace/connectors"
	"millrace/connectors/blackhole"
	"millrace/connectors/datagen"
	"millrace/connectors/filesystem"
	"millrace/connectors/format"
	"millrace/connectors/format/arrow"
	"millrace/connectors/format/avro"
	"millrace/connectors/format/canal"
	"millrace/connectors/format/csv"
	"millrace/connectors/format/debezium"
	"millrace/connectors/format/json"
	"millrace/connectors/format/maxwell"
	"millrace/connectors/format/ogg"
	"millrace/connectors/format/parquet"
	"millrace/connectors/format/raw"
	"millrace/connectors/kafka"
	"millrace/connectors/nexmark"
	"millrace/connectors/objstore/resolve"
	"millrace/connectors/print"
	"millrace/operators/build"
	"millrace/operators/partition"
	"millrace/operators/vector"
	"millrace/planner"
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/runtime/exchange"
	"millrace/runtime/job"
	"millrace/runtime/minicluster"
)

// Config is what a process is told from outside.
type Config struct {
	Settings map[string]string
	Log      *slog.Logger
	Out, Err io.Writer // of the connector print; nil: the process's own
}

// Registry returns all connectors, with buckets as the environment says.
func Registry(out, errs io.Writer) *connectors.Registry { return registry(out, errs, Stores(nil), nil) }

// Stores opens folders, and buckets by the settings that begin with "s3." and the environment.
func Stores(settings map[string]string) *resolve.Opener { return resolve.New(settings) }

// registry makes the connectors; crash, if it is not nil, is where the process is to die.
func registry(out, errs io.Writer, stores *resolve.Opener, crash *crashpoint.Point) *connectors.Registry {
	if out == nil {
		out = os.Stdout
	}
	if errs == nil {
		errs = os.Stderr
	}
	formats := format.NewRegistry(json.Format{}, csv.Format{}, raw.Format{}, avro.Format{}, avro.Confluent{}, avro.Debezium{}, arrow.Format{}, parquet.Format{},
		debezium.Format{}, canal.Format{}, maxwell.Format{}, ogg.Format{})
	r := &connectors.Registry{}
	files, topics, upserts := filesystem.NewOn(formats, stores), kafka.New(formats), kafka.NewUpsert(formats)
	r.Add(blackhole.Connector{}, print.NewTo(out, errs), nexmark.New(), datagen.Connector{}, files, topics, upserts)
	if crash != nil {
		r.Add(crash.Filesystem(files), crash.Kafka(topics), crash.UpsertKafka(upserts))
	}
	return r
}

// asked lets the planner ask the registry.
type asked struct{ r *connectors.Registry }

// Capabilities implements planner.Connectors.
func (a asked) Capabilities(t planner.Table) (plan.Capabilities, error) {
	return a.r.Capabilities(connectors.Table(t))
}

// AcceptWatermark implements bind.WatermarkConnectors.
func (a asked) AcceptWatermark(t planner.Table, columns []plan.SourceColumn, w *plan.Watermark) bool {
	return a.r.AcceptWatermark(connectors.Table(t), columns, w)
}

// AcceptFilter implements planner.FilterConnectors.
func (a asked) AcceptFilter(t planner.Table, columns []plan.SourceColumn, e *expr.Expr) bool {
	return a.r.AcceptFilter(connectors.Table(t), columns, e)
}

// Standalone starts an embedded cluster and returns what sessions need, and how to stop it.
func Standalone(c Config) (*session.Env, func()) {
	stores, crash := Stores(c.Settings), crashpoint.FromEnv()
	if crash != nil {
		stores = resolve.NewTest(c.Settings, nil, crash.Transport())
	}
	registry := registry(c.Out, c.Err, stores, crash)
	cluster := minicluster.New(minicluster.Config{
		Connectors: registry,
		Operators:  build.Operator,
		Partitioner: func(pool *vector.Pool) exchange.Partitioner {
			return &partition.Hash{Pool: pool}
		},
		Stores:   stores,
		Log:      c.Log,
		Settings: job.Settings(c.Settings),
	})
	env := &session.Env{Cluster: cluster, Connectors: asked{registry}, Settings: c.Settings, Log: c.Log}
	return env, func() {
		if err := cluster.Close(); err != nil && c.Log != nil {
			c.Log.Warn("cluster did not stop cleanly", "error", err)
		}
	}
}

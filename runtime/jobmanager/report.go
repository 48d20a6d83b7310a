package jobmanager

import (
	"log/slog"
	"maps"
	"slices"

	"millrace/runtime/job"
)

// reportEvery is how often the log is told the figures of a job, in milliseconds.
const reportEvery = 60_000

// reportTime asks for the figures to be logged.
type reportTime struct{}

// armReport asks for the next report, if anybody reads such.
func (m *master) armReport() {
	if m.log.Enabled(m.ctx, slog.LevelInfo) {
		m.unreport = m.cfg.Clock.At(m.cfg.Clock.Now()+reportEvery, func() { m.post(reportTime{}) })
	}
}

// logFigures logs the figures of the job, a line for each source and sink.
func (m *master) logFigures(s job.Status) {
	m.log.Info("job", "state", s.State.String(), "checkpoints", s.Progress.Checkpoints.Completed, "failedCheckpoints", s.Progress.Checkpoints.Failed)
	for i := range s.Progress.Nodes {
		n := &s.Progress.Nodes[i]
		at := []any{"table", n.Table}
		switch n.Kind {
		case "source":
			at = append(at, "records", n.RecordsOut, "bytes", n.BytesIn)
		case "sink":
			at = append(at, "records", n.RecordsIn, "bytes", n.BytesOut)
		default:
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(n.Counters)) {
			at = append(at, name, n.Counters[name])
		}
		m.log.Info("job "+n.Kind, at...)
	}
}

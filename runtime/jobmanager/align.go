package jobmanager

import (
	"millrace/connectors"
	"millrace/operators"
	"millrace/planner/plan"
	"millrace/runtime/job"
)

// alignGrace is how long sources go no further than their first rows and the drift while others of the group have not said a word, in ms.
const alignGrace = 2000

// aligned is the groups of sources that are kept together in event time. It only computes.
type aligned struct {
	began  int64 // when the tasks were started, ms since 1970
	groups map[string]*alignedGroup
	of     map[int]*alignedSource // by vertex
}

// alignedGroup is the sources of one group.
type alignedGroup struct {
	sources []*alignedSource
	low     int64 // of the subtasks that are known and not idle; MaxWatermark: none is
}

// alignedSource is a source of a group.
type alignedSource struct {
	vertex job.Vertex
	group  *alignedGroup
	drift  int64
	at     []int64 // of each subtask; MaxWatermark: not known, or idle
	known  []bool
}

// hold is what a subtask is to be told.
type hold struct {
	task  job.TaskID
	limit int64
}

// add notes a source, if its table names a group.
func (g *aligned) add(s *plan.Source, v job.Vertex) error {
	a, err := connectors.ParseAlignment(s.Options)
	if err != nil || a.Group == "" {
		return err
	}
	if g.groups == nil {
		g.groups, g.of = map[string]*alignedGroup{}, map[int]*alignedSource{}
	}
	group := g.groups[a.Group]
	if group == nil {
		group = &alignedGroup{low: operators.MaxWatermark}
		g.groups[a.Group] = group
	}
	x := &alignedSource{vertex: v, group: group, drift: a.Drift.Milliseconds()}
	for range v.Parallelism {
		x.at, x.known = append(x.at, operators.MaxWatermark), append(x.known, false)
	}
	group.sources = append(group.sources, x)
	g.of[v.ID] = x
	return nil
}

// note takes note of a subtask's time and returns whom to tell a new limit: as far as the one that is behind most, and the drift of its table.
func (g *aligned) note(t job.SourceTime, now int64) []hold {
	s := g.of[t.Task.Vertex]
	if s == nil || t.Task.Subtask >= len(s.at) {
		return nil
	}
	s.at[t.Task.Subtask], s.known[t.Task.Subtask] = t.Time, true
	if t.Idle {
		s.at[t.Task.Subtask] = operators.MaxWatermark
	}
	low := int64(operators.MaxWatermark)
	for _, o := range s.group.sources {
		for i, at := range o.at {
			low = min(low, at)
			if !o.known[i] && now < g.began+alignGrace {
				low = min(low, s.group.low) // not beyond what was told already
			}
		}
	}
	if low == s.group.low {
		return nil
	}
	s.group.low = low
	var out []hold
	for _, o := range s.group.sources {
		limit := int64(operators.MaxWatermark)
		if low < operators.MaxWatermark-o.drift {
			limit = low + o.drift
		}
		for i := range o.at {
			out = append(out, hold{job.TaskID{Vertex: o.vertex.ID, Subtask: i}, limit})
		}
	}
	return out
}

// align tells sources how far they may read.
func (m *master) align(t job.SourceTime) {
	for _, h := range m.ex.aligned.note(t, m.cfg.Clock.Now()) {
		for _, tm := range m.cfg.TaskManagers {
			tm.Align(m.ex.attempt, h.task, h.limit)
		}
	}
}

package join

import (
	"millrace/operators"
	"millrace/operators/rowstore"
)

const (
	sweepChunks  = 64   // looked through at a time
	sweepPause   = 5    // ms between two parts of a sweep
	sweepMinimum = 1000 // ms between two sweeps
	sweepsInTTL  = 4
	noSweep      = -1
)

// sweep removes rows whose time to live has ended, a part of the state at a time. Rows that it has not met yet do not take part in joins.
type sweep struct {
	j     *Regular
	every int64 // ms; 0: there is no time to live
	side  int   // where the sweep that is under way goes on; noSweep: none is
	chunk int
}

func (w *sweep) open(j *Regular) {
	w.j, w.side = j, noSweep
	for _, s := range j.sides {
		if s.ttl > 0 {
			if every := max(sweepMinimum, s.ttl/sweepsInTTL); w.every == 0 || every < w.every {
				w.every = every
			}
		}
	}
	if w.every > 0 {
		j.ctx.WakeAt(j.ctx.Now() + w.every)
	}
}

// ProcessingTime removes rows whose time to live has ended.
func (j *Regular) ProcessingTime(now int64, _ operators.Output) error {
	w := &j.sweep
	if w.every == 0 {
		return nil
	}
	if w.side == noSweep {
		w.side, w.chunk = 0, 0
	}
	for budget := sweepChunks; budget > 0; budget-- {
		s := j.sides[w.side]
		if s.ttl == 0 || w.chunk >= s.store.Chunks() {
			s.compact()
			w.side, w.chunk = w.side+1, 0
			if w.side == len(j.sides) {
				w.side = noSweep
				j.ctx.WakeAt(now + w.every)
				return nil
			}
			continue
		}
		s.store.EachOf(w.chunk, func(id rowstore.ID) {
			if s.expired(id, now) {
				s.remove(id)
			}
		})
		w.chunk++
	}
	j.ctx.WakeAt(now + sweepPause)
	return nil
}

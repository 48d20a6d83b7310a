package optest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"millrace/operators"
	"millrace/sql/types"
)

// Event is a row, a watermark or a time.
type Event struct {
	Input int
	Row   *Row
	Mark  *int64 // watermark
	Time  *int64 // processing time
}

// Case is one operator test.
type Case struct {
	New    func() (operators.Operator, error)
	Inputs []types.Schema
	// Keys are the key columns of each input, by which rows are spread over instances; nil: one instance only.
	Keys   [][]int
	Output []types.Type
	Events []Event
	// Want is the folded result, sorted; columns are separated by "|".
	Want []string
	// Upsert is the key of an output without -U.
	Upsert []int
	// Start is the processing time at the start.
	Start int64
	Zone  *time.Location
	// NoNulls leaves the runs with random NULLs out; Nullable names the columns of input 0 that may become NULL (nil: those whose type is
	// nullable).
	NoNulls  bool
	Nullable []int
	// NoState: the operator has no state to be saved.
	NoState bool
	// Ordered: the result depends on the order of rows across keys, so that there is no run with several instances.
	Ordered bool
}

// disguise is one way to run a case.
type disguise struct {
	name    string
	size    int // rows of a batch; 0: all between two other events; -1: random
	hide    bool
	restart int // one of so many cuts is a restart; 0: none
	spread  int // most instances
	seed    uint64
}

// Run runs a case under all disguises.
func Run(t *testing.T, c *Case) {
	t.Helper()
	ds := []disguise{{name: "whole"}, {name: "single", size: 1}, {name: "threes", size: 3, hide: true}}
	for seed := range uint64(3) {
		ds = append(ds, disguise{name: fmt.Sprintf("random-%d", seed), size: -1, hide: seed&1 == 0, seed: seed})
		if !c.NoState {
			ds = append(ds, disguise{name: fmt.Sprintf("restart-%d", seed), size: -1, restart: 3, seed: seed})
		}
		if c.Keys != nil && !c.Ordered {
			ds = append(ds, disguise{name: fmt.Sprintf("spread-%d", seed), size: -1, spread: 3, seed: seed})
			if !c.NoState {
				ds = append(ds, disguise{name: fmt.Sprintf("rescale-%d", seed), size: -1, restart: 3, spread: 3, seed: seed})
			}
		}
	}
	if !c.NoState {
		ds = append(ds, disguise{name: "restart-always", size: 1, restart: 1})
	}
	for _, d := range ds {
		t.Run(d.name, func(t *testing.T) {
			if diff := cmp.Diff(c.Want, play(t, c, c.Events, d)); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
		})
	}
	if c.NoNulls {
		return
	}
	events := withNulls(c)
	var want []string
	for i, d := range ds {
		t.Run("nulls-"+d.name, func(t *testing.T) {
			got := play(t, c, events, d)
			if i == 0 {
				want = got
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("result (-whole +got):\n%s", diff)
			}
		})
	}
}

// withNulls puts NULLs into random places of the rows of input 0. A value that is taken away later is changed in the same way.
func withNulls(c *Case) []Event {
	r := rand.New(rand.NewPCG(11, 13))
	cols := c.Nullable
	if cols == nil {
		for i, f := range c.Inputs[0] {
			if !f.Type.NotNull {
				cols = append(cols, i)
			}
		}
	}
	seen := map[string]uint64{}
	events := slices.Clone(c.Events)
	for i, e := range events {
		if e.Row == nil || e.Input != 0 {
			continue
		}
		key := fmt.Sprint(e.Row.Values)
		mask, ok := seen[key]
		if !ok {
			for _, col := range cols {
				if r.IntN(4) == 0 {
					mask |= 1 << col
				}
			}
			seen[key] = mask
		}
		row := &Row{Kind: e.Row.Kind, Values: slices.Clone(e.Row.Values)}
		for col := range row.Values {
			if mask>>col&1 != 0 {
				row.Values[col] = nil
			}
		}
		events[i].Row = row
	}
	return events
}

// play runs the events under one disguise and returns the folded result.
func play(t *testing.T, c *Case, events []Event, d disguise) []string {
	t.Helper()
	r := rand.New(rand.NewPCG(d.seed, 5))
	instances := func() int {
		if d.spread == 0 {
			return 1
		}
		return 1 + r.IntN(d.spread)
	}
	h := NewHarness(t, c, instances())
	for at := 0; at < len(events); {
		if d.restart > 0 && r.IntN(d.restart) == 0 {
			h.restart(c, events[at:], instances(), r)
		}
		at += h.step(events[at:], d, r)
	}
	h.End()
	got := h.Result()
	h.Close()
	return got
}

// step plays the events of one batch, watermark or time, and returns how many.
func (h *Harness) step(events []Event, d disguise, r *rand.Rand) int {
	h.t.Helper()
	e := events[0]
	switch {
	case e.Mark != nil:
		h.SendWatermark(*e.Mark)
		return 1
	case e.Time != nil:
		h.SetTime(*e.Time)
		return 1
	}
	size := d.size
	switch size {
	case 0:
		size = len(events)
	case -1:
		size = 1 + r.IntN(12)
	}
	var rows []Row
	for _, x := range events[:min(size, len(events))] {
		if x.Row == nil || x.Input != e.Input {
			break
		}
		rows = append(rows, *x.Row)
	}
	h.Rows(e.Input, rows, d.hide)
	return len(rows)
}

// restart takes a snapshot, lets the old instances go on for a while in vain, and starts new ones from what was written meanwhile.
func (h *Harness) restart(c *Case, events []Event, instances int, r *rand.Rand) {
	h.t.Helper()
	s := h.Snapshots()
	h.mute = true
	now := h.now
	for range r.IntN(3) {
		if len(events) == 0 {
			break
		}
		events = events[h.step(events, disguise{size: -1}, r):]
	}
	h.mute = false
	st := h.Write(s)
	h.now = now
	h.Restart(c, instances, st)
}

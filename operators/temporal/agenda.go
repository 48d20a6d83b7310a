package temporal

import (
	"cmp"
	"slices"
)

// agenda is things to do at times. What is added in order stays a run; runs are merged when there are many.
type agenda[T any] struct {
	runs [][]entry[T]
}

type entry[T any] struct {
	time int64
	what T
}

// manyRuns is how many runs are merged.
const manyRuns = 64

func (a *agenda[T]) add(time int64, what T) {
	e := entry[T]{time, what}
	for k := len(a.runs) - 1; k >= 0; k-- {
		if run := a.runs[k]; run[len(run)-1].time <= time {
			a.runs[k] = append(run, e)
			return
		}
	}
	if a.runs = append(a.runs, []entry[T]{e}); len(a.runs) < manyRuns {
		return
	}
	all := slices.Concat(a.runs...)
	slices.SortStableFunc(all, byTime[T])
	a.runs = append(a.runs[:0], all)
}

func byTime[T any](x, y entry[T]) int { return cmp.Compare(x.time, y.time) }

// take removes and returns what is due at t or before.
func (a *agenda[T]) take(t int64) []T {
	var due []T
	for k, run := range a.runs {
		n := 0
		for n < len(run) && run[n].time <= t {
			due = append(due, run[n].what)
			n++
		}
		a.runs[k] = run[n:]
	}
	a.runs = slices.DeleteFunc(a.runs, func(run []entry[T]) bool { return len(run) == 0 })
	return due
}

// each visits everything, to change it.
func (a *agenda[T]) each(visit func(*T)) {
	for _, run := range a.runs {
		for i := range run {
			visit(&run[i].what)
		}
	}
}

package window

import (
	"slices"

	"millrace/operators"
	"millrace/operators/vector"
)

// addCarried adds rows to the windows that they carry in their columns.
func (a *Aggregate) addCarried(b *vector.Batch) error {
	// The columns hold local times already.
	plain := clock{}
	starts, err := plain.times(b.Columns[a.bounds[0]], nil)
	if err != nil {
		return err
	}
	ends, err := plain.times(b.Columns[a.bounds[1]], nil)
	if err != nil {
		return err
	}
	var windows []bounds
	a.index = a.index[:0]
	for i := range starts {
		w := bounds{starts[i], ends[i]}
		k := slices.Index(windows, w)
		if n := len(windows) - 1; n >= 0 && windows[n] == w {
			k = n
		}
		if k < 0 {
			k = len(windows)
			windows = append(windows, w)
			a.index = append(a.index, nil)
		}
		a.index[k] = append(a.index[k], uint16(i))
	}
	for k, w := range windows {
		s := b.Project(all(len(b.Columns)))
		s.Sel = a.index[k]
		d := s.Dense(a.pool)
		s.Release()
		err := a.addTo(w, d)
		d.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *Aggregate) addTo(w bounds, b *vector.Batch) error {
	if !a.spec.Window.ProcTime && a.fired(w.end) {
		a.late.Add(int64(b.Len))
		return nil
	}
	return a.add(a.carriedPane(w).state, b)
}

// carriedPane returns the pane of a window that rows carry.
func (a *Aggregate) carriedPane(w bounds) *pane {
	n, ok := a.carried[w]
	if !ok {
		n = a.next
		a.next++
		a.carried[w] = n
		a.wait(w)
	}
	return getPane(a.panes, n, w, a)
}

func (a *Aggregate) fireCarried(w bounds, out operators.Output) error {
	n := a.carried[w]
	p := a.panes[n]
	delete(a.carried, w)
	delete(a.panes, n)
	err := a.emitPane(p, w, out)
	p.state.Close()
	return err
}

package task

import (
	"sync"
	"sync/atomic"
)

// mailbox is what other goroutines want the task to do between two batches.
type mailbox struct {
	wake      chan struct{}          // capacity 1
	interrupt atomic.Pointer[func()] // ends a Poll of the source that goes on
	pending   atomic.Bool            // there is mail, or a timer is due

	mu   sync.Mutex
	mail []func() error // guarded by mu
}

func newMailbox() *mailbox { return &mailbox{wake: make(chan struct{}, 1)} }

// post adds a call to be made on the task's goroutine. It may never be made if the task ends.
func (m *mailbox) post(f func() error) {
	m.mu.Lock()
	m.mail = append(m.mail, f)
	m.pending.Store(true)
	m.mu.Unlock()
	m.notify()
}

// notify wakes the task.
func (m *mailbox) notify() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
	if f := m.interrupt.Load(); f != nil {
		(*f)()
	}
}

// poke makes the task look at its timers.
func (m *mailbox) poke() {
	m.pending.Store(true)
	m.notify()
}

// run makes the calls that have been posted.
func (m *mailbox) run() error {
	m.mu.Lock()
	m.pending.Store(false)
	mail := m.mail
	m.mail = nil
	m.mu.Unlock()
	for _, f := range mail {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

package job

import (
	"sync"
	"time"
)

// Clock is where the runtime reads the time and asks to be woken. Its methods may be called from many goroutines.
type Clock interface {
	// Now is the time in milliseconds since 1970.
	Now() int64
	// At calls f on some goroutine at time t (ms since 1970) or soon after, at once if t has passed. stop prevents a call that has not begun.
	At(t int64, f func()) (stop func())
}

// SystemClock is the clock of the machine.
type SystemClock struct{}

// Now implements Clock.
func (SystemClock) Now() int64 { return time.Now().UnixMilli() }

// At implements Clock.
func (SystemClock) At(t int64, f func()) func() {
	timer := time.AfterFunc(time.Until(time.UnixMilli(t)), f)
	return func() { timer.Stop() }
}

// ManualClock stands still until it is set; for tests. The zero value is at time 0.
type ManualClock struct {
	mu   sync.Mutex
	now  int64
	next int
	due  map[int]manualTimer // guarded by mu
}

type manualTimer struct {
	at int64
	f  func()
}

// Now implements Clock.
func (c *ManualClock) Now() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// At implements Clock. The function is called by Set, or on a new goroutine if the time has come already.
func (c *ManualClock) At(t int64, f func()) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t <= c.now {
		go f()
		return func() {}
	}
	if c.due == nil {
		c.due = map[int]manualTimer{}
	}
	id := c.next
	c.next++
	c.due[id] = manualTimer{t, f}
	return func() {
		c.mu.Lock()
		delete(c.due, id)
		c.mu.Unlock()
	}
}

// Waiting is the number of calls asked for and not yet made.
func (c *ManualClock) Waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.due)
}

// Set moves the time and makes the calls that are due, in no particular order.
func (c *ManualClock) Set(now int64) {
	c.mu.Lock()
	c.now = now
	var fs []func()
	for id, t := range c.due {
		if t.at <= now {
			fs = append(fs, t.f)
			delete(c.due, id)
		}
	}
	c.mu.Unlock()
	for _, f := range fs {
		f()
	}
}

// Advance moves the time forward by d milliseconds, see Set.
func (c *ManualClock) Advance(d int64) { c.Set(c.Now() + d) }

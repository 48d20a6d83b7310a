package checkpoint

import (
	"fmt"
	"math"
	"slices"

	"millrace/runtime/job"
)

// Config is when checkpoints are taken and how many are kept. Times are in milliseconds.
type Config struct {
	Enabled   bool  // periodic checkpoints, and a manifest at the end of the job
	Interval  int64 // between triggers
	MinPause  int64 // between the end of one and the next
	Timeout   int64
	Tolerable int // failures in a row that do not fail the job
	Retain    int // completed checkpoints that are kept
}

// Coordinator decides about the checkpoints of one job. Make it with New. It is not for concurrent use.
type Coordinator struct {
	cfg      Config
	next     int64 // id
	running  bool
	tasks    map[job.TaskID]bool // true: has ended
	trigger  int64               // when the last periodic one was triggered
	done     int64               // when the last one ended
	failures int                 // in a row
	wake     int64
	pending  *pending
	requests []Request
	finish   bool // Finish has come
	retained []int64
	out      []Action
}

// phase is how far a checkpoint has come.
type phase uint8

const (
	collecting phase = iota
	storing
	committing
)

type pending struct {
	id      int64
	kind    Kind
	token   int
	phase   phase
	started int64
	acked   map[job.TaskID]bool
	orphan  bool // its attempt has been stopped
}

// New returns the coordinator of a job whose next checkpoint has the given id. retained are completed checkpoints that it shall subsume,
// oldest first.
func New(cfg Config, next int64, retained []int64) *Coordinator {
	cfg.Retain = max(cfg.Retain, 1)
	return &Coordinator{cfg: cfg, next: next, retained: slices.Clone(retained), wake: math.MaxInt64}
}

// Busy tells whether a manifest is being stored or a commit goes on: what the job would be restored from is open.
func (c *Coordinator) Busy() bool { return c.pending != nil && c.pending.phase != collecting }

// InProgress is the id of the checkpoint in progress, or 0.
func (c *Coordinator) InProgress() int64 {
	if c.pending == nil {
		return 0
	}
	return c.pending.id
}

// Retained lists the completed checkpoints that have not been deleted, oldest first.
func (c *Coordinator) Retained() []int64 { return slices.Clone(c.retained) }

// Step takes an event and returns what to do, in order.
func (c *Coordinator) Step(e Event) []Action {
	c.out = nil
	switch e := e.(type) {
	case Started:
		c.started(e)
	case Tick:
		c.tick(e.Now)
	case Request:
		c.request(e)
	case Acked:
		c.acked(e)
	case Declined:
		if p := c.pending; p != nil && p.id == e.Checkpoint && p.phase == collecting {
			c.fail(e.Now, e.Reason)
			c.advance(e.Now)
		}
	case Ended:
		c.ended(e)
	case Stored:
		c.stored(e)
	case Committed:
		c.committed(e)
	case Finish:
		c.finish = true
		c.advance(e.Now)
	case Stopped:
		c.stopped(e)
	}
	return c.out
}

func (c *Coordinator) do(a Action) { c.out = append(c.out, a) }

func (c *Coordinator) started(e Started) {
	c.running, c.finish, c.failures = true, false, 0
	c.trigger, c.done = e.Now, math.MinInt64/2
	c.tasks = map[job.TaskID]bool{}
	for _, t := range e.Tasks {
		c.tasks[t] = false
	}
	c.advance(e.Now)
}

func (c *Coordinator) tick(now int64) {
	if now >= c.wake {
		c.wake = math.MaxInt64
	}
	if p := c.pending; p != nil && p.phase == collecting && now >= p.started+c.cfg.Timeout {
		c.fail(now, fmt.Sprintf("checkpoint expired before completing: %d of %d tasks acknowledged within %d ms", len(p.acked), c.alive(), c.cfg.Timeout))
	}
	c.advance(now)
}

// alive is the number of tasks that have not ended, plus those that have acknowledged and ended since.
func (c *Coordinator) alive() int {
	n := 0
	for t, ended := range c.tasks {
		if !ended || c.pending != nil && c.pending.acked[t] {
			n++
		}
	}
	return n
}

func (c *Coordinator) request(e Request) {
	switch {
	case !c.running:
		c.do(Refuse{e.Token, "the job is not running"})
	case c.finish:
		c.do(Refuse{e.Token, "the job is finishing"})
	default:
		c.requests = append(c.requests, e)
		c.advance(e.Now)
	}
}

// advance begins what can begin now and says when to look again.
func (c *Coordinator) advance(now int64) {
	if c.running && c.finish {
		c.advanceFinish(now)
	}
	if c.running && !c.finish && c.pending == nil {
		due := c.due()
		switch {
		case len(c.requests) > 0:
			r := c.requests[0]
			c.requests = c.requests[1:]
			kind := Savepoint
			if r.Stop {
				kind = Stopping
			}
			c.begin(now, kind, r.Token, r.Drain)
		case now >= due:
			c.trigger = now
			c.begin(now, Periodic, 0, false)
		}
	}
	c.setWake()
}

func (c *Coordinator) advanceFinish(now int64) {
	if p := c.pending; p != nil {
		if p.phase != collecting {
			return
		}
		c.drop("all tasks have finished", false)
	}
	for _, r := range c.requests {
		c.do(Refuse{r.Token, "the job is finishing"})
	}
	c.requests = nil
	p := &pending{id: c.next, kind: Final, started: now}
	c.next++
	c.pending = p
	if c.cfg.Enabled {
		c.store()
		return
	}
	p.phase = committing
	c.do(Commit{p.id, Final})
}

// due is when the next periodic checkpoint may be triggered.
func (c *Coordinator) due() int64 {
	if !c.cfg.Enabled || c.cfg.Interval <= 0 || len(c.tasks) == 0 {
		return math.MaxInt64
	}
	return max(c.trigger+c.cfg.Interval, c.done+c.cfg.MinPause)
}

func (c *Coordinator) setWake() {
	at := int64(math.MaxInt64)
	switch {
	case !c.running || c.finish:
	case c.pending == nil:
		at = c.due()
	case c.pending.phase == collecting:
		at = c.pending.started + c.cfg.Timeout
	}
	if at != c.wake {
		c.wake = at
		if at != math.MaxInt64 {
			c.do(Wake{at})
		}
	}
}

func (c *Coordinator) begin(now int64, kind Kind, token int, drain bool) {
	c.pending = &pending{id: c.next, kind: kind, token: token, started: now, acked: map[job.TaskID]bool{}}
	c.next++
	c.do(Trigger{c.pending.id, kind, token, drain})
}

func (c *Coordinator) acked(e Acked) {
	p := c.pending
	if p == nil || p.id != e.Checkpoint || p.phase != collecting {
		return
	}
	p.acked[e.Task] = true
	c.check()
	c.setWake()
}

func (c *Coordinator) ended(e Ended) {
	if _, known := c.tasks[e.Task]; !known {
		return
	}
	c.tasks[e.Task] = true
	if p := c.pending; p != nil && p.phase == collecting {
		c.check()
		c.setWake()
	}
}

// check goes on to store when nobody has to acknowledge any more. When all tasks have ended, Finish follows, and the final checkpoint replaces this.
func (c *Coordinator) check() {
	all := true
	for t, ended := range c.tasks {
		if !ended && !c.pending.acked[t] {
			return
		}
		all = all && ended
	}
	if !all || len(c.pending.acked) == len(c.tasks) {
		c.store()
	}
}

func (c *Coordinator) store() {
	p := c.pending
	p.phase = storing
	a := Store{Checkpoint: p.id, Kind: p.kind, Token: p.token}
	for t, ended := range c.tasks {
		switch {
		case p.acked[t]:
			a.Acked = append(a.Acked, t)
		case ended:
			a.Ended = append(a.Ended, t)
		}
	}
	slices.SortFunc(a.Acked, job.TaskID.Compare)
	slices.SortFunc(a.Ended, job.TaskID.Compare)
	c.do(a)
}

func (c *Coordinator) stored(e Stored) {
	p := c.pending
	if p == nil || p.id != e.Checkpoint || p.phase != storing {
		return
	}
	switch {
	case e.Failure != "" && p.orphan:
		c.drop(e.Failure, true)
	case e.Failure != "" && p.kind == Final:
		c.drop(e.Failure, true)
		c.running = false
		c.do(Fail{"final checkpoint: " + e.Failure})
	case e.Failure != "":
		c.fail(e.Now, e.Failure)
	case p.kind == Savepoint, p.orphan:
		c.complete(e.Now)
	default:
		p.phase = committing
		c.do(Commit{p.id, p.kind})
		return
	}
	c.advance(e.Now)
}

func (c *Coordinator) committed(e Committed) {
	if p := c.pending; p != nil && p.id == e.Checkpoint && p.phase == committing {
		c.complete(e.Now)
		c.advance(e.Now)
	}
}

// complete ends the pending checkpoint well.
func (c *Coordinator) complete(now int64) {
	p := c.pending
	c.pending = nil
	c.done = now
	if p.kind == Final || p.kind == Stopping {
		c.running = false
	}
	c.do(Complete{p.id, p.kind, p.token})
	if p.kind == Periodic || p.kind == Final && c.cfg.Enabled {
		c.failures = 0
		c.retained = append(c.retained, p.id)
		for len(c.retained) > c.cfg.Retain {
			c.do(Delete{c.retained[0]})
			c.retained = c.retained[1:]
		}
	}
}

// drop ends the pending checkpoint without it being complete.
func (c *Coordinator) drop(reason string, failed bool) {
	p := c.pending
	c.pending = nil
	c.do(Abort{p.id, p.kind, p.token, failed, reason})
}

// fail ends the pending checkpoint and counts it.
func (c *Coordinator) fail(now int64, reason string) {
	p := c.pending
	c.drop(reason, true)
	c.done = now
	if p.kind != Periodic {
		return
	}
	c.failures++
	if c.failures > c.cfg.Tolerable {
		c.running = false
		c.do(Fail{fmt.Sprintf("checkpoint %d failed, and %d failures in a row are tolerated: %s", p.id, c.cfg.Tolerable, reason)})
	}
}

func (c *Coordinator) stopped(e Stopped) {
	c.running, c.finish = false, false
	c.wake = math.MaxInt64
	for _, r := range c.requests {
		c.do(Refuse{r.Token, e.Reason})
	}
	c.requests = nil
	if p := c.pending; p != nil {
		if p.phase == collecting {
			c.drop(e.Reason, false)
			return
		}
		p.orphan = true
	}
}

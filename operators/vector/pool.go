package vector

import (
	"fmt"
	"math/bits"
	"sync"
	"sync/atomic"
	"unsafe"
)

const (
	minClass = 8  // 256 bytes
	maxClass = 26 // 64 MiB; larger buffers are not kept
	// Slack is how many bytes behind the end of a buffer may be overwritten and read.
	Slack = 64
	// keepBytes bounds what a pool keeps for reuse in one size class.
	keepBytes = 32 << 20
)

// Pool hands out buffers in power-of-two classes and takes them back. It accounts what is in use against a limit that belongs to a job.
// A pool may be used from many goroutines.
type Pool struct {
	limit int64 // bytes in use that fail the job; 0: none
	used  atomic.Int64
	peak  atomic.Int64
	mu    sync.Mutex
	free  [maxClass + 1][][]byte // guarded by mu
	// Check makes the pool overwrite returned buffers, so that a use after release shows. For tests.
	Check bool
}

// NewPool returns a pool that refuses to have more than limit bytes in use (0: no limit).
func NewPool(limit int64) *Pool { return &Pool{limit: limit} }

// LimitError is the panic value of an allocation over the limit. The task that runs the operator turns it into the failure of its job.
type LimitError struct{ Used, Wanted, Limit int64 }

func (e *LimitError) Error() string {
	return fmt.Sprintf("memory limit of the job exceeded: %d bytes in use, %d more wanted, %d allowed", e.Used, e.Wanted, e.Limit)
}

// InUse returns the bytes handed out and not yet returned.
func (p *Pool) InUse() int64 { return p.used.Load() }

// Peak returns the highest value InUse has had.
func (p *Pool) Peak() int64 { return p.peak.Load() }

// Account adds n bytes (or takes them away, if negative) that are held elsewhere on behalf of the same job, such as state tables.
// It panics with a *LimitError when that exceeds the limit.
func (p *Pool) Account(n int64) {
	used := p.used.Add(n)
	if n <= 0 {
		return
	}
	if p.limit > 0 && used > p.limit {
		p.used.Add(-n)
		panic(&LimitError{Used: used - n, Wanted: n, Limit: p.limit})
	}
	for {
		peak := p.peak.Load()
		if used <= peak || p.peak.CompareAndSwap(peak, used) {
			return
		}
	}
}

func classOf(n int) int {
	c := bits.Len(uint(n + Slack - 1))
	return max(c, minClass)
}

// Alloc returns n bytes with undefined content; cap(b) has at least Slack more.
func (p *Pool) Alloc(n int) []byte {
	c := classOf(n)
	size := 1 << c
	p.Account(int64(size))
	if c <= maxClass {
		p.mu.Lock()
		if l := len(p.free[c]); l > 0 {
			b := p.free[c][l-1]
			p.free[c] = p.free[c][:l-1]
			p.mu.Unlock()
			return b[:n]
		}
		p.mu.Unlock()
	}
	return aligned(size)[:n]
}

// aligned returns fresh memory of the given size that starts at a multiple of 64 (the runtime aligns large blocks to pages already).
func aligned(size int) []byte {
	if size >= 32<<10 {
		return make([]byte, size)
	}
	b := make([]byte, size+56)
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(b))) & 63)
	if skip > 56 {
		skip = 0
	}
	return b[skip : skip+size : skip+size]
}

// Free takes back a buffer of Alloc or Grow. The caller must not use it afterwards.
func (p *Pool) Free(b []byte) {
	if cap(b) == 0 {
		return
	}
	size := cap(b)
	p.used.Add(-int64(size))
	c := bits.Len(uint(size)) - 1
	if p.Check {
		b = b[:size]
		for i := range b {
			b[i] = 0xDB
		}
	}
	if c > maxClass {
		return
	}
	p.mu.Lock()
	if (len(p.free[c])+1)<<c <= keepBytes || len(p.free[c]) < 2 {
		p.free[c] = append(p.free[c], b[:0:size])
	}
	p.mu.Unlock()
}

// Grow returns a buffer of at least n bytes that begins with the content of b, and takes b back if it was too small.
func (p *Pool) Grow(b []byte, n int) []byte {
	if n+Slack <= cap(b) {
		return b[:n]
	}
	bigger := p.Alloc(max(n, 2*len(b)))
	copy(bigger, b)
	p.Free(b)
	return bigger[:n]
}

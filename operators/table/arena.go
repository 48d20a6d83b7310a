package table

import (
	"millrace/operators/vector"
)

const (
	arenaShift = 20 // bits of a position that count bytes inside a chunk
	arenaChunk = 1 << arenaShift
)

// Ref is a value in an arena, as it lies in a row (16 bytes). The zero Ref is "no value".
type Ref struct {
	at  uint64 // chunk number and offset
	len uint32
	set uint32
}

// IsSet tells whether there is a value.
func (r Ref) IsSet() bool { return r.set != 0 }

// Len is the length of the value.
func (r Ref) Len() int { return int(r.len) }

// Bytes is variable-length data that rows refer to, read-only.
type Bytes struct{ chunks [][]byte }

// Get returns the value. It must not be changed.
func (b *Bytes) Get(r Ref) []byte {
	o := r.at & (arenaChunk - 1)
	return b.chunks[r.at>>arenaShift][o : o+uint64(r.len)]
}

// Arena appends values to chunks that never change afterwards, so that a snapshot shares them.
type Arena struct {
	Bytes
	pool  *vector.Pool
	owner []*chunk // of the chunks
	used  int      // bytes of the last chunk
	total int      // bytes appended since the last compaction
	waste int      // bytes of values that were dropped
}

// Put stores a value.
func (a *Arena) Put(x []byte) Ref {
	if len(a.chunks) == 0 || a.used+len(x) > len(a.chunks[len(a.chunks)-1]) {
		size := arenaChunk - vector.Slack
		if n := len(a.chunks); n < 11 {
			size = 512<<n - vector.Slack
		}
		c := newChunk(a.pool, max(size, len(x)))
		a.owner = append(a.owner, c)
		a.chunks = append(a.chunks, c.buf)
		a.used = 0
	}
	n := len(a.chunks) - 1
	copy(a.chunks[n][a.used:], x)
	r := Ref{at: uint64(n)<<arenaShift | uint64(a.used), len: uint32(len(x)), set: 1}
	a.used += len(x)
	a.total += len(x)
	return r
}

// Drop says that a value is not used any more.
func (a *Arena) Drop(r Ref) {
	if r.set != 0 {
		a.waste += int(r.len)
	}
}

// wasteful tells whether compaction pays.
func (a *Arena) wasteful() bool { return a.waste > 64<<10 && a.waste*2 > a.total }

func (a *Arena) release() {
	for _, c := range a.owner {
		c.release(a.pool)
	}
	a.owner, a.chunks, a.used, a.total, a.waste = nil, nil, 0, 0, 0
}

// chunk is a buffer that a table and its snapshots share. Its counts are touched by the operator's goroutine only.
type chunk struct {
	buf  []byte
	refs int
}

func newChunk(pool *vector.Pool, size int) *chunk { return &chunk{buf: pool.Alloc(size), refs: 1} }

func (c *chunk) release(pool *vector.Pool) {
	if c.refs--; c.refs == 0 {
		pool.Free(c.buf)
		c.buf = nil
	}
}

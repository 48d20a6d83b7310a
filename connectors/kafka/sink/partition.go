package sink

import (
	"encoding/binary"
	"math/rand/v2"
)

// murmur2 is the hash by which Kafka's clients spread keys.
func murmur2(key []byte) uint32 {
	const m, r = 0x5bd1e995, 24
	h := uint32(0x9747b28c) ^ uint32(len(key))
	for ; len(key) >= 4; key = key[4:] {
		k := binary.LittleEndian.Uint32(key) * m
		k ^= k >> r
		h = h*m ^ k*m
	}
	switch len(key) {
	case 3:
		h ^= uint32(key[2]) << 16
		fallthrough
	case 2:
		h ^= uint32(key[1]) << 8
		fallthrough
	case 1:
		h ^= uint32(key[0])
		h *= m
	}
	h ^= h >> 13
	h *= m
	return h ^ h>>15
}

// spread is how records find their partitions.
type spread uint8

const (
	byKey    spread = iota // by the key; without one as sticky
	fixed                  // all of a subtask to one
	rotating               // one after another
	sticky                 // a batch to one, the next to another
)

func spreadOf(partitioner string) spread {
	switch partitioner {
	case "fixed":
		return fixed
	case "round-robin":
		return rotating
	case "sticky":
		return sticky
	}
	return byKey
}

// pick returns the partition of a record.
func (t *topic) pick(s spread, key []byte, subtask int) *partition {
	n := len(t.parts)
	switch {
	case n == 1:
		return t.parts[0]
	case s == byKey && key != nil:
		return t.parts[int(murmur2(key)&0x7fffffff)%n]
	case s == fixed:
		return t.parts[subtask%n]
	case s == rotating:
		t.turn++
		return t.parts[t.turn%n]
	}
	return t.parts[t.stuck%n]
}

// move ends the turn of the partition that records without key go to.
func (t *topic) move(p *partition) {
	if n := len(t.parts); n > 1 && t.parts[t.stuck%n] == p {
		t.stuck = (t.stuck + 1 + rand.IntN(n-1)) % n
	}
}

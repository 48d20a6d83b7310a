package filesystem

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
)

// appendPath appends a path to a list as what it does not have in common with the one before it.
func appendPath(list []byte, before, path string) []byte {
	n := 0
	for n < len(before) && n < len(path) && before[n] == path[n] {
		n++
	}
	list = binary.AppendUvarint(list, uint64(n))
	list = binary.AppendUvarint(list, uint64(len(path)-n))
	return append(list, path[n:]...)
}

// firstPath takes the first path off a list.
func firstPath(list []byte, before string) (path string, rest []byte, err error) {
	n, a := binary.Uvarint(list)
	m, b := binary.Uvarint(list[max(a, 0):])
	at := a + b
	if a <= 0 || b <= 0 || n > uint64(len(before)) || m > uint64(len(list)-at) {
		return "", nil, errors.New("a list of files is damaged")
	}
	end := at + int(m)
	return before[:n] + string(list[at:end]), list[end:], nil
}

// pathHash is the first 16 bytes of a path's SHA-256: two paths never have the same.
type pathHash [2]uint64

func hashPath(path string) pathHash {
	sum := sha256.Sum256([]byte(path))
	h := pathHash{binary.LittleEndian.Uint64(sum[:]), binary.LittleEndian.Uint64(sum[8:])}
	if h == (pathHash{}) {
		h[0] = 1 // zero is a free slot
	}
	return h
}

// pathSet is a set of paths of which only the hashes are kept. The zero value is empty.
type pathSet struct {
	slots []pathHash // a power of two, at most two thirds in use
	n     int
}

// find returns the slot of a hash, or the free one where it belongs.
func (s *pathSet) find(h pathHash) int {
	mask := len(s.slots) - 1
	i := int(h[0]) & mask
	for s.slots[i] != (pathHash{}) && s.slots[i] != h {
		i = (i + 1) & mask
	}
	return i
}

func (s *pathSet) has(path string) bool {
	if s.n == 0 {
		return false
	}
	h := hashPath(path)
	return s.slots[s.find(h)] == h
}

func (s *pathSet) add(path string) { s.put(hashPath(path)) }

func (s *pathSet) put(h pathHash) {
	if 3*(s.n+1) > 2*len(s.slots) {
		old := s.slots
		s.slots = make([]pathHash, max(64, 2*len(old)))
		for _, x := range old {
			if x != (pathHash{}) {
				s.slots[s.find(x)] = x
			}
		}
	}
	if i := s.find(h); s.slots[i] != h {
		s.slots[i] = h
		s.n++
	}
}

// save returns the hashes, 16 bytes each.
func (s *pathSet) save() []byte {
	if s.n == 0 {
		return nil
	}
	b := make([]byte, 0, 16*s.n)
	for _, h := range s.slots {
		if h != (pathHash{}) {
			b = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(b, h[0]), h[1])
		}
	}
	return b
}

func (s *pathSet) load(b []byte) error {
	if len(b)%16 != 0 {
		return errors.New("the hashes of files are cut off")
	}
	for ; len(b) > 0; b = b[16:] {
		s.put(pathHash{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])})
	}
	return nil
}

package job

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
)

// ID names a job: 32 hexadecimal digits.
type ID string

// NewID returns a random id.
func NewID() ID {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return ID(hex.EncodeToString(b[:]))
}

// ParseID checks an id that came from outside.
func ParseID(s string) (ID, error) {
	if b, err := hex.DecodeString(s); err != nil || len(b) != 16 {
		return "", fmt.Errorf("job id %q: want 32 hexadecimal digits", s)
	}
	return ID(s), nil
}

// Attempt is one execution of a job: a restart begins the next.
type Attempt struct {
	Job    ID  `json:"job"`
	Number int `json:"number"` // from 1
}

// String is "<id>#<number>".
func (a Attempt) String() string { return fmt.Sprintf("%s#%d", a.Job, a.Number) }

// TaskID names a subtask of a job.
type TaskID struct {
	Vertex  int `json:"vertex"`
	Subtask int `json:"subtask"`
}

// String is "v0/1".
func (t TaskID) String() string { return fmt.Sprintf("v%d/%d", t.Vertex, t.Subtask) }

// Compare orders by vertex, then by subtask.
func (t TaskID) Compare(o TaskID) int {
	if t.Vertex != o.Vertex {
		return t.Vertex - o.Vertex
	}
	return t.Subtask - o.Subtask
}

package checkpoint

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"strconv"
	"strings"

	"millrace/connectors/objstore"
	"millrace/runtime/job"
)

// Version is the version of the manifest that this code writes.
const Version = 2

// envelope is the file: the manifest as JSON, and the checksum of that text.
type envelope struct {
	Version  int             `json:"version"`
	CRC32C   string          `json:"crc32c"` // 8 hexadecimal digits
	Manifest json.RawMessage `json:"manifest"`
}

// ManifestName is the name of the manifest in the folder of its checkpoint.
const ManifestName = "_metadata"

// Manifest is what a checkpoint consists of. Keys of files are relative to its folder, so that a folder may be moved.
type Manifest struct {
	Checkpoint  int64  `json:"checkpoint"`
	Kind        string `json:"kind"` // "checkpoint", "savepoint", "stop", "final", "origin"
	Job         job.ID `json:"job"`
	JobName     string `json:"jobName"`
	Fingerprint string `json:"fingerprint"` // of the plan: equal for equal sets of operator ids
	// Started (0: not known), Triggered and Completed are milliseconds since 1970. Started is when the job began, or that which it goes on with.
	Started        int64 `json:"started,omitempty"`
	Triggered      int64 `json:"triggered"`
	Completed      int64 `json:"completed"`
	MaxParallelism int   `json:"maxParallelism"`
	// Origin, of kind "origin", is the URI of the folder of another checkpoint or savepoint, whose state is that of this one: the job was restored from it, or
	// stopped with it, and what it has committed follows that and no older checkpoint.
	Origin    string     `json:"origin,omitempty"`
	Operators []Operator `json:"operators"`
	Bytes     int64      `json:"bytes"` // of state
}

// Operator is the part of one plan node (or dead-letter sink).
type Operator struct {
	UID         string              `json:"uid"`
	Name        string              `json:"name"`
	Parallelism int                 `json:"parallelism"`
	Finished    bool                `json:"finished,omitempty"` // all its subtasks had ended
	Enumerator  []byte              `json:"enumerator,omitempty"`
	Subtasks    []job.OperatorState `json:"subtasks,omitempty"` // what those that had something sent, commits left out
	Commits     [][]byte            `json:"commits,omitempty"`  // to be published, again if need be
}

// Stateful tells whether something is lost if the operator is left out of a restore.
func (o *Operator) Stateful() bool {
	return len(o.Enumerator) > 0 || len(o.Subtasks) > 0 || len(o.Commits) > 0
}

// Folder is the folder of a checkpoint under the directory of checkpoints.
func Folder(dir string, id job.ID, checkpoint int64) string {
	return Join(JobFolder(dir, id), "chk-"+strconv.FormatInt(checkpoint, 10))
}

// JobFolder is the folder of a job under the directory of checkpoints.
func JobFolder(dir string, id job.ID) string { return Join(dir, string(id)) }

// Join appends an element to a URI.
func Join(uri, elem string) string { return strings.TrimRight(uri, "/") + "/" + elem }

// key appends an element to an object key.
func key(folder, elem string) string {
	if folder == "" {
		return elem
	}
	return strings.TrimRight(folder, "/") + "/" + elem
}

// Write stores the manifest in its folder, given as URI. It fails if there is one.
func Write(ctx context.Context, stores objstore.Opener, folder string, m *Manifest) error {
	store, at, err := stores.Open(folder)
	if err != nil {
		return err
	}
	b, err := encode(m)
	if err != nil {
		return err
	}
	return store.PutNew(ctx, key(at, ManifestName), bytes.NewReader(b))
}

// Read reads the manifest at a path: a URI of the folder or of the manifest itself. It returns the folder's URI.
func Read(ctx context.Context, stores objstore.Opener, uri string) (m *Manifest, folder string, err error) {
	folder = strings.TrimRight(uri, "/")
	if path.Base(folder) == ManifestName {
		folder = strings.TrimRight(strings.TrimSuffix(folder, ManifestName), "/")
	}
	store, at, err := stores.Open(folder)
	if err != nil {
		return nil, "", fmt.Errorf("checkpoint %q: %w", uri, err)
	}
	m, err = read(ctx, store, key(at, ManifestName))
	if err != nil {
		return nil, "", fmt.Errorf("checkpoint %q: %w", uri, err)
	}
	return m, folder, nil
}

func read(ctx context.Context, store objstore.Store, at string) (*Manifest, error) {
	r, err := store.Get(ctx, at, 0, -1)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return decode(b)
}

func encode(m *Manifest) ([]byte, error) {
	b, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	return json.Marshal(envelope{Version, checksum(b), b})
}

func decode(b []byte) (*Manifest, error) {
	var e envelope
	if err := json.Unmarshal(b, &e); err != nil {
		return nil, fmt.Errorf("damaged manifest: %w", err)
	}
	if e.Version != Version {
		return nil, fmt.Errorf("manifest of version %d: this program reads version %d", e.Version, Version)
	}
	if checksum(e.Manifest) != e.CRC32C {
		return nil, errors.New("damaged manifest: its checksum is not that of what was written")
	}
	var m Manifest
	if err := json.Unmarshal(e.Manifest, &m); err != nil {
		return nil, fmt.Errorf("damaged manifest: %w", err)
	}
	return &m, nil
}

func checksum(b []byte) string {
	return fmt.Sprintf("%08x", crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
}

// Query says which checkpoint FindLatest looks for.
type Query struct {
	JobName string
	// Fingerprint, if not "", prefers checkpoints of the same plan over others of that name.
	Fingerprint string
	// Skip are jobs whose checkpoints do not count.
	Skip map[job.ID]bool
}

// Found is a checkpoint.
type Found struct {
	Path     string // URI of its folder
	Manifest *Manifest
}

// FindLatest returns the newest completed checkpoint (not savepoint) of the jobs with that name below dir. The error wraps objstore.ErrNotFound if
// there is none.
func FindLatest(ctx context.Context, stores objstore.Opener, dir string, q Query) (Found, error) {
	store, at, err := stores.Open(dir)
	if err != nil {
		return Found{}, fmt.Errorf("checkpoint directory %q: %w", dir, err)
	}
	prefix := ""
	if at != "" {
		prefix = strings.TrimRight(at, "/") + "/"
	}
	var best Found
	better := func(m *Manifest) bool {
		b := best.Manifest
		if b == nil {
			return true
		}
		if s, t := m.Fingerprint == q.Fingerprint, b.Fingerprint == q.Fingerprint; q.Fingerprint != "" && s != t {
			return s
		}
		if m.Completed != b.Completed {
			return m.Completed > b.Completed
		}
		return m.Checkpoint > b.Checkpoint
	}
	err = store.List(ctx, prefix, func(i objstore.Info) error {
		parts := strings.Split(strings.TrimPrefix(i.Key, prefix), "/")
		if len(parts) != 3 || parts[2] != ManifestName || !strings.HasPrefix(parts[1], "chk-") || q.Skip[job.ID(parts[0])] {
			return nil
		}
		m, err := read(ctx, store, i.Key)
		if errors.Is(err, objstore.ErrNotFound) {
			return nil // deleted meanwhile
		}
		if err != nil {
			return fmt.Errorf("checkpoint %q: %w", i.Key, err)
		}
		if m.JobName == q.JobName && better(m) {
			best = Found{Join(Join(dir, parts[0]), parts[1]), m}
		}
		return nil
	})
	switch {
	case err != nil && !errors.Is(err, objstore.ErrNotFound):
		return Found{}, fmt.Errorf("checkpoint directory %q: %w", dir, err)
	case best.Manifest == nil:
		return Found{}, fmt.Errorf("checkpoint of job %q below %q: %w", q.JobName, dir, objstore.ErrNotFound)
	}
	return best, nil
}

package mem

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"millrace/connectors/objstore"
)

var _ objstore.Multipart = (*Store)(nil)

// upload is an upload that is neither completed nor aborted.
type upload struct {
	key   string
	begun time.Time
	parts map[int][]byte
}

// MinPart is PartBytes.
func (s *Store) MinPart() int64 { return max(s.PartBytes, 1) }

// CreateUpload begins an upload.
func (s *Store) CreateUpload(ctx context.Context, key string) (string, error) {
	if err := objstore.CheckKey(key); err != nil {
		return "", err
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := uuid.NewString()
	if s.uploads == nil {
		s.uploads = map[string]*upload{}
	}
	s.uploads[id] = &upload{key: key, begun: time.Now(), parts: map[int][]byte{}}
	return id, nil
}

// find returns an upload; the caller holds mu.
func (s *Store) find(key, id string) (*upload, error) {
	u := s.uploads[id]
	if u == nil || u.key != key {
		return nil, fmt.Errorf("object %q: %w", key, objstore.ErrNoUpload)
	}
	return u, nil
}

// UploadPart stores a part.
func (s *Store) UploadPart(ctx context.Context, key, id string, number int, data []byte) (objstore.Part, error) {
	if err := ctx.Err(); err != nil {
		return objstore.Part{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.find(key, id)
	if err != nil {
		return objstore.Part{}, err
	}
	u.parts[number] = bytes.Clone(data)
	return objstore.Part{Number: number, ETag: objstore.PartETag(data), Size: int64(len(data))}, nil
}

// ListParts returns the parts of an upload.
func (s *Store) ListParts(ctx context.Context, key, id string) (parts []objstore.Part, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.find(key, id)
	if err != nil {
		return nil, err
	}
	for _, n := range slices.Sorted(maps.Keys(u.parts)) {
		parts = append(parts, objstore.Part{Number: n, ETag: objstore.PartETag(u.parts[n]), Size: int64(len(u.parts[n]))})
	}
	return parts, nil
}

// CompleteUpload makes an object.
func (s *Store) CompleteUpload(ctx context.Context, key, id string, parts []objstore.Part) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	tag := objstore.MultipartETag(parts)
	u, err := s.find(key, id)
	if err != nil {
		if o, ok := s.objects[key]; ok && o.tag == tag && int64(len(o.data)) == objstore.PartsSize(parts) {
			return nil
		}
		return err
	}
	var data []byte
	last := 0
	for i, p := range parts {
		got, ok := u.parts[p.Number]
		switch {
		case p.Number <= last || !ok || objstore.PartETag(got) != p.ETag:
			return fmt.Errorf("complete object %q: part %d is not the one that is there", key, p.Number)
		case i < len(parts)-1 && int64(len(got)) < s.MinPart():
			return fmt.Errorf("complete object %q: part %d of %d bytes is too small", key, p.Number, len(got))
		}
		data, last = append(data, got...), p.Number
	}
	if s.objects == nil {
		s.objects = map[string]object{}
	}
	s.objects[key] = object{data: data, modified: time.Now(), tag: tag}
	delete(s.uploads, id)
	return nil
}

// AbortUpload drops an upload.
func (s *Store) AbortUpload(ctx context.Context, key, id string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.uploads[id]; u != nil && u.key == key {
		delete(s.uploads, id)
	}
	return nil
}

// ListUploads calls each for the uploads under a prefix, as they were when it was called.
func (s *Store) ListUploads(ctx context.Context, prefix string, each func(objstore.Upload) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	var found []objstore.Upload
	for id, u := range s.uploads {
		if strings.HasPrefix(u.key, prefix) {
			found = append(found, objstore.Upload{Key: u.key, ID: id, Begun: u.begun})
		}
	}
	s.mu.Unlock()
	slices.SortFunc(found, func(a, b objstore.Upload) int { return strings.Compare(a.Key+a.ID, b.Key+b.ID) })
	for _, u := range found {
		if err := each(u); err != nil {
			return err
		}
	}
	return nil
}

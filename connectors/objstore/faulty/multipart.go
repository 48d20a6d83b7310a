package faulty

import (
	"context"
	"errors"

	"millrace/connectors/objstore"
)

var _ objstore.Multipart = (*Store)(nil)

// errParts is returned if the store below takes no parts.
var errParts = errors.New("the store takes no parts")

// multi is the store below, if it takes parts.
func (s *Store) multi() (objstore.Multipart, error) {
	if m, ok := s.Store.(objstore.Multipart); ok {
		return m, nil
	}
	return nil, errParts
}

// MinPart is that of the store below; 0 if it takes no parts.
func (s *Store) MinPart() int64 {
	m, err := s.multi()
	if err != nil {
		return 0
	}
	return m.MinPart()
}

// CreateUpload begins an upload.
func (s *Store) CreateUpload(ctx context.Context, key string) (id string, err error) {
	err = s.parts(ctx, Create, key, func(m objstore.Multipart) (err error) {
		id, err = m.CreateUpload(ctx, key)
		return err
	})
	return id, err
}

// parts carries out an operation on uploads.
func (s *Store) parts(ctx context.Context, op Op, key string, do func(objstore.Multipart) error) error {
	m, err := s.multi()
	if err != nil {
		return err
	}
	return s.run(ctx, op, []string{key}, func(*Fault) error { return do(m) })
}

// UploadPart stores a part.
func (s *Store) UploadPart(ctx context.Context, key, id string, number int, data []byte) (p objstore.Part, err error) {
	err = s.parts(ctx, Part, key, func(m objstore.Multipart) (err error) {
		p, err = m.UploadPart(ctx, key, id, number, data)
		return err
	})
	return p, err
}

// ListParts returns the parts of an upload.
func (s *Store) ListParts(ctx context.Context, key, id string) (parts []objstore.Part, err error) {
	err = s.parts(ctx, List, key, func(m objstore.Multipart) (err error) {
		parts, err = m.ListParts(ctx, key, id)
		return err
	})
	return parts, err
}

// CompleteUpload makes an object.
func (s *Store) CompleteUpload(ctx context.Context, key, id string, parts []objstore.Part) error {
	return s.parts(ctx, Commit, key, func(m objstore.Multipart) error { return m.CompleteUpload(ctx, key, id, parts) })
}

// AbortUpload drops an upload.
func (s *Store) AbortUpload(ctx context.Context, key, id string) error {
	return s.parts(ctx, Abort, key, func(m objstore.Multipart) error { return m.AbortUpload(ctx, key, id) })
}

// ListUploads calls each for the uploads under a prefix.
func (s *Store) ListUploads(ctx context.Context, prefix string, each func(objstore.Upload) error) error {
	return s.parts(ctx, List, prefix, func(m objstore.Multipart) error { return m.ListUploads(ctx, prefix, each) })
}

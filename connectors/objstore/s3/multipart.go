package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/minio/minio-go/v7"

	"millrace/connectors/objstore"
)

// CreateUpload begins an upload. If an answer is lost, one more upload may be left that nobody knows; ListUploads shows it.
func (s *Store) CreateUpload(ctx context.Context, key string) (string, error) {
	if err := objstore.CheckKey(key); err != nil {
		return "", err
	}
	o, _ := s.options(key, false)
	return s.begin(ctx, key, o)
}

func (s *Store) begin(ctx context.Context, key string, o minio.PutObjectOptions) (id string, err error) {
	begin := minio.PutObjectOptions{UserMetadata: o.UserMetadata}
	err = s.retry(ctx, "begin upload of object", key, 0, func(ctx context.Context, _ bool) (err error) {
		id, err = s.core.NewMultipartUpload(ctx, s.bucket, key, begin)
		return err
	})
	return id, err
}

// UploadPart stores a part.
func (s *Store) UploadPart(ctx context.Context, key, id string, number int, data []byte) (p objstore.Part, err error) {
	o := minio.PutObjectPartOptions{Sha256Hex: s.sum(data), DisableContentSha256: true}
	err = s.retry(ctx, "upload part "+strconv.Itoa(number)+" of object", key, int64(len(data)), func(ctx context.Context, _ bool) error {
		got, err := s.core.PutObjectPart(ctx, s.bucket, key, id, number, bytes.NewReader(data), int64(len(data)), o)
		if err == nil && got.ETag == "" {
			return fmt.Errorf("part %d: the answer has no entity tag: %w", number, errStandstill)
		}
		p = objstore.Part{Number: number, ETag: got.ETag, Size: int64(len(data))}
		return err
	})
	return p, err
}

// ListParts returns the parts of an upload.
func (s *Store) ListParts(ctx context.Context, key, id string) (parts []objstore.Part, err error) {
	marker := 0
	for {
		var got minio.ListObjectPartsResult
		err := s.retry(ctx, "list parts of object", key, 0, func(ctx context.Context, _ bool) (err error) {
			got, err = s.core.ListObjectParts(ctx, s.bucket, key, id, marker, 1000)
			return err
		})
		if err != nil {
			if errors.Is(err, objstore.ErrNotFound) {
				err = fmt.Errorf("list parts of object %q: %w", key, objstore.ErrNoUpload)
			}
			return nil, err
		}
		for _, p := range got.ObjectParts {
			parts = append(parts, objstore.Part{Number: p.PartNumber, ETag: strings.Trim(p.ETag, `"`), Size: p.Size})
		}
		if !got.IsTruncated || got.NextPartNumberMarker <= marker {
			return parts, nil
		}
		marker = got.NextPartNumberMarker
	}
}

// CompleteUpload makes the object, unless it has been made of these parts before.
func (s *Store) CompleteUpload(ctx context.Context, key, id string, parts []objstore.Part) error {
	return s.complete(ctx, key, id, parts, "")
}

// complete sends the list of parts and looks at the object afterwards whatever the answer was. With a token the object must not have existed.
func (s *Store) complete(ctx context.Context, key, id string, parts []objstore.Part, token string) error {
	list := make([]minio.CompletePart, len(parts))
	for i, p := range parts {
		list[i] = minio.CompletePart{PartNumber: p.Number, ETag: p.ETag}
	}
	end := minio.PutObjectOptions{}
	if token != "" {
		end.SetMatchETagExcept("*")
	}
	const what = "complete object"
	var answer error
	err := s.retry(ctx, what, key, objstore.PartsSize(parts)>>4, func(ctx context.Context, _ bool) error {
		_, answer = s.core.CompleteMultipartUpload(ctx, s.bucket, key, id, list, end)
		if passing(answer) {
			return answer
		}
		return nil
	})
	if err != nil {
		return err
	}
	if answer != nil && code(answer) != "NoSuchUpload" && code(answer) != "NoSuchKey" && !isTaken(answer) {
		// A repeated request may also find the parts gone, because the first one used them.
		if ok, err := s.made(ctx, key, parts, token); err != nil || ok {
			return err
		}
		return s.explain(what, key, answer)
	}
	ok, err := s.made(ctx, key, parts, token)
	switch {
	case err != nil || ok:
		return err
	case isTaken(answer):
		return s.explain(what, key, answer)
	case token != "":
		return fmt.Errorf("%s %q: %w", what, key, objstore.ErrExists)
	}
	return fmt.Errorf("%s %q in s3://%s: upload %q was aborted or never was, and the object is not the one that its %d parts make: %w",
		what, key, s.bucket, id, len(parts), objstore.ErrNoUpload)
}

// made tells whether the object is the one that the parts make: by its length and its entity tag; where the store encrypts, and tags are no
// checksums, by length, number of parts and this program's mark.
func (s *Store) made(ctx context.Context, key string, parts []objstore.Part, token string) (bool, error) {
	var i minio.ObjectInfo
	err := s.retry(ctx, "head object", key, 0, func(ctx context.Context, _ bool) (err error) {
		i, err = s.core.StatObject(ctx, s.bucket, key, minio.StatObjectOptions{})
		return err
	})
	if errors.Is(err, objstore.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if i.Size != objstore.PartsSize(parts) || token != "" && i.UserMetadata[metaToken] != token {
		return false, nil
	}
	tag := strings.Trim(i.ETag, `"`)
	if tag == objstore.MultipartETag(parts) {
		return true, nil
	}
	return encrypted(i) && i.UserMetadata[metaMark] == s.mark(key) && strings.HasSuffix(tag, "-"+strconv.Itoa(len(parts))), nil
}

// encrypted tells whether the object's entity tag may be no checksum.
func encrypted(i minio.ObjectInfo) bool {
	kind := i.Headers.Get("X-Amz-Server-Side-Encryption")
	return kind != "" && kind != "AES256" || i.Headers.Get("X-Amz-Server-Side-Encryption-Customer-Algorithm") != ""
}

// AbortUpload drops an upload.
func (s *Store) AbortUpload(ctx context.Context, key, id string) error {
	err := s.retry(ctx, "abort upload of object", key, 0, func(ctx context.Context, _ bool) error {
		return s.core.AbortMultipartUpload(ctx, s.bucket, key, id)
	})
	if errors.Is(err, objstore.ErrNoUpload) || errors.Is(err, objstore.ErrNotFound) {
		return nil
	}
	return err
}

// ListUploads calls each for the uploads under a prefix.
func (s *Store) ListUploads(ctx context.Context, prefix string, each func(objstore.Upload) error) error {
	key, id := "", ""
	for {
		var got minio.ListMultipartUploadsResult
		err := s.retry(ctx, "list uploads", prefix, 0, func(ctx context.Context, _ bool) (err error) {
			got, err = s.core.ListMultipartUploads(ctx, s.bucket, prefix, key, id, "", 1000)
			return err
		})
		if err != nil {
			return err
		}
		for _, u := range got.Uploads {
			if !strings.HasPrefix(u.Key, prefix) {
				continue
			}
			if err := each(objstore.Upload{Key: u.Key, ID: u.UploadID, Begun: u.Initiated}); err != nil {
				return err
			}
		}
		if !got.IsTruncated || got.NextKeyMarker == key && got.NextUploadIDMarker == id {
			return nil
		}
		key, id = got.NextKeyMarker, got.NextUploadIDMarker
	}
}

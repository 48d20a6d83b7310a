package objstore

import (
	"context"
	"crypto/md5" //nolint:gosec // the checksum that S3 defines for parts
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// More errors that implementations wrap.
var (
	// ErrNoUpload: the upload is unknown (aborted, or completed as something else) and the object is not what it should have become.
	ErrNoUpload = errors.New("upload not found")
	// ErrNoBucket: the bucket does not exist. It is no ErrNotFound: what is missing is the place, not an object in it.
	ErrNoBucket = errors.New("bucket does not exist")
	// ErrDenied: the credentials are missing, wrong, or not sufficient.
	ErrDenied = errors.New("access denied")
	// ErrUnreachable: the store could not be reached within the time allowed.
	ErrUnreachable = errors.New("unreachable")
)

// Part is an uploaded part of an object.
type Part struct {
	Number int    `json:"n"` // 1 to 10000, in the order of the object's bytes; gaps are allowed
	ETag   string `json:"etag"`
	Size   int64  `json:"size"`
}

// Upload is an upload that is neither completed nor aborted.
type Upload struct {
	Key   string
	ID    string // what CreateUpload returned
	Begun time.Time
}

// Multipart is a store that takes objects in parts which nobody sees until the upload is completed. An upload lives until it is completed or
// aborted, also when the process that began it is gone: key, id and parts are all that another one needs.
type Multipart interface {
	Store
	// MinPart is the smallest size of a part that is not the last, in bytes; 0 if a wrapper has a store below that takes no parts after all.
	MinPart() int64
	// CreateUpload begins an upload.
	CreateUpload(ctx context.Context, key string) (id string, err error)
	// UploadPart stores a part; it replaces one with the same number. data is not kept. ErrNoUpload if the upload is gone.
	UploadPart(ctx context.Context, key, id string, number int, data []byte) (Part, error)
	// ListParts returns the parts that the upload has, by number. ErrNoUpload if it is gone.
	ListParts(ctx context.Context, key, id string) ([]Part, error)
	// CompleteUpload makes the object of exactly those parts, and returns only when that was seen. It succeeds if the object has been made of
	// them before, so it may be repeated. ErrNoUpload if it can no longer be made.
	CompleteUpload(ctx context.Context, key, id string, parts []Part) error
	// AbortUpload drops an upload with its parts. If it is gone that is no error.
	AbortUpload(ctx context.Context, key, id string) error
	// ListUploads calls each for all uploads whose key begins with prefix.
	ListUploads(ctx context.Context, prefix string, each func(Upload) error) error
}

// DropUploads aborts the uploads whose key begins with prefix, if the store takes parts. Nobody may be writing there.
func DropUploads(ctx context.Context, store Store, prefix string) error {
	m, ok := store.(Multipart)
	if !ok || m.MinPart() == 0 {
		return nil
	}
	var found []Upload
	if err := m.ListUploads(ctx, prefix, func(u Upload) error {
		found = append(found, u)
		return nil
	}); err != nil {
		return err
	}
	for _, u := range found {
		if err := m.AbortUpload(ctx, u.Key, u.ID); err != nil {
			return err
		}
	}
	return nil
}

// PartETag is the entity tag of a part: the MD5 of its bytes in hexadecimal digits. Stores that encrypt may have others.
func PartETag(data []byte) string {
	sum := md5.Sum(data) //nolint:gosec // see above
	return hex.EncodeToString(sum[:])
}

// MultipartETag is the entity tag that an object of these parts has: the MD5 of the binary tags, a dash, and their number. "" if a tag is of
// another form.
func MultipartETag(parts []Part) string {
	h := md5.New() //nolint:gosec // see above
	for _, p := range parts {
		b, err := hex.DecodeString(strings.Trim(p.ETag, `"`))
		if err != nil || len(b) != md5.Size {
			return ""
		}
		h.Write(b)
	}
	return fmt.Sprintf("%s-%d", hex.EncodeToString(h.Sum(nil)), len(parts))
}

// PartsSize is the sum of the sizes.
func PartsSize(parts []Part) (n int64) {
	for _, p := range parts {
		n += p.Size
	}
	return n
}

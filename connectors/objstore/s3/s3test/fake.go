package s3test

import (
	"bufio"
	"bytes"
	"crypto/md5" //nolint:gosec // S3's checksum
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// fake imitates S3 as far as the driver uses it. It looks at the name of the access key but not at signatures.
type fake struct {
	mu      sync.Mutex
	buckets map[string]map[string]*object // guarded by mu
	uploads map[string]*upload            // guarded by mu
	next    int                           // guarded by mu
}

type object struct {
	data []byte
	etag string
	meta http.Header
	time time.Time
}

type upload struct {
	bucket, key string
	meta        http.Header
	begun       time.Time
	parts       map[int]*object
}

func newFake(buckets []string) *fake {
	f := &fake{buckets: map[string]map[string]*object{}, uploads: map[string]*upload{}}
	for _, b := range buckets {
		f.buckets[b] = map[string]*object{}
	}
	return f
}

func tagOf(b []byte) string {
	sum := md5.Sum(b) //nolint:gosec // see above
	return hex.EncodeToString(sum[:])
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", code, message)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(v)
}

// payload reads a body, which may be in signed chunks.
func payload(r *http.Request) ([]byte, error) {
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return io.ReadAll(r.Body)
	}
	var out bytes.Buffer
	in := bufio.NewReader(r.Body)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, io.ErrUnexpectedEOF
		}
		size, _, _ := strings.Cut(strings.TrimSpace(line), ";")
		n, err := strconv.ParseInt(size, 16, 64)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			_, err = io.Copy(io.Discard, in)
			return out.Bytes(), err
		}
		if _, err := io.CopyN(&out, in, n); err != nil {
			return nil, err
		}
		if _, err := in.Discard(2); err != nil {
			return nil, err
		}
	}
}

// ServeHTTP implements http.Handler.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := payload(r)
	if err != nil {
		return // the client went away
	}
	auth := r.Header.Get("Authorization")
	switch {
	case auth == "":
		refuse(w, http.StatusForbidden, "AccessDenied", "Access Denied.")
		return
	case !strings.Contains(auth, "Credential="+AccessKey+"/"):
		refuse(w, http.StatusForbidden, "InvalidAccessKeyId", "The access key ID you provided does not exist in our records.")
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	name, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	bucket := f.buckets[name]
	if bucket == nil {
		refuse(w, http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist")
		return
	}
	q := r.URL.Query()
	switch {
	case key == "" && r.Method == http.MethodGet && q.Has("uploads"):
		f.listUploads(w, name, q.Get("prefix"))
	case key == "" && r.Method == http.MethodGet:
		f.list(w, bucket, q.Get("prefix"), max(q.Get("start-after"), q.Get("continuation-token")), q.Get("max-keys"))
	case key == "" && r.Method == http.MethodPost && q.Has("delete"):
		f.deleteMany(w, bucket, body)
	case q.Has("uploads") || q.Has("uploadId"):
		f.multipart(w, r, name, key, body)
	default:
		f.single(w, r, bucket, key, body)
	}
}

func userMeta(h http.Header) http.Header {
	out := http.Header{}
	for k, v := range h {
		if strings.HasPrefix(k, "X-Amz-Meta-") {
			out[k] = v
		}
	}
	return out
}

func (f *fake) single(w http.ResponseWriter, r *http.Request, bucket map[string]*object, key string, body []byte) {
	o := bucket[key]
	switch r.Method {
	case http.MethodPut:
		if r.Header.Get("If-None-Match") == "*" && o != nil {
			refuse(w, http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
			return
		}
		o = &object{data: body, etag: tagOf(body), meta: userMeta(r.Header), time: time.Now()}
		bucket[key] = o
		w.Header().Set("ETag", `"`+o.etag+`"`)
	case http.MethodDelete:
		delete(bucket, key)
		w.WriteHeader(http.StatusNoContent)
	case http.MethodGet, http.MethodHead:
		if o == nil {
			refuse(w, http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
			return
		}
		maps.Copy(w.Header(), o.meta)
		w.Header().Set("ETag", `"`+o.etag+`"`)
		http.ServeContent(w, r, "", o.time, bytes.NewReader(o.data))
	default:
		refuse(w, http.StatusMethodNotAllowed, "MethodNotAllowed", "")
	}
}

type content struct {
	Key          string
	LastModified time.Time
	ETag         string
	Size         int
}

func (f *fake) list(w http.ResponseWriter, bucket map[string]*object, prefix, after, limit string) {
	n, err := strconv.Atoi(limit)
	if err != nil || n > 1000 {
		n = 1000
	}
	var keys []string
	for k := range bucket {
		if strings.HasPrefix(k, prefix) && k > after {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	var out struct {
		XMLName               xml.Name `xml:"ListBucketResult"`
		IsTruncated           bool
		NextContinuationToken string
		Contents              []content
	}
	for i, k := range keys {
		if i == n {
			out.IsTruncated, out.NextContinuationToken = true, keys[i-1]
			break
		}
		o := bucket[k]
		out.Contents = append(out.Contents, content{k, o.time.UTC(), o.etag, len(o.data)})
	}
	answer(w, out)
}

func (f *fake) deleteMany(w http.ResponseWriter, bucket map[string]*object, body []byte) {
	var in struct {
		Object []struct{ Key string }
	}
	if err := xml.Unmarshal(body, &in); err != nil {
		refuse(w, http.StatusBadRequest, "MalformedXML", "")
		return
	}
	for _, o := range in.Object {
		delete(bucket, o.Key)
	}
	answer(w, struct {
		XMLName xml.Name `xml:"DeleteResult"`
	}{})
}

func (f *fake) listUploads(w http.ResponseWriter, bucket, prefix string) {
	type item struct {
		Key       string
		UploadID  string `xml:"UploadId"`
		Initiated time.Time
	}
	var out struct {
		XMLName xml.Name `xml:"ListMultipartUploadsResult"`
		Upload  []item
	}
	for id, u := range f.uploads {
		if u.bucket == bucket && strings.HasPrefix(u.key, prefix) {
			out.Upload = append(out.Upload, item{u.key, id, u.begun.UTC()})
		}
	}
	answer(w, out)
}

// multipart imitates a server that answers success for an unknown upload when the key exists.
func (f *fake) multipart(w http.ResponseWriter, r *http.Request, bucket, key string, body []byte) {
	id := r.URL.Query().Get("uploadId")
	u := f.uploads[id]
	if id != "" && (u == nil || u.key != key) {
		if o := f.buckets[bucket][key]; r.Method == http.MethodPost && o != nil {
			answer(w, struct {
				XMLName           xml.Name `xml:"CompleteMultipartUploadResult"`
				Bucket, Key, ETag string
			}{Bucket: bucket, Key: key, ETag: o.etag})
			return
		}
		refuse(w, http.StatusNotFound, "NoSuchUpload", "The specified upload does not exist.")
		return
	}
	switch {
	case id == "" && r.Method == http.MethodPost:
		f.next++
		id = fmt.Sprintf("upload-%d", f.next)
		f.uploads[id] = &upload{bucket: bucket, key: key, meta: userMeta(r.Header), begun: time.Now(), parts: map[int]*object{}}
		answer(w, struct {
			XMLName     xml.Name `xml:"InitiateMultipartUploadResult"`
			Bucket, Key string
			UploadID    string `xml:"UploadId"`
		}{Bucket: bucket, Key: key, UploadID: id})
	case r.Method == http.MethodPut:
		n, err := strconv.Atoi(r.URL.Query().Get("partNumber"))
		if err != nil || n < 1 || n > 10000 {
			refuse(w, http.StatusBadRequest, "InvalidArgument", "part number")
			return
		}
		u.parts[n] = &object{data: body, etag: tagOf(body)}
		w.Header().Set("ETag", `"`+u.parts[n].etag+`"`)
	case r.Method == http.MethodDelete:
		delete(f.uploads, id)
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodGet:
		f.listParts(w, u)
	case r.Method == http.MethodPost:
		f.complete(w, r, u, id, body)
	}
}

func (f *fake) listParts(w http.ResponseWriter, u *upload) {
	type item struct {
		PartNumber int
		ETag       string
		Size       int
	}
	var out struct {
		XMLName xml.Name `xml:"ListPartsResult"`
		Part    []item
	}
	for n, p := range u.parts {
		out.Part = append(out.Part, item{n, p.etag, len(p.data)})
	}
	slices.SortFunc(out.Part, func(a, b item) int { return a.PartNumber - b.PartNumber })
	answer(w, out)
}

func (f *fake) complete(w http.ResponseWriter, r *http.Request, u *upload, id string, body []byte) {
	var in struct {
		Part []struct {
			PartNumber int
			ETag       string
		}
	}
	if err := xml.Unmarshal(body, &in); err != nil {
		refuse(w, http.StatusBadRequest, "MalformedXML", "")
		return
	}
	if r.Header.Get("If-None-Match") == "*" && f.buckets[u.bucket][u.key] != nil {
		refuse(w, http.StatusPreconditionFailed, "PreconditionFailed", "")
		return
	}
	var data, tags []byte
	for i, p := range in.Part {
		got := u.parts[p.PartNumber]
		if got == nil || got.etag != strings.Trim(p.ETag, `"`) {
			refuse(w, http.StatusBadRequest, "InvalidPart", "One or more of the specified parts could not be found.")
			return
		}
		if i < len(in.Part)-1 && len(got.data) < 5<<20 {
			refuse(w, http.StatusBadRequest, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed object size.")
			return
		}
		b, _ := hex.DecodeString(got.etag)
		data, tags = append(data, got.data...), append(tags, b...)
	}
	o := &object{data: data, etag: fmt.Sprintf("%s-%d", tagOf(tags), len(in.Part)), meta: u.meta, time: time.Now()}
	f.buckets[u.bucket][u.key] = o
	delete(f.uploads, id)
	answer(w, struct {
		XMLName           xml.Name `xml:"CompleteMultipartUploadResult"`
		Bucket, Key, ETag string
	}{Bucket: u.bucket, Key: u.key, ETag: o.etag})
}

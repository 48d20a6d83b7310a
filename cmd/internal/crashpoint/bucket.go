package crashpoint

import (
	"net/http"
	"path"
	"regexp"
)

// Transport puts the place into requests to buckets.
func (p *Point) Transport() http.RoundTripper {
	return &transport{p, http.DefaultTransport, regexp.MustCompile(`/[0-9a-f]{32}/(chk-[0-9]+|cleanup)/`)}
}

type transport struct {
	p    *Point
	base http.RoundTripper
	of   *regexp.Regexp // keys of checkpoints
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	step := t.step(r)
	if step != "" {
		t.p.hit(step + ".before")
	}
	answer, err := t.base.RoundTrip(r)
	if step != "" && err == nil && answer.StatusCode < http.StatusMultipleChoices {
		t.p.hit(step + ".after")
	}
	return answer, err
}

// step tells what a request is about.
func (t *transport) step(r *http.Request) string {
	q, checkpoint := r.URL.Query(), t.of.MatchString(r.URL.Path)
	manifest := checkpoint && path.Base(r.URL.Path) == "_metadata"
	switch {
	case manifest && r.Method == http.MethodPut:
		return "checkpoint.manifest"
	case checkpoint && r.Method == http.MethodGet:
		return "checkpoint.read"
	case checkpoint && (r.Method == http.MethodPut || r.Method == http.MethodPost):
		return "checkpoint.state"
	case r.Method == http.MethodPost && q.Has("uploads"):
		return "upload.create"
	case r.Method == http.MethodPut && q.Has("partNumber"):
		return "upload.part"
	case r.Method == http.MethodPost && q.Has("uploadId"):
		return "upload.complete"
	case r.Method == http.MethodDelete && q.Has("uploadId"):
		return "upload.abort"
	case r.Method == http.MethodPut:
		return "object.put"
	case r.Method == http.MethodDelete, r.Method == http.MethodPost && q.Has("delete"):
		return "delete"
	}
	return ""
}

package resolve

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"millrace/connectors/objstore"
	"millrace/connectors/objstore/fs"
	"millrace/connectors/objstore/mem"
	"millrace/connectors/objstore/s3"
)

// Opener opens stores.
type Opener struct {
	options map[string]string
	env     func(string) string
	carry   http.RoundTripper
	shared  *shared
}

// shared is common to an opener and those made of it by With.
type shared struct {
	memory  mem.Opener
	mu      sync.Mutex
	buckets map[string]*s3.Store // guarded by mu, by bucket and options
}

var _ objstore.Opener = (*Opener)(nil)

// New returns an opener. Of the options those that begin with "s3." count; the environment fills in what they leave open.
func New(options map[string]string) *Opener {
	return &Opener{options: options, shared: &shared{buckets: map[string]*s3.Store{}}}
}

// NewTest returns an opener with another environment and way to servers.
func NewTest(options map[string]string, env func(string) string, carry http.RoundTripper) *Opener {
	o := New(options)
	o.env, o.carry = env, carry
	return o
}

// With returns an opener in which further options go before its own.
func (o *Opener) With(options map[string]string) *Opener {
	n := *o
	n.options = nil
	for k, v := range options {
		if !strings.HasPrefix(k, "s3.") {
			continue
		}
		if n.options == nil {
			n.options = maps.Clone(o.options)
			if n.options == nil {
				n.options = map[string]string{}
			}
		}
		n.options[k] = v
	}
	if n.options == nil {
		return o
	}
	return &n
}

// Scheme is what stands before "://", in small letters, or "" for a path.
func Scheme(uri string) string {
	if strings.HasPrefix(uri, "file:") {
		return "file"
	}
	s, _, ok := strings.Cut(uri, "://")
	if !ok {
		return ""
	}
	return strings.ToLower(s)
}

// IsObject tells whether a URI names objects, not files of a folder.
func IsObject(uri string) bool {
	s := Scheme(uri)
	return s != "" && s != "file"
}

// Open opens the store of a URI: for a path or file:// the store of the folder, with an empty key.
func (o *Opener) Open(uri string) (objstore.Store, string, error) {
	switch s := Scheme(uri); s {
	case "", "file":
		return fs.Opener{}.Open(uri)
	case "mem":
		return o.shared.memory.Open(uri)
	case "s3", "s3a", "s3p":
		return o.bucket(uri, s)
	default:
		return nil, "", fmt.Errorf("path %q: scheme %q is not supported; there are file://, s3://, s3a:// and mem://", uri, s)
	}
}

func (o *Opener) bucket(uri, scheme string) (objstore.Store, string, error) {
	name, key, _ := strings.Cut(uri[len(scheme)+3:], "/")
	if strings.Contains(name, "@") {
		return nil, "", fmt.Errorf("path \"%s://******@…\": credentials do not belong in a path; use the options %s and %s", scheme, s3.KeyAccess, s3.KeySecret)
	}
	key = strings.Trim(key, "/")
	if key != "" {
		if err := objstore.CheckKey(key); err != nil {
			return nil, "", fmt.Errorf("path %q: %w", uri, err)
		}
	}
	id := name
	var idSb112 strings.Builder
	for _, k := range slices.Sorted(maps.Keys(o.options)) {
		if strings.HasPrefix(k, "s3.") || strings.HasPrefix(k, "fs.s3a.") {
			idSb112.WriteString("\x00" + k + "\x00" + o.options[k])
		}
	}
	id += idSb112.String()
	o.shared.mu.Lock()
	defer o.shared.mu.Unlock()
	if s := o.shared.buckets[id]; s != nil {
		return s, key, nil
	}
	cfg, err := s3.Parse(o.options, o.env)
	if err != nil {
		return nil, "", fmt.Errorf("path %q: %w", uri, err)
	}
	cfg.Transport = o.carry
	s, err := s3.New(name, cfg)
	if err != nil {
		return nil, "", fmt.Errorf("path %q: %w", uri, err)
	}
	o.shared.buckets[id] = s
	return s, key, nil
}

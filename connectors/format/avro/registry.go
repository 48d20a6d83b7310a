package avro

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"millrace/connectors"
)

const (
	callTimeout = 10 * time.Second
	tries       = 4
	mostAnswer  = 16 << 20
)

// registry is a client of a schema registry. It belongs to one goroutine.
type registry struct {
	urls   []*url.URL
	client *http.Client
	auth   string // header Authorization, or ""
	pause  time.Duration
}

// registryOptions are the options of formats with a registry.
func registryOptions() []connectors.Option {
	text := func(key, help string) connectors.Option {
		return connectors.Option{Key: key, Type: connectors.Text, Help: help}
	}
	return []connectors.Option{
		{Key: "url", Type: connectors.Text, Required: true, Help: "address of the schema registry; several are separated by commas"},
		text("subject", "the subject that schemas are registered under when writing; of a topic, by default, topic-key or topic-value"),
		text("schema", "the schema that is registered; by default that of the table"),
		text("ssl.truststore.location", "a PEM file of the authorities that are trusted"), text("ssl.truststore.password", "accepted, no effect"),
		text("ssl.keystore.location", "a PEM file with the client's certificate and its key"), text("ssl.keystore.password", "accepted, no effect"),
		{Key: "basic-auth.credentials-source", Type: connectors.Text, Help: "USER_INFO or URL"},
		text("basic-auth.user-info", "user:password"),
		{Key: "bearer-auth.credentials-source", Type: connectors.Text, Help: "STATIC_TOKEN"},
		text("bearer-auth.token", "the token"),
		text("properties.#", "further properties of a registry client; basic.auth.*, bearer.auth.* and schema.registry.* are not looked at"),
		{Key: "timestamp_mapping.legacy", Type: connectors.Boolean, Default: "true", Help: "as in format 'avro'"},
	}
}

// newRegistry checks options and returns a client that has not connected yet.
func newRegistry(v *connectors.Values) (*registry, error) {
	r := &registry{pause: 100 * time.Millisecond}
	for t := range strings.SplitSeq(v.Text("url"), ",") {
		u, err := url.Parse(strings.TrimSuffix(strings.TrimSpace(t), "/"))
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return nil, v.Invalid("url", "an address such as http://host:8081 is expected")
		}
		r.urls = append(r.urls, u)
	}
	request := http.Request{Header: http.Header{}}
	switch source := strings.ToUpper(v.Text("basic-auth.credentials-source")); {
	case source == "URL":
		if r.urls[0].User == nil {
			return nil, v.Invalid("basic-auth.credentials-source", "the url has no user")
		}
		password, _ := r.urls[0].User.Password()
		request.SetBasicAuth(r.urls[0].User.Username(), password)
	case source == "USER_INFO", source == "" && v.Has("basic-auth.user-info"):
		user, password, ok := strings.Cut(v.Text("basic-auth.user-info"), ":")
		if !ok {
			return nil, errors.New("option 'basic-auth.user-info': user:password is expected")
		}
		request.SetBasicAuth(user, password)
	case source != "":
		return nil, v.Invalid("basic-auth.credentials-source", "supported are USER_INFO, URL")
	}
	if v.Has("bearer-auth.token") || v.Has("bearer-auth.credentials-source") {
		if s := v.Text("bearer-auth.credentials-source"); s != "" && !strings.EqualFold(s, "STATIC_TOKEN") {
			return nil, v.Invalid("bearer-auth.credentials-source", "only STATIC_TOKEN is supported yet")
		}
		request.Header.Set("Authorization", "Bearer "+v.Text("bearer-auth.token"))
	}
	r.auth = request.Header.Get("Authorization")
	for _, u := range r.urls {
		u.User = nil
	}
	t, err := transport(v)
	r.client = &http.Client{Timeout: callTimeout, Transport: t}
	return r, err
}

// transport reads certificates.
func transport(v *connectors.Values) (http.RoundTripper, error) {
	if !v.Has("ssl.truststore.location") && !v.Has("ssl.keystore.location") {
		return http.DefaultTransport, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if v.Has("ssl.truststore.location") {
		pem, err := os.ReadFile(v.Text("ssl.truststore.location"))
		if err != nil {
			return nil, v.Invalid("ssl.truststore.location", err.Error())
		}
		if c.RootCAs = x509.NewCertPool(); !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, v.Invalid("ssl.truststore.location", "it has no certificates in PEM form; other stores are not supported yet")
		}
	}
	if path := v.Text("ssl.keystore.location"); path != "" {
		cert, err := tls.LoadX509KeyPair(path, path)
		if err != nil {
			return nil, v.Invalid("ssl.keystore.location", err.Error()+"; a certificate and a key in PEM form are expected")
		}
		c.Certificates = []tls.Certificate{cert}
	}
	return &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: c, ForceAttemptHTTP2: true}, nil
}

// refused is an answer of a registry that is an error.
type refused struct {
	status  int
	code    int
	message string
}

func (e *refused) Error() string {
	return fmt.Sprintf("%d %s: %s (code %d)", e.status, http.StatusText(e.status), e.message, e.code)
}

// call asks the addresses one after another, some times if they do not answer.
func (r *registry) call(method, path string, body, out any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	var last error
	for try := range tries {
		if try > 0 {
			time.Sleep(r.pause << (try - 1))
		}
		for _, u := range r.urls {
			err := r.once(method, u.String()+path, text, out)
			if err == nil {
				return nil
			}
			last = fmt.Errorf("schema registry %s: %s %s: %w", u, method, path, err)
			var no *refused
			if errors.As(err, &no) && no.status < 500 && no.status != http.StatusTooManyRequests {
				return last
			}
		}
	}
	return last
}

func (r *registry) once(method, address string, body []byte, out any) error {
	// Formats open outside of any job; the client has a timeout.
	q, err := http.NewRequestWithContext(context.Background(), method, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	q.Header.Set("Accept", "application/vnd.schemaregistry.v1+json, application/json")
	if body != nil {
		q.Header.Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	}
	if r.auth != "" {
		q.Header.Set("Authorization", r.auth)
	}
	a, err := r.client.Do(q)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // the address is in the message already
		}
		return err
	}
	text, err := io.ReadAll(io.LimitReader(a.Body, mostAnswer))
	_ = a.Body.Close()
	if err != nil {
		return err
	}
	if a.StatusCode != http.StatusOK {
		no := &refused{status: a.StatusCode}
		var say struct {
			Code    int    `json:"error_code"`
			Message string `json:"message"`
		}
		if json.Unmarshal(text, &say) != nil {
			say.Message = strings.TrimSpace(string(text[:min(len(text), 200)]))
		}
		no.code, no.message = say.Code, say.Message
		return no
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("the answer is malformed: %w", err)
	}
	return nil
}

// registered is a schema as a registry tells it.
type registered struct {
	Schema     string `json:"schema"`
	Type       string `json:"schemaType"`
	References []struct {
		Subject string `json:"subject"`
		Version int    `json:"version"`
	} `json:"references"`
}

// schema fetches the schema of an id.
func (r *registry) schema(id int32) (*schema, error) {
	var a registered
	if err := r.call(http.MethodGet, fmt.Sprintf("/schemas/ids/%d", id), nil, &a); err != nil {
		return nil, err
	}
	if a.Type != "" && a.Type != "AVRO" {
		return nil, fmt.Errorf("schema %d of the registry is of type %s, not AVRO", id, a.Type)
	}
	before, err := r.referred(&a, map[string]bool{})
	if err != nil {
		return nil, err
	}
	s, err := parseSchema([]byte(a.Schema), before...)
	if err != nil {
		return nil, fmt.Errorf("schema %d of the registry: %w", id, err)
	}
	return s, nil
}

// referred fetches the schemas that a schema refers to, those first that others need.
func (r *registry) referred(a *registered, seen map[string]bool) (out [][]byte, err error) {
	for _, ref := range a.References {
		path := fmt.Sprintf("/subjects/%s/versions/%d", url.PathEscape(ref.Subject), ref.Version)
		if seen[path] {
			continue
		}
		if seen[path] = true; len(seen) > 1000 {
			return nil, errors.New("a schema of the registry refers to more than 1000 others")
		}
		var b registered
		if err := r.call(http.MethodGet, path, nil, &b); err != nil {
			return nil, err
		}
		inner, err := r.referred(&b, seen)
		if err != nil {
			return nil, err
		}
		out = append(append(out, inner...), []byte(b.Schema))
	}
	return out, nil
}

// register registers a schema, or finds it, and returns its id.
func (r *registry) register(subject string, schema []byte) (int32, error) {
	var a struct {
		ID int32 `json:"id"`
	}
	err := r.call(http.MethodPost, "/subjects/"+url.PathEscape(subject)+"/versions", map[string]string{"schema": string(schema)}, &a)
	return a.ID, err
}

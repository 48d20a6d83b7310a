package s3_test

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"millrace/connectors/objstore"
	"millrace/connectors/objstore/s3"
)

// signed is a server that notes with which key and token a request was signed, and hands out credentials of a role.
type signed struct {
	*httptest.Server
	key, token, host, path atomic.Value
	expires                time.Duration
	broken                 atomic.Bool // the role's credentials cannot be had
	given                  atomic.Int64
}

func newSigned(t *testing.T, start func(http.Handler) *httptest.Server) *signed {
	t.Helper()
	s := &signed{expires: time.Hour}
	s.Server = start(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *signed) serve(w http.ResponseWriter, r *http.Request) {
	role := func() string {
		n := s.given.Add(1)
		return fmt.Sprintf(`{"Code":"Success","AccessKeyId":"role-key-%d","SecretAccessKey":"role-secret","Token":"role-token-%d","Expiration":%q}`,
			n, n, time.Now().Add(s.expires).UTC().Format(time.RFC3339))
	}
	switch {
	case s.broken.Load() && !strings.Contains(r.URL.RawQuery, "list-type"):
		w.WriteHeader(http.StatusServiceUnavailable)
	case r.URL.Path == "/latest/api/token" && r.Method == http.MethodPut:
		fmt.Fprint(w, "imds-token")
	case strings.HasPrefix(r.URL.Path, "/latest/meta-data") && r.Header.Get("X-aws-ec2-metadata-token") != "imds-token":
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/latest/meta-data/iam/security-credentials/":
		fmt.Fprint(w, "my-role")
	case r.URL.Path == "/latest/meta-data/iam/security-credentials/my-role":
		fmt.Fprint(w, role())
	case r.URL.Path == "/container":
		if r.Header.Get("Authorization") != "container-token" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		fmt.Fprint(w, role())
	case r.URL.Path == "/sts":
		_ = r.ParseForm()
		if r.Form.Get("WebIdentityToken") != "web-token" || r.Form.Get("RoleArn") != "arn:role" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		fmt.Fprintf(w, `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>web-key</AccessKeyId>
<SecretAccessKey>web-secret</SecretAccessKey><SessionToken>web-session</SessionToken><Expiration>%s</Expiration></Credentials>
</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	default:
		_, rest, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
		key, _, _ := strings.Cut(rest, "/")
		s.key.Store(key)
		s.token.Store(r.Header.Get("X-Amz-Security-Token"))
		s.host.Store(r.Host)
		s.path.Store(r.URL.Path)
		fmt.Fprint(w, `<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>`)
	}
}

// clean takes everything out of the environment that credentials come from.
func clean(t *testing.T, pairs ...string) {
	t.Helper()
	for _, k := range []string{
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_ENDPOINT_URL",
		"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_STS", "AWS_CA_BUNDLE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_EC2_METADATA_SERVICE_ENDPOINT",
	} {
		t.Setenv(k, "")
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for i := 0; i < len(pairs); i += 2 {
		t.Setenv(pairs[i], pairs[i+1])
	}
}

func list(t *testing.T, options map[string]string) error {
	t.Helper()
	cfg, err := s3.Parse(options, nil)
	if err != nil {
		return err
	}
	s, err := s3.New("data", cfg)
	if err != nil {
		return err
	}
	return s.List(context.Background(), "", func(objstore.Info) error { return nil })
}

// TestCredentials: where keys come from, and which source goes first.
func TestCredentials(t *testing.T) {
	server := newSigned(t, httptest.NewServer)
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	profiles := file("credentials", "[default]\naws_access_key_id = default-key\naws_secret_access_key = x\n\n"+
		"[other]\naws_access_key_id = other-key\naws_secret_access_key = x\naws_session_token = other-token\n")
	for _, c := range []struct {
		name       string
		env        []string
		options    map[string]string
		key, token string
	}{
		{"options", []string{"AWS_ACCESS_KEY_ID", "env-key", "AWS_SECRET_ACCESS_KEY", "x"}, map[string]string{s3.KeyAccess: "my-key", s3.KeySecret: "x", s3.KeySession: "my-token"}, "my-key", "my-token"},
		{"environment", []string{"AWS_ACCESS_KEY_ID", "env-key", "AWS_SECRET_ACCESS_KEY", "x", "AWS_SHARED_CREDENTIALS_FILE", profiles}, nil, "env-key", ""},
		{"environment with token", []string{"AWS_ACCESS_KEY_ID", "env-key", "AWS_SECRET_ACCESS_KEY", "x", "AWS_SESSION_TOKEN", "env-token"}, nil, "env-key", "env-token"},
		{"default profile", []string{"AWS_SHARED_CREDENTIALS_FILE", profiles}, nil, "default-key", ""},
		{"profile", []string{"AWS_SHARED_CREDENTIALS_FILE", profiles, "AWS_PROFILE", "other"}, nil, "other-key", "other-token"},
		{"container", []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI", server.URL + "/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token"}, nil, "role-key", "role-token"},
		{"instance", []string{"AWS_EC2_METADATA_DISABLED", "", "AWS_EC2_METADATA_SERVICE_ENDPOINT", server.URL + "/"}, nil, "role-key", "role-token"},
		{"web identity", []string{"AWS_WEB_IDENTITY_TOKEN_FILE", file("token", "web-token"), "AWS_ROLE_ARN", "arn:role", "AWS_ENDPOINT_URL_STS", server.URL + "/sts"}, nil, "web-key", "web-session"},
		{"anonymous", nil, map[string]string{s3.KeyAnonymous: "true"}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			clean(t, append([]string{"AWS_ENDPOINT_URL", server.URL}, c.env...)...)
			if err := list(t, c.options); err != nil {
				t.Fatal(err)
			}
			key, token := server.key.Load().(string), server.token.Load().(string)
			if !strings.HasPrefix(key, c.key) || !strings.HasPrefix(token, c.token) || (key == "") != (c.key == "") || (token == "") != (c.token == "") {
				t.Errorf("key %q, token %q", key, token)
			}
		})
	}
	for _, c := range []struct{ name, variable, value, want string }{
		{"nothing", "", "", "no credentials were found"},
		{"no such profile", "AWS_PROFILE", "missing", "what AWS_PROFILE names"},
		{"no token", "AWS_WEB_IDENTITY_TOKEN_FILE", "/no/such/token", "what AWS_WEB_IDENTITY_TOKEN_FILE names"},
		{"not this machine", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/x", "what AWS_CONTAINER_CREDENTIALS_FULL_URI names"},
	} {
		t.Run(c.name, func(t *testing.T) {
			clean(t, "AWS_ENDPOINT_URL", server.URL, "AWS_SHARED_CREDENTIALS_FILE", profiles)
			if c.variable != "AWS_PROFILE" {
				t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(dir, "none"))
			}
			if c.variable != "" {
				t.Setenv(c.variable, c.value)
			}
			begin := time.Now()
			err := list(t, nil)
			if !errors.Is(err, objstore.ErrDenied) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), server.URL) || time.Since(begin) > 10*time.Second {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestRenewedCredentials: credentials of a role are asked for again before they expire; while that fails for a time, requests wait.
func TestRenewedCredentials(t *testing.T) {
	server := newSigned(t, httptest.NewServer)
	server.expires = time.Second
	clean(t, "AWS_ENDPOINT_URL", server.URL, "AWS_EC2_METADATA_DISABLED", "", "AWS_EC2_METADATA_SERVICE_ENDPOINT", server.URL)
	cfg, err := s3.Parse(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := s3.New("data", cfg)
	if err != nil {
		t.Fatal(err)
	}
	ask := func() {
		t.Helper()
		if err := s.List(context.Background(), "", func(objstore.Info) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	ask()
	first := server.key.Load().(string)
	server.broken.Store(true)
	time.Sleep(1100 * time.Millisecond)
	time.AfterFunc(300*time.Millisecond, func() { server.broken.Store(false) })
	ask()
	if second := server.key.Load().(string); second == first || s.Retries() == 0 {
		t.Errorf("key %q after %q, %d retries", second, first, s.Retries())
	}
}

// TestCertificates: a server whose certificate an own authority has signed.
func TestCertificates(t *testing.T) {
	server := newSigned(t, httptest.NewTLSServer)
	clean(t, "AWS_ENDPOINT_URL", server.URL, "AWS_ACCESS_KEY_ID", "k", "AWS_SECRET_ACCESS_KEY", "x")
	begin := time.Now()
	if err := list(t, nil); err == nil || !strings.Contains(err.Error(), "certificate") || !strings.Contains(err.Error(), server.URL) || time.Since(begin) > 5*time.Second {
		t.Errorf("an unknown authority: %v", err)
	}
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CA_BUNDLE", bundle)
	if err := list(t, nil); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(bundle, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := list(t, nil); err == nil || !strings.Contains(err.Error(), "has no certificate in PEM form") {
		t.Errorf("no certificate: %v", err)
	}
	t.Setenv("AWS_CA_BUNDLE", "/no/such/file")
	if err := list(t, nil); err == nil || !strings.Contains(err.Error(), "environment variable AWS_CA_BUNDLE") {
		t.Errorf("no file: %v", err)
	}
	plain := newSigned(t, httptest.NewServer)
	t.Setenv("AWS_CA_BUNDLE", "")
	t.Setenv("AWS_ENDPOINT_URL", strings.Replace(plain.URL, "http:", "https:", 1))
	if err := list(t, nil); err == nil || !strings.Contains(err.Error(), "HTTP response to HTTPS client") {
		t.Errorf("a server without TLS: %v", err)
	}
}

// asked answers requests in the place of any server.
type asked struct{ urls []string }

func (a *asked) RoundTrip(r *http.Request) (*http.Response, error) {
	a.urls = append(a.urls, r.URL.Scheme+"://"+r.URL.Host+r.URL.Path)
	w := httptest.NewRecorder()
	fmt.Fprint(w, `<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>`)
	return w.Result(), nil
}

// TestAddresses: whether the bucket stands in the host or in the path.
func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		bucket, want string
		options      []string
	}{
		{"data", "https://data.s3.dualstack.eu-west-1.amazonaws.com/", []string{s3.KeyRegion, "eu-west-1"}},
		{"my.data", "https://s3.dualstack.eu-west-1.amazonaws.com/my.data/", []string{s3.KeyRegion, "eu-west-1"}},
		{"data", "https://s3.dualstack.eu-west-1.amazonaws.com/data/", []string{s3.KeyRegion, "eu-west-1", s3.KeyPathStyle, "true"}},
		{"data", "http://store:9000/data/", []string{s3.KeyEndpoint, "http://store:9000"}},
		{"data", "http://data.store:9000/", []string{s3.KeyEndpoint, "http://store:9000", s3.KeyPathStyle, "false"}},
		{"data", "https://data.s3.eu-west-1.amazonaws.com/", []string{s3.KeyEndpoint, "https://s3.eu-west-1.amazonaws.com", s3.KeyRegion, "eu-west-1"}},
	} {
		options := map[string]string{s3.KeyAccess: "k", s3.KeySecret: "x"}
		for i := 0; i < len(c.options); i += 2 {
			options[c.options[i]] = c.options[i+1]
		}
		cfg, err := s3.Parse(options, none)
		if err != nil {
			t.Fatal(err)
		}
		a := &asked{}
		cfg.Transport = a
		s, err := s3.New(c.bucket, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.List(context.Background(), "", func(objstore.Info) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if len(a.urls) != 1 || strings.Replace(a.urls[0], ".dualstack", "", 1) != strings.Replace(c.want, ".dualstack", "", 1) {
			t.Errorf("%v: %v, want %s", c.options, a.urls, c.want)
		}
	}
}

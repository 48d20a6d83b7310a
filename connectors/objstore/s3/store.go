package s3

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"millrace/connectors/objstore"
)

// Store is a bucket.
type Store struct {
	core    minio.Core
	cfg     Config
	creds   *credentials.Credentials
	bucket  string
	address string // of the server, for messages
	secure  bool   // TLS
	reached atomic.Bool
	known   atomic.Bool // the bucket exists
	retries atomic.Int64
	// sleep waits between tries; a test may replace it.
	sleep func(context.Context, time.Duration) error
}

var (
	_ objstore.Multipart = (*Store)(nil)
	_ objstore.Ranger    = (*Store)(nil)
)

// New returns the store of a bucket. Nothing is asked of the server yet.
func New(bucket string, cfg Config) (*Store, error) {
	if len(bucket) < 3 || len(bucket) > 63 || strings.ContainsAny(bucket, "/\\@:?# ") {
		return nil, fmt.Errorf("bucket %q: a name of 3 to 63 letters, digits, dots and hyphens is expected", bucket)
	}
	host, secure := "s3.amazonaws.com", true
	if cfg.Endpoint != nil {
		host, secure = cfg.Endpoint.Host, cfg.Endpoint.Scheme == "https"
	} else if cfg.Region != "" {
		host = "s3." + cfg.Region + ".amazonaws.com"
		if strings.HasPrefix(cfg.Region, "cn-") {
			host += ".cn"
		}
	}
	region := cfg.Region
	if region == "" && cfg.Endpoint != nil && !strings.HasSuffix(cfg.Endpoint.Hostname(), "amazonaws.com") {
		region = "us-east-1"
	}
	lookup := minio.BucketLookupDNS
	if cfg.PathStyle || strings.Contains(bucket, ".") && secure {
		lookup = minio.BucketLookupPath
	}
	if cfg.Env == nil {
		cfg.Env = os.Getenv
	}
	if cfg.Transport == nil {
		roots, err := authorities(cfg.Env)
		if err != nil {
			return nil, err
		}
		cfg.Transport = transport(cfg.Timeout, roots)
	}
	creds := cfg.provide()
	core, err := minio.NewCore(host, &minio.Options{
		Creds: creds, Secure: secure, Transport: cfg.Transport, Region: region,
		BucketLookup: lookup, MaxRetries: 1,
	})
	if err != nil {
		return nil, fmt.Errorf("bucket %q at %s: %w", bucket, host, err)
	}
	core.SetAppInfo("millrace", "1")
	address := "https://" + host
	if !secure {
		address = "http://" + host
	}
	return &Store{core: *core, cfg: cfg, creds: creds, bucket: bucket, address: address, secure: secure, sleep: sleep}, nil
}

// transport returns connections with limits on how long each step may take. Buckets of one server may share it.
func transport(timeout time.Duration, roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: min(5*time.Second, timeout), KeepAlive: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout:   min(10*time.Second, timeout),
		ResponseHeaderTimeout: timeout,
		ExpectContinueTimeout: time.Second,
		IdleConnTimeout:       30 * time.Second,
		MaxIdleConns:          256,
		MaxIdleConnsPerHost:   64,
		WriteBufferSize:       64 << 10,
		ReadBufferSize:        64 << 10,
		DisableCompression:    true,
	}
}

// authorities reads the certificates that AWS_CA_BUNDLE names; nil: those of the system.
func authorities(env func(string) string) (*x509.CertPool, error) {
	path := env("AWS_CA_BUNDLE")
	if path == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("environment variable AWS_CA_BUNDLE: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("environment variable AWS_CA_BUNDLE: file %q has no certificate in PEM form", path)
	}
	return pool, nil
}

// URI is "s3://" and the bucket.
func (s *Store) URI() string { return "s3://" + s.bucket }

// Retries is how many requests were repeated.
func (s *Store) Retries() int64 { return s.retries.Load() }

// MinPart is five mebibytes, as S3 wants it.
func (s *Store) MinPart() int64 { return minPart }

// mark is what this program writes into the metadata of objects under a key: by it an object is known to come from here and to belong there.
func (s *Store) mark(key string) string {
	sum := sha256.Sum256([]byte(s.bucket + "\x00" + key))
	return hex.EncodeToString(sum[:12])
}

// Names of metadata.
const (
	metaMark  = "Millrace-Key"
	metaToken = "Millrace-Put"
)

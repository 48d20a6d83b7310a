package s3

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/minio/minio-go/v7/pkg/credentials"
)

// errNoCredentials lists where credentials were looked for.
var errNoCredentials = errors.New("no credentials were found: neither options '" + KeyAccess + "' and '" + KeySecret +
	"', nor AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, nor a profile, web identity, container or instance role")

// provide returns the source of credentials.
func (c *Config) provide() *credentials.Credentials {
	switch {
	case c.Anonymous:
		return credentials.NewStatic("", "", "", credentials.SignatureAnonymous)
	case c.Access != "":
		return credentials.NewStaticV4(c.Access, c.Secret, c.Session)
	}
	sources := []source{
		{environment{c.Env}, ""},
		{&credentials.FileAWSCredentials{}, asked(c.Env, "AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE")},
	}
	role := asked(c.Env, "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
	if role != "" || !strings.EqualFold(c.Env("AWS_EC2_METADATA_DISABLED"), "true") {
		iam := &credentials.IAM{Region: c.Region, Client: &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
			Proxy: nil, DialContext: (&net.Dialer{Timeout: time.Second}).DialContext,
		}}}
		switch role {
		case "":
			iam.Endpoint = strings.TrimSuffix(c.Env("AWS_EC2_METADATA_SERVICE_ENDPOINT"), "/")
		case "AWS_WEB_IDENTITY_TOKEN_FILE":
			iam.Endpoint = c.Env("AWS_ENDPOINT_URL_STS")
			iam.Client.Transport = http.DefaultTransport
		}
		sources = append(sources, source{iam, role})
	}
	return credentials.New(&chain{sources: sources})
}

// asked returns the first of the variables that is set.
func asked(env func(string) string, names ...string) string {
	for _, n := range names {
		if env(n) != "" {
			return n
		}
	}
	return ""
}

// source is a place that credentials may come from; variable is the one that asks for it, if any.
type source struct {
	credentials.Provider
	variable string
}

// environment takes credentials from environment variables. They do not expire.
type environment struct{ get func(string) string }

func (e environment) Retrieve() (credentials.Value, error) {
	v := credentials.Value{
		AccessKeyID: e.get("AWS_ACCESS_KEY_ID"), SecretAccessKey: e.get("AWS_SECRET_ACCESS_KEY"),
		SessionToken: e.get("AWS_SESSION_TOKEN"), SignerType: credentials.SignatureV4,
	}
	if v.AccessKeyID == "" || v.SecretAccessKey == "" {
		return credentials.Value{}, errNoCredentials
	}
	return v, nil
}

func (e environment) RetrieveWithCredContext(*credentials.CredContext) (credentials.Value, error) {
	return e.Retrieve()
}
func (environment) IsExpired() bool { return false }

// errRefresh: there were credentials before, and new ones cannot be had just now.
var errRefresh = errors.New("credentials could not be renewed")

// chain is the first source that has credentials. Unlike the library's it never falls back to requests without a signature.
type chain struct {
	sources []source
	current credentials.Provider
}

func (c *chain) Retrieve() (credentials.Value, error) { return c.RetrieveWithCredContext(nil) }

func (c *chain) RetrieveWithCredContext(cc *credentials.CredContext) (credentials.Value, error) {
	var why error // of sources that somebody asked for
	for _, p := range c.sources {
		v, err := p.RetrieveWithCredContext(cc)
		if err == nil && v.AccessKeyID != "" && v.SecretAccessKey != "" {
			c.current = p
			return v, nil
		}
		if p.variable == "" {
			continue
		}
		if err == nil {
			err = errors.New("it has no keys")
		}
		if err = fmt.Errorf("what %s names: %w", p.variable, err); why != nil {
			err = fmt.Errorf("%w; %w", why, err)
		}
		why = err
	}
	switch {
	case c.current != nil && why != nil:
		return credentials.Value{}, fmt.Errorf("%w: %w", errRefresh, why)
	case c.current != nil:
		return credentials.Value{}, errRefresh
	case why != nil:
		return credentials.Value{}, fmt.Errorf("%w; %w", errNoCredentials, why)
	}
	return credentials.Value{}, errNoCredentials
}

func (c *chain) IsExpired() bool { return c.current == nil || c.current.IsExpired() }

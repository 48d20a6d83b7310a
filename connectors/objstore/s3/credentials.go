package s3

import (
	"errors"
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
	sources := []credentials.Provider{environment{c.Env}, &credentials.FileAWSCredentials{}}
	if !strings.EqualFold(c.Env("AWS_EC2_METADATA_DISABLED"), "true") || c.Env("AWS_WEB_IDENTITY_TOKEN_FILE") != "" ||
		c.Env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") != "" || c.Env("AWS_CONTAINER_CREDENTIALS_FULL_URI") != "" {
		sources = append(sources, &credentials.IAM{Client: &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{Proxy: nil}}, Region: c.Region})
	}
	return credentials.New(&chain{sources: sources})
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

// chain is the first source that has credentials. Unlike the library's it never falls back to requests without a signature.
type chain struct {
	sources []credentials.Provider
	current credentials.Provider
}

func (c *chain) Retrieve() (credentials.Value, error) { return c.RetrieveWithCredContext(nil) }

func (c *chain) RetrieveWithCredContext(cc *credentials.CredContext) (credentials.Value, error) {
	for _, p := range c.sources {
		v, err := p.RetrieveWithCredContext(cc)
		if err == nil && v.AccessKeyID != "" && v.SecretAccessKey != "" {
			c.current = p
			return v, nil
		}
	}
	return credentials.Value{}, errNoCredentials
}

func (c *chain) IsExpired() bool { return c.current == nil || c.current.IsExpired() }

package s3

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// Keys of options. Flink's names; those of its Hadoop file systems are understood too.
const (
	KeyAccess      = "s3.access-key"
	KeySecret      = "s3.secret-key"
	KeySession     = "s3.session-token"
	KeyEndpoint    = "s3.endpoint"
	KeyRegion      = "s3.region"
	KeyPathStyle   = "s3.path-style-access"
	KeyAnonymous   = "s3.anonymous-access"
	KeyTimeout     = "s3.request-timeout"
	KeyBudget      = "s3.retry.budget"
	KeyConnect     = "s3.connect.budget"
	KeyPartSize    = "s3.upload.part-size"
	KeyConcurrency = "s3.upload.max-concurrent-uploads"
)

// Key describes an option.
type Key struct {
	Name, Default, Help string
}

// Keys lists the options.
func Keys() []Key {
	return []Key{
		{KeyAccess, "", "access key id; by default AWS_ACCESS_KEY_ID, the profile, the web identity or the instance's role"},
		{KeySecret, "", "secret access key"},
		{KeySession, "", "session token of temporary credentials"},
		{KeyEndpoint, "", "address of the server, such as http://localhost:9000; by default AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, or Amazon's"},
		{KeyRegion, "", "region; by default AWS_REGION, AWS_DEFAULT_REGION, or asked of the server"},
		{KeyPathStyle, "", "the bucket stands in the path, not in the host; by default true for an endpoint that is not Amazon's"},
		{KeyAnonymous, "false", "requests are not signed"},
		{KeyTimeout, "30 s", "how long one request may take to answer, and a stream may stand still"},
		{KeyBudget, "2 min", "how long a request is repeated while the store is busy or fails"},
		{KeyConnect, "10 s", "the same while the store has never answered"},
		{KeyPartSize, "8 mb", "size of the parts of large objects, 5 mb or more"},
		{KeyConcurrency, "4", "parts of one object that are sent at a time"},
	}
}

// alias maps the other names of an option to its own.
func alias(key string) string {
	switch key {
	case "s3.path.style.access", "s3.pathStyleAccess":
		return KeyPathStyle
	case "s3.access.key":
		return KeyAccess
	case "s3.secret.key":
		return KeySecret
	case "s3.session.token":
		return KeySession
	case "s3.endpoint.region":
		return KeyRegion
	}
	if rest, ok := strings.CutPrefix(key, "fs.s3a."); ok {
		return alias("s3." + rest)
	}
	return key
}

const (
	minPart  = 5 << 20
	maxParts = 10000
)

// Config says how a server is reached.
type Config struct {
	Endpoint    *url.URL // nil: Amazon's
	Region      string
	PathStyle   bool
	Access      string
	Secret      string
	Session     string
	Anonymous   bool
	Timeout     time.Duration // of a request, and of standstill in a stream
	Budget      time.Duration // of the repetitions of a request
	Connect     time.Duration // of those before the first answer
	PartSize    int64
	Concurrency int
	// Transport carries requests; nil: the package's own. For tests.
	Transport http.RoundTripper
	// Env looks up the environment; nil: the process's.
	Env func(string) string
}

// String shows the configuration without its secrets.
func (c *Config) String() string {
	end := "Amazon"
	if c.Endpoint != nil {
		end = c.Endpoint.Redacted()
	}
	return fmt.Sprintf("s3 %s region=%q path-style=%t access-key=%s", end, c.Region, c.PathStyle, stars(c.Access))
}

// GoString is String: %#v must not show secrets either.
func (c *Config) GoString() string { return c.String() }

func stars(s string) string {
	if s == "" {
		return "-"
	}
	return "******"
}

// Parse reads the options that begin with "s3." (or Hadoop's "fs.s3a."), then the environment for what they leave open. Other keys are ignored.
func Parse(options map[string]string, env func(string) string) (Config, error) {
	if env == nil {
		env = os.Getenv
	}
	text := map[string]string{}
	for _, k := range Keys() {
		text[k.Name] = k.Default
	}
	for k, v := range options { // other names first, so that the own ones win
		if own := alias(k); own != k {
			text[own] = v
		}
	}
	for k, v := range options {
		if _, ok := text[k]; ok {
			text[k] = v
		}
	}
	first := func(values ...string) string {
		for _, v := range values {
			if v = strings.TrimSpace(v); v != "" {
				return v
			}
		}
		return ""
	}
	c := Config{
		Access: first(text[KeyAccess]), Secret: first(text[KeySecret]), Session: first(text[KeySession]), Env: env,
		Region: first(text[KeyRegion], env("AWS_REGION"), env("AWS_DEFAULT_REGION")),
	}
	if (c.Access == "") != (c.Secret == "") {
		return c, fmt.Errorf("options '%s' and '%s' must be set both or neither", KeyAccess, KeySecret)
	}
	if err := c.endpoint(first(text[KeyEndpoint], env("AWS_ENDPOINT_URL_S3"), env("AWS_ENDPOINT_URL"))); err != nil {
		return c, err
	}
	return c, c.values(text)
}

func (c *Config) endpoint(text string) error {
	if text == "" {
		return nil
	}
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return fmt.Errorf("option '%s': not an address", KeyEndpoint) // the text may hold a password
	case u.User != nil:
		return fmt.Errorf("option '%s' = '%s': name and password do not belong in an address; use '%s' and '%s'", KeyEndpoint, u.Redacted(), KeyAccess, KeySecret)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return fmt.Errorf("option '%s' = '%s': an address such as http://localhost:9000 is expected", KeyEndpoint, text)
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "":
		return fmt.Errorf("option '%s' = '%s': the address must not have a path", KeyEndpoint, text)
	}
	u.Path = ""
	c.Endpoint = u
	return nil
}

// values reads options that are not text.
func (c *Config) values(text map[string]string) (err error) {
	wrong := func(key string, why error) error { return fmt.Errorf("option '%s' = '%s': %w", key, text[key], why) }
	c.PathStyle = c.Endpoint != nil && !strings.HasSuffix(c.Endpoint.Hostname(), "amazonaws.com")
	for key, to := range map[string]*bool{KeyPathStyle: &c.PathStyle, KeyAnonymous: &c.Anonymous} {
		switch strings.ToLower(strings.TrimSpace(text[key])) {
		case "":
		case "true":
			*to = true
		case "false":
			*to = false
		default:
			return wrong(key, errors.New("true or false is expected"))
		}
	}
	for key, to := range map[string]*time.Duration{KeyTimeout: &c.Timeout, KeyBudget: &c.Budget, KeyConnect: &c.Connect} {
		if *to, err = duration(text[key]); err != nil {
			return wrong(key, err)
		}
	}
	if c.PartSize, err = size(text[KeyPartSize]); err != nil {
		return wrong(KeyPartSize, err)
	}
	if c.PartSize < minPart || c.PartSize > 1<<30 {
		return wrong(KeyPartSize, errors.New("5 mb to 1 gb are allowed"))
	}
	if c.Concurrency, err = strconv.Atoi(strings.TrimSpace(text[KeyConcurrency])); err != nil || c.Concurrency < 1 || c.Concurrency > 256 {
		return wrong(KeyConcurrency, errors.New("a number from 1 to 256 is expected"))
	}
	return nil
}

// number splits "30 s" into 30 and "s".
func number(text string) (int64, string, bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	i := 0
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		i++
	}
	n, err := strconv.ParseInt(text[:i], 10, 32)
	return n, strings.TrimSpace(text[i:]), err == nil
}

func duration(text string) (time.Duration, error) {
	n, unit, ok := number(text)
	by := map[string]time.Duration{"": time.Millisecond, "ms": time.Millisecond, "s": time.Second, "sec": time.Second, "min": time.Minute, "m": time.Minute, "h": time.Hour}[unit]
	if !ok || by == 0 || n == 0 {
		return 0, errors.New("a duration such as 30 s is expected")
	}
	return time.Duration(n) * by, nil
}

func size(text string) (int64, error) {
	n, unit, ok := number(text)
	by := map[string]int64{"": 1, "b": 1, "k": 1 << 10, "kb": 1 << 10, "m": 1 << 20, "mb": 1 << 20, "g": 1 << 30, "gb": 1 << 30}[unit]
	if !ok || by == 0 {
		return 0, errors.New("a size such as 8 mb is expected")
	}
	return n * by, nil
}

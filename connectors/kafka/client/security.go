package client

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// isSecurity tells whether a property is read by secure.
func isSecurity(name string) bool {
	return name == "security.protocol" || strings.HasPrefix(name, "sasl.") || strings.HasPrefix(name, "ssl.")
}

// secure reads how connections are protected.
func (c *Config) secure(props map[string]string) error {
	protocol := strings.ToUpper(props["security.protocol"])
	switch protocol {
	case "", "PLAINTEXT":
		return nil
	case "SSL", "SASL_SSL", "SASL_PLAINTEXT":
	default:
		return fmt.Errorf("option 'properties.security.protocol' = '%s': allowed are PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL", protocol)
	}
	var err error
	if strings.HasSuffix(protocol, "SSL") {
		if c.TLS, err = tlsConfig(props); err != nil {
			return err
		}
	}
	if strings.HasPrefix(protocol, "SASL") {
		c.SASL, err = mechanism(props)
	}
	return err
}

// mechanism reads how to log in.
func mechanism(props map[string]string) (sasl.Mechanism, error) {
	name := strings.ToUpper(props["sasl.mechanism"])
	switch name {
	case "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512":
	case "":
		return nil, errors.New("option 'properties.sasl.mechanism' is missing: allowed are PLAIN, SCRAM-SHA-256, SCRAM-SHA-512")
	default:
		return nil, fmt.Errorf("option 'properties.sasl.mechanism' = '%s' is not supported yet: allowed are PLAIN, SCRAM-SHA-256, SCRAM-SHA-512", name)
	}
	user, password, err := login(props["sasl.jaas.config"])
	if err != nil {
		return nil, err
	}
	switch name {
	case "PLAIN":
		return plain.Mechanism{Username: user, Password: password}, nil
	case "SCRAM-SHA-256":
		return scramMechanism(scram.SHA256, user, password)
	}
	return scramMechanism(scram.SHA512, user, password)
}

func scramMechanism(a scram.Algorithm, user, password string) (sasl.Mechanism, error) {
	m, err := scram.Mechanism(a, user, password)
	if err != nil {
		return nil, errors.New("option 'properties.sasl.jaas.config': user name or password has characters that SCRAM does not allow")
	}
	return m, nil
}

// login reads a JAAS line: a class, a word, and key="value" pairs. Its content is in no error.
func login(line string) (user, password string, err error) {
	pairs := regexp.MustCompile(`(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s;"']+))`)
	unescape := regexp.MustCompile(`\\(.)`)
	found := map[string]string{}
	for _, m := range pairs.FindAllStringSubmatch(line, -1) {
		found[m[1]] = unescape.ReplaceAllString(m[2]+m[3], "$1") + m[4]
	}
	if found["username"] == "" || found["password"] == "" {
		return "", "", errors.New(`option 'properties.sasl.jaas.config' must have the form: org.apache.kafka.common.security.plain.PlainLoginModule ` +
			`required username="..." password="...";`)
	}
	return found["username"], found["password"], nil
}

// tlsConfig reads certificates, in PEM only.
func tlsConfig(props map[string]string) (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	ca, err := pemOf(props, "ssl.truststore.certificates", "ssl.truststore.location", "ssl.truststore.type")
	if err != nil {
		return nil, err
	}
	if ca != nil {
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(ca) {
			return nil, errors.New("option 'properties.ssl.truststore.location' or '.certificates': there is no certificate in PEM form")
		}
	}
	if v, ok := props["ssl.endpoint.identification.algorithm"]; ok && v == "" {
		t.InsecureSkipVerify = true // the chain is checked below, only the name is not
		t.VerifyConnection = verifyChain(t.RootCAs)
	}
	chain, err := pemOf(props, "ssl.keystore.certificate.chain", "ssl.keystore.location", "ssl.keystore.type")
	if err != nil || chain == nil {
		return t, err
	}
	key := []byte(props["ssl.keystore.key"])
	if len(key) == 0 {
		key = chain // one file has both
	}
	if strings.Contains(string(key), "ENCRYPTED PRIVATE KEY") {
		return nil, errors.New("option 'properties.ssl.keystore.key': encrypted keys are not supported yet")
	}
	cert, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, errors.New("option 'properties.ssl.keystore.*': there is no certificate with its private key in PEM form")
	}
	t.Certificates = []tls.Certificate{cert}
	return t, nil
}

// verifyChain checks certificates without the name of the host.
func verifyChain(roots *x509.CertPool) func(tls.ConnectionState) error {
	return func(s tls.ConnectionState) error {
		between := x509.NewCertPool()
		for _, c := range s.PeerCertificates[1:] {
			between.AddCert(c)
		}
		_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
		return err
	}
}

// pemOf returns the text of a property, or the content of the file that another names; nil if neither is given.
func pemOf(props map[string]string, inline, file, kind string) ([]byte, error) {
	if text := props[inline]; text != "" {
		return []byte(text), nil
	}
	path := props[file]
	if path == "" {
		return nil, nil
	}
	if k := strings.ToUpper(props[kind]); k != "PEM" && (k != "" || strings.HasSuffix(path, ".jks") || strings.HasSuffix(path, ".p12")) {
		return nil, fmt.Errorf("option 'properties.%s': stores of type %s are not supported yet: set it to PEM and name a PEM file", kind, orJKS(k))
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("option 'properties.%s': %w", file, err)
	}
	return b, nil
}

func orJKS(kind string) string {
	if kind == "" {
		return "JKS"
	}
	return kind
}

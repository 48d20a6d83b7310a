package kafkatest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The user that StartSecure lets log in.
const (
	User     = "alice"
	Password = "alice's \"secret\""
)

// Secure is a broker with listeners of every kind.
type Secure struct {
	*Own
	SASL string // address for TLS with a login: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512
	TLS  string // address for TLS with a certificate of the client
	// Files in PEM form: the authority's certificate, a client's certificate with its key, another authority's certificate.
	CA, Client, Other string
}

// StartSecure is StartOwn for one broker with users and certificates.
func StartSecure(t testing.TB) *Secure {
	t.Helper()
	s := &Secure{}
	dir := t.TempDir()
	save := func(name string, parts ...[]byte) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, bytes.Join(parts, nil), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	ours, theirs := newAuthority(t), newAuthority(t)
	s.CA, s.Other = save("ca.pem", ours.pem), save("other.pem", theirs.pem)
	key, cert := ours.issue(t, "localhost")
	server := save("server.pem", key, cert)
	key, cert = ours.issue(t, "client")
	s.Client = save("client.pem", key, cert)
	port := freePorts(t, 4)
	at := func(n int) string { return fmt.Sprintf("127.0.0.1:%d", port[n]) }
	s.SASL, s.TLS = at(2), at(3)
	s.Own = startOwn(t, 1, port[0],
		"listener.security.protocol.map=CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT,LOGIN:SASL_SSL,MUTUAL:SSL",
		"controller.quorum.voters=1@"+at(1), "listeners=CLIENTS://"+at(0)+",CONTROLLER://"+at(1)+",LOGIN://"+at(2)+",MUTUAL://"+at(3),
		"advertised.listeners=CLIENTS://"+at(0)+",LOGIN://"+at(2)+",MUTUAL://"+at(3),
		"ssl.keystore.type=PEM", "ssl.keystore.location="+server, "ssl.truststore.type=PEM", "ssl.truststore.location="+s.CA,
		"listener.name.mutual.ssl.client.auth=required", "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
		"listener.name.login.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_"+User+`="`+escaped()+`";`,
		"listener.name.login.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;",
		"listener.name.login.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;")
	s.users(t)
	return s
}

// escaped is the password as it stands in a property of Kafka that holds a line of JAAS.
func escaped() string { return strings.ReplaceAll(Password, `"`, `\\"`) }

// Login is the property sasl.jaas.config for a password.
func Login(mechanism, password string) string {
	module := "scram.Scram"
	if mechanism == "PLAIN" {
		module = "plain.Plain"
	}
	return fmt.Sprintf(`org.apache.kafka.common.security.%sLoginModule required username="%s" password="%s";`, module, User, strings.ReplaceAll(password, `"`, `\"`))
}

// users gives the user a password for SCRAM.
func (s *Secure) users(t testing.TB) {
	t.Helper()
	salt := []byte("0123456789abcdef")
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for mechanism := range int8(2) {
		var salted []byte
		var err error
		if mechanism == 0 {
			salted, err = pbkdf2.Key(sha256.New, Password, salt, 4096, sha256.Size)
		} else {
			salted, err = pbkdf2.Key(sha512.New, Password, salt, 4096, sha512.Size)
		}
		if err != nil {
			t.Fatal(err)
		}
		u := kmsg.NewAlterUserSCRAMCredentialsRequestUpsertion()
		u.Name, u.Mechanism, u.Iterations, u.Salt, u.SaltedPassword = User, mechanism+1, 4096, salt, salted
		m := kmsg.NewPtrAlterUserSCRAMCredentialsRequest()
		m.Upsertions = append(m.Upsertions, u)
		r, err := m.RequestWith(ctx, s.client)
		if err == nil {
			err = kerr.ErrorForCode(r.Results[0].ErrorCode)
		}
		if err != nil {
			t.Fatalf("user %s: %v", User, err)
		}
	}
}

// freePorts finds ports that nobody listens on.
func freePorts(t testing.TB, n int) []int {
	t.Helper()
	out := make([]int, n)
	for i := range out {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }() // after all have a port
		out[i] = l.Addr().(*net.TCPAddr).Port
	}
	return out
}

// authority issues certificates.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pem  []byte
	n    int64
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "tests"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return &authority{key: key, cert: c, pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), n: 1}
}

// issue makes a key and a certificate for it.
func (a *authority) issue(t testing.TB, name string) (key, cert []byte) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a.n++
	c := &x509.Certificate{
		SerialNumber: big.NewInt(a.n), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, k.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

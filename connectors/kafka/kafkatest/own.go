package kafkatest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Own is a cluster of real brokers that a test may stop, kill, and start again. It ends with the test.
type Own struct {
	*Cluster
	script string
	env    []string
}

// StartOwn starts brokers of the release that .ci/kafka is set to, with settings key=value. Without MILLRACE_KAFKA, which is set where real brokers can
// be had, the test is left out.
func StartOwn(t testing.TB, brokers int, settings ...string) *Own {
	t.Helper()
	return startOwn(t, brokers, 0, settings...)
}

// StartBehind is StartOwn for one broker that sends its clients to another address, where proxy listens.
func StartBehind(t testing.TB, proxy func(broker string) (address string)) *Own {
	t.Helper()
	port := freePorts(t, 1)[0]
	return startOwn(t, 1, port, "advertised.listeners=CLIENTS://"+proxy(fmt.Sprintf("127.0.0.1:%d", port)))
}

func startOwn(t testing.TB, brokers, port int, settings ...string) *Own {
	t.Helper()
	if !Real() {
		t.Skipf("no real broker: %s is not set, and an imitation does not die like one", Variable)
	}
	o := &Own{script: filepath.Join(root(t), ".ci", "kafka"), env: append(os.Environ(), "MILLRACE_KAFKA_RUN="+t.TempDir())}
	text := "" // the script looks for a free one
	if port != 0 {
		text = strconv.Itoa(port)
	}
	o.env = append(o.env, "MILLRACE_KAFKA_PORT="+text)
	t.Cleanup(func() { o.run(t, "stop") })
	addresses := o.run(t, append([]string{"start", "-n", strconv.Itoa(brokers)}, settings...)...)
	o.Cluster = newCluster(strings.Split(addresses, ",")[:brokers]) // behind them may be other listeners
	o.client = o.open(t)
	return o
}

// root is the folder of the module.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			break
		}
		dir = up
	}
	t.Fatal("no go.mod above the test")
	return ""
}

func (o *Own) run(t testing.TB, args ...string) string {
	t.Helper()
	c := exec.Command(o.script, args...)
	var out, errs bytes.Buffer
	c.Env, c.Stdout, c.Stderr = o.env, &out, &errs
	if err := c.Run(); err != nil {
		t.Fatalf(".ci/kafka %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return strings.TrimSpace(out.String())
}

// Kill ends broker n (from 1 on) with SIGKILL.
func (o *Own) Kill(t testing.TB, n int) {
	t.Helper()
	o.run(t, "kill", strconv.Itoa(n))
}

// Stop ends broker n in order.
func (o *Own) Stop(t testing.TB, n int) {
	t.Helper()
	o.run(t, "stop", strconv.Itoa(n))
}

// Up starts broker n again, with the data that it had, and waits until it is ready.
func (o *Own) Up(t testing.TB, n int) {
	t.Helper()
	o.run(t, "up", strconv.Itoa(n))
}

// Version is the release of the brokers that StartOwn starts, as far as it was asked for; "" is that of .ci/kafka.
func Version() string { return os.Getenv("MILLRACE_KAFKA_VERSION") }

// Deny takes an operation away from everybody, for all names of a kind that begin with prefix. The brokers need the setting of an authorizer. It
// holds when Deny returns.
func (o *Own) Deny(t testing.TB, kind kmsg.ACLResourceType, prefix string, op kmsg.ACLOperation) {
	t.Helper()
	acl := kmsg.NewCreateACLsRequestCreation()
	acl.ResourceType, acl.ResourceName, acl.ResourcePatternType = kind, prefix, kmsg.ACLResourcePatternTypePrefixed
	acl.Principal, acl.Host, acl.Operation, acl.PermissionType = "User:*", "*", op, kmsg.ACLPermissionTypeDeny
	m := kmsg.NewPtrCreateACLsRequest()
	m.Creations = append(m.Creations, acl)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	r, err := m.RequestWith(ctx, o.client)
	if err == nil {
		err = kerr.ErrorForCode(r.Results[0].ErrorCode)
	}
	for ; err == nil; time.Sleep(20 * time.Millisecond) {
		list := kmsg.NewPtrDescribeACLsRequest()
		list.ResourceType, list.ResourceName, list.ResourcePatternType = kind, &prefix, kmsg.ACLResourcePatternTypePrefixed
		list.Operation, list.PermissionType = op, kmsg.ACLPermissionTypeDeny
		var found *kmsg.DescribeACLsResponse
		if found, err = list.RequestWith(ctx, o.client); err == nil {
			err = kerr.ErrorForCode(found.ErrorCode)
		}
		if err == nil && len(found.Resources) > 0 {
			return
		}
	}
	t.Fatalf("access list of %s: %v", prefix, err)
}

// Authorizer is the settings of brokers that check access lists and let everybody do what no list is about.
func Authorizer() []string {
	return []string{"authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer", "allow.everyone.if.no.acl.found=true"}
}

package crashtest

import (
	"bytes"
	endian "encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
)

// The requests whose answers tests lose.
const (
	produceKey       = 0
	initProducerKey  = 22
	addPartitionsKey = 24
	endTxnKey        = 26
	offsetsKey       = 28 // TxnOffsetCommit
)

// kafkaProxy stands between clients and a broker, and loses answers: the broker has done what it was asked for, and the connection breaks.
type kafkaProxy struct {
	t       *testing.T
	l       net.Listener
	broker  string
	serving sync.WaitGroup

	mu    sync.Mutex
	lose  map[int16]int // requests by key whose next answers are lost
	lost  map[int16]int
	about []byte // only of requests that hold these bytes
	conns map[net.Conn]bool
}

// newKafkaProxy starts a proxy. It loses answers to requests that hold about, those of one client.
func newKafkaProxy(t *testing.T) *kafkaProxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &kafkaProxy{t: t, l: l, lose: map[int16]int{}, lost: map[int16]int{}, conns: map[net.Conn]bool{}}
	t.Cleanup(p.close)
	return p
}

// before serves the broker at an address, and returns the proxy's own.
func (p *kafkaProxy) before(broker string) string {
	p.broker = broker
	p.serving.Go(func() {
		for {
			c, err := p.l.Accept()
			if err != nil {
				return
			}
			p.serving.Go(func() { p.serve(c) })
		}
	})
	return p.l.Addr().String()
}

func (p *kafkaProxy) close() {
	_ = p.l.Close()
	p.mu.Lock()
	for c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.serving.Wait()
}

// script lets the next answers to requests with that key, which hold about, be lost.
func (p *kafkaProxy) script(key int16, times int, about string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lose[key], p.about = times, []byte(about)
}

// left is how many of the answers were not lost yet.
func (p *kafkaProxy) left() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, x := range p.lose {
		n += x
	}
	return n
}

// due tells whether the answer to a request is to be lost.
func (p *kafkaProxy) due(request []byte) bool {
	key := int16(endian.BigEndian.Uint16(request))
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lose[key] == 0 || !bytes.Contains(request, p.about) {
		return false
	}
	p.lose[key]--
	p.lost[key]++
	return true
}

func (p *kafkaProxy) keep(c net.Conn) func() {
	p.mu.Lock()
	p.conns[c] = true
	p.mu.Unlock()
	return func() {
		_ = c.Close()
		p.mu.Lock()
		delete(p.conns, c)
		p.mu.Unlock()
	}
}

// serve passes frames. Answers come in the order of requests.
func (p *kafkaProxy) serve(client net.Conn) {
	defer p.keep(client)()
	broker, err := net.Dial("tcp", p.broker)
	if err != nil {
		return
	}
	defer p.keep(broker)()
	asked := make(chan bool, 1000) // for each request: its answer is to be lost
	p.serving.Go(func() {
		defer func() { _ = client.Close() }()
		for lost := range asked {
			b, err := frame(broker)
			if err != nil || lost {
				return
			}
			if _, err := client.Write(b); err != nil {
				return
			}
		}
	})
	defer close(asked)
	for {
		b, err := frame(client)
		if err != nil || len(b) < 8 {
			return
		}
		asked <- p.due(b[4:])
		if _, err := broker.Write(b); err != nil {
			return
		}
	}
}

// frame reads a message with its length.
func frame(r io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	n := endian.BigEndian.Uint32(size[:])
	if n > 256<<20 {
		return nil, io.ErrUnexpectedEOF
	}
	b := append(make([]byte, 0, 4+n), size[:]...)
	b = b[:4+n]
	_, err := io.ReadFull(r, b[4:])
	return b, err
}

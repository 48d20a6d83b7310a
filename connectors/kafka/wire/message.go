package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/segmentio/kafka-go/protocol"
)

// Slack is how many bytes of memory lie behind the bytes of a frame and behind decompressed records, for decoders that read ahead.
const Slack = 128

// maxFrame is the largest answer that is read.
const maxFrame = 1 << 30

// API says which request a message is.
type API struct {
	Key, Version int16
	Flexible     bool
}

// Message is a request with room for its answer. Its implementations are the messages of this package.
type Message interface {
	// API names the request and its version.
	API() API
	write(w *writer)
	read(r *reader)
}

// AppendRequest appends the frame of a request: size, header, body.
func AppendRequest(dst []byte, m Message, correlation int32, clientID string) []byte {
	a := m.API()
	w := writer{b: append(dst, 0, 0, 0, 0)}
	w.i16(a.Key)
	w.i16(a.Version)
	w.i32(correlation)
	w.optional(clientID)
	if a.Flexible {
		w.flex = true
		w.tags()
	}
	m.write(&w)
	binary.BigEndian.PutUint32(w.b[len(dst):], uint32(len(w.b)-len(dst)-4))
	return w.b
}

// ReadResponse reads the answer to m from a frame without its size.
func ReadResponse(frame []byte, m Message, correlation int32) error {
	a := m.API()
	r := reader{b: frame}
	if got := r.i32(); r.err == nil && got != correlation {
		r.fail(fmt.Sprintf("it answers request %d, not %d", got, correlation))
	}
	r.flex = a.Flexible
	if a.Key != keyAPIVersions {
		r.tags()
	}
	if r.err == nil {
		m.read(&r)
	}
	if r.err != nil {
		return fmt.Errorf("answer to request %d version %d: %w", a.Key, a.Version, r.err)
	}
	return nil
}

// Exchange is a message on its way through the transport of kafka-go: the broker is the one that the transport's call addresses.
type Exchange struct {
	Message  Message
	ClientID string
}

var (
	_ protocol.RawExchanger  = (*Exchange)(nil)
	_ protocol.BrokerMessage = (*Exchange)(nil)
)

// ApiKey implements protocol.Message; the spelling is the library's.
func (e *Exchange) ApiKey() protocol.ApiKey { return protocol.ApiKey(e.Message.API().Key) }

// Required is always true: the library writes and reads nothing of it.
func (e *Exchange) Required(map[protocol.ApiKey]int16) bool { return true }

// Broker asks for the broker that was dialed.
func (e *Exchange) Broker(protocol.Cluster) (protocol.Broker, error) {
	return protocol.Broker{ID: -1}, nil
}

// correlation is the number of every request: a connection carries one at a time.
const correlation = 1

// RawExchange writes the request and reads the answer into the message.
func (e *Exchange) RawExchange(rw io.ReadWriter) (protocol.Message, error) {
	var scratch []byte
	f, reuses := e.Message.(framed)
	if reuses {
		scratch = f.request()[:0]
	}
	out := AppendRequest(scratch, e.Message, correlation, e.ClientID)
	if reuses {
		f.keepRequest(out)
	}
	if _, err := rw.Write(out); err != nil {
		return nil, err
	}
	if p, ok := e.Message.(*Produce); ok && p.Acks == 0 {
		return e, nil
	}
	var head [4]byte
	if _, err := io.ReadFull(rw, head[:]); err != nil {
		return nil, err
	}
	n := int(int32(binary.BigEndian.Uint32(head[:])))
	if n < 4 || n > maxFrame {
		return nil, fmt.Errorf("%w: an answer of %d bytes", ErrCorrupt, n)
	}
	var frame []byte
	if reuses {
		frame = f.frame(n)
	} else {
		frame = make([]byte, n)
	}
	if _, err := io.ReadFull(rw, frame); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	if err := ReadResponse(frame, e.Message, correlation); err != nil {
		return nil, err
	}
	return e, nil
}

// framed is a message that keeps memory from one exchange to the next.
type framed interface {
	request() []byte
	keepRequest(b []byte)
	// frame returns n bytes for the answer.
	frame(n int) []byte
}

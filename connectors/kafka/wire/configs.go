package wire

const keyDescribeConfigs = 32

// brokerConfig is the type of resource that a broker is.
const brokerConfig = 4

// BrokerConfigs asks a broker for its own settings (DescribeConfigs version 1).
type BrokerConfigs struct {
	Broker string // its number
	Names  []string

	// Answer.
	Code    Code
	Message string
	Values  map[string]string
}

// API implements Message.
func (*BrokerConfigs) API() API { return API{keyDescribeConfigs, 1, false} }

func (m *BrokerConfigs) write(w *writer) {
	w.count(1)
	w.i8(brokerConfig)
	w.text(m.Broker)
	w.texts(m.Names)
	w.flag(false)
}

func (m *BrokerConfigs) read(r *reader) {
	m.Code, m.Message, m.Values = None, "", map[string]string{}
	r.i32() // throttle
	for range r.count(11) {
		m.Code, m.Message = r.code(), r.text()
		r.i8()
		r.text()
		for range r.count(11) {
			name, value := r.text(), r.text()
			r.flag() // read only
			r.i8()   // where it comes from
			r.flag() // secret
			for range r.count(5) {
				r.text()
				r.text()
				r.i8()
			}
			m.Values[name] = value
		}
	}
}

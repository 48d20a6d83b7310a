package exchange

import "millrace/runtime/job"

// Channel names a channel of a gate.
type Channel struct {
	Input    int // position in the consuming vertex's Inputs
	Edge     int // the operator's input
	Producer int // subtask of the producing vertex
}

// Channels lists the channels of the gate of a subtask of v, in the order of their index.
func Channels(v job.Vertex, all []job.Vertex, subtask int) []Channel {
	var cs []Channel
	for k, in := range v.Inputs {
		n := all[in.From].Parallelism
		for i := range n {
			if Connected(in, i, n, subtask, v.Parallelism) {
				cs = append(cs, Channel{k, in.Edge, i})
			}
		}
	}
	return cs
}

// GateOf returns a new gate for a subtask of v.
func GateOf(v job.Vertex, all []job.Vertex, subtask int, atLeastOnce bool, wake func()) *Gate {
	cs := Channels(v, all, subtask)
	inputs := make([]int, len(cs))
	for i, c := range cs {
		inputs[i] = c.Edge
	}
	return NewGate(inputs, atLeastOnce, wake)
}

// IndexOf returns the index of the channel of a producer's subtask in the gate of a subtask of v, or -1.
func IndexOf(v job.Vertex, all []job.Vertex, subtask, input, producer int) int {
	for i, c := range Channels(v, all, subtask) {
		if c.Input == input && c.Producer == producer {
			return i
		}
	}
	return -1
}

package connectors

import (
	"fmt"
	"slices"

	"millrace/planner/plan"
)

// Registry holds the connectors of a process. The zero value is empty and ready.
type Registry struct {
	byName map[string]Connector
}

// Add adds connectors; a later one replaces an earlier one of the same name. Not to be called after the registry is in use.
func (r *Registry) Add(cs ...Connector) {
	if r.byName == nil {
		r.byName = map[string]Connector{}
	}
	for _, c := range cs {
		r.byName[c.Name()] = c
	}
}

// Get returns the connector of that name, or nil.
func (r *Registry) Get(name string) Connector { return r.byName[name] }

// Names lists the connectors in order.
func (r *Registry) Names() []string {
	names := make([]string, 0, len(r.byName))
	for n := range r.byName {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Source returns the connector of a source.
func (r *Registry) Source(name string) (SourceConnector, error) {
	c, ok := r.byName[name].(SourceConnector)
	if !ok {
		return nil, fmt.Errorf("source connector %q: %w", name, ErrNotFound)
	}
	return c, nil
}

// Sink returns the connector of a sink.
func (r *Registry) Sink(name string) (SinkConnector, error) {
	c, ok := r.byName[name].(SinkConnector)
	if !ok {
		return nil, fmt.Errorf("sink connector %q: %w", name, ErrNotFound)
	}
	return c, nil
}

// Capabilities asks the table's connector.
func (r *Registry) Capabilities(t Table) (plan.Capabilities, error) {
	name := t.Options["connector"]
	c := r.byName[name]
	if c == nil {
		return plan.Capabilities{}, fmt.Errorf("connector %q: %w; there are %v", name, ErrNotFound, r.Names())
	}
	if _, err := ParseAlignment(t.Options); err != nil {
		return plan.Capabilities{}, fmt.Errorf("connector '%s': %w", name, err)
	}
	return c.Capabilities(t)
}

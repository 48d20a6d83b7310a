// Package wire puts a process together: the one list of connectors and formats, and an embedded cluster with all its parts.
package wire

// Package exchange moves batches and events between subtasks.
package exchange

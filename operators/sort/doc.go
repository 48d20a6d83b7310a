// Package sort orders rows: [Sort] at the end of input (batch) or by event time as the watermark passes, and [Limit], which passes a number of rows.
package sort

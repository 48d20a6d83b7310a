// Command millrace runs Flink SQL: see "millrace help".
package main

import (
	"os"

	"millrace/cmd/internal/cli"
)

func main() {
	os.Exit(cli.Run(os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}

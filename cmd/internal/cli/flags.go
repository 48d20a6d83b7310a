package cli

import (
	"flag"

	"millrace/sql/sqlerr"
)

// suggestion is " (did you mean …?)" for a mistyped command.
func suggestion(name string) string {
	names := []string{"run", "sql", "explain", "validate", "gateway", "version", "help"}
	if n := sqlerr.Nearest(name, names); n != "" {
		return "; did you mean '" + n + "'?"
	}
	return ""
}

func settingFlags(f *flag.FlagSet, o *options) {
	f.Var(&o.settings, "D", "set an option of the session: `key=value`; may be given several times")
}

func parallelismFlag(f *flag.FlagSet, o *options) {
	f.IntVar(&o.parallelism, "p", 0, "parallelism of jobs: `N` tasks for each operator (default: 1, or parallelism.default)")
}

func formatFlag(f *flag.FlagSet, o *options) {
	f.StringVar(&o.format, "format", "", "how rows are printed: `F` is table (net rows, at the end), changelog, csv or json; default: changelog, in batch mode table")
}

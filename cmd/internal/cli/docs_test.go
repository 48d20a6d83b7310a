package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The examples of the documentation: a block of sql, followed by a block with the rows it must give in batch mode, as CSV, in any order.
var example = regexp.MustCompile("(?s)```sql\n(.*?)```\n```\n(.*?)```")

func TestDocumentationExamples(t *testing.T) {
	t.Chdir("../../..")
	tables, err := os.ReadFile("docs/tour/tables.sql")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, page := range append(pages, "README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range example.FindAllStringSubmatch(string(text), -1) {
			n++
			file := filepath.Join(t.TempDir(), "example.sql")
			if err := os.WriteFile(file, []byte(string(tables)+"\n"+m[1]), 0o600); err != nil {
				t.Fatal(err)
			}
			var out, errs bytes.Buffer
			code := Run([]string{"run", "-q", "--format", "csv", "-D", "execution.runtime-mode=batch", file}, Streams{In: strings.NewReader(""), Out: &out, Err: &errs})
			if code != 0 {
				t.Errorf("%s: exit code %d\n%s\n%s", page, code, m[1], errs.String())
				continue
			}
			if want, got := sortedRows(m[2]), sortedRows(out.String()); !slices.Equal(want, got) {
				t.Errorf("%s:\n%s\nwant:\n%s\ngot:\n%s", page, m[1], strings.Join(want, "\n"), strings.Join(got, "\n"))
			}
		}
	}
	if n == 0 {
		t.Error("no examples found")
	}
}

// sortedRows is the header and the sorted rows.
func sortedRows(s string) []string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	slices.Sort(lines[1:])
	return lines
}
